import type { Database, SqlRow } from '../../../db.js';
import { DandoriError } from '../../../errors.js';
import type { QueueMessage, TaskQueue } from '../../../ports/task-queue.js';
import { toJson } from '../json.js';
import type { EngineClock } from './clock.js';

interface QueueParts {
  db: Database;
  clock: EngineClock;
  /** A new id; receipt handles must not be guessable. */
  newId: () => string;
}

interface Received {
  receiptHandle: string;
  receiveCount: number;
  visibleAtMs: number;
  /** Gone with the answer of its task, unless that was taken back: then it comes again, as every message that is not deleted. */
  dropped: boolean;
}

interface Message {
  id: number;
  body: unknown;
}

const messageFrom = (row: SqlRow): Message => ({ id: Number(row['id']), body: JSON.parse(String(row['body'])) });

/** The task queue as a table: first in, first out among the visible; a received message comes back unless deleted. */
export class TaskQueueTable implements TaskQueue {
  readonly #parts: QueueParts;
  readonly #waiting = new Set<() => void>();
  // In the order of their numbers. Who receives is in this process: with it goes what it had in hand, and all is visible again.
  readonly #received = new Map<number, Received>();
  // Numbers only grow: a message above it was never received here.
  #lastReceived = 0;
  // Whoever sends is in this process too: while it sent nothing there is nothing unseen, and nobody has to look.
  #mayHoldUnseen = true;
  #closed = false;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** Puts a message in, inside the caller's transaction; its number is SQLite's `last_insert_rowid()`. */
  send(body: unknown): void {
    this.#mayHoldUnseen = true;
    this.#parts.db.run('INSERT INTO wf_message (body) VALUES (?)', toJson(body));
  }

  /** Drops the message of a task that is over, inside the caller's transaction: nobody can answer it any more. */
  dropFor(token: string): void {
    const { db } = this.#parts;
    const id = Number(db.first('SELECT message_id FROM wf_token WHERE token = ?', token)?.['message_id']);
    db.run('DELETE FROM wf_message WHERE id = ?', id);
    const held = this.#received.get(id);
    if (held !== undefined) held.dropped = true;
  }

  async receive(params: { maxMessages: number; visibilityTimeoutMs: number }): Promise<QueueMessage[]> {
    const { clock, newId } = this.#parts;
    const back = this.#comeBack(params.maxMessages);
    const messages = [...back, ...this.#unseen(params.maxMessages - back.length)];
    const visibleAtMs = clock.now() + params.visibilityTimeoutMs;
    return messages.map(({ id, body }) => {
      const receiptHandle = `${id}.${newId()}`;
      const receiveCount = (this.#received.get(id)?.receiveCount ?? 0) + 1;
      this.#received.set(id, { receiptHandle, receiveCount, visibleAtMs, dropped: false });
      this.#lastReceived = Math.max(this.#lastReceived, id);
      return { messageId: String(id), receiptHandle, body, receiveCount };
    });
  }

  /** Received messages that are visible again; those that are gone meanwhile are forgotten. */
  #comeBack(limit: number): Message[] {
    const nowMs = this.#parts.clock.now();
    const messages: Message[] = [];
    for (const [id, { visibleAtMs }] of this.#received) {
      if (messages.length >= limit) break;
      if (visibleAtMs > nowMs) continue;
      const row = this.#parts.db.first('SELECT id, body FROM wf_message WHERE id = ?', id);
      if (row === undefined) this.#received.delete(id);
      else messages.push(messageFrom(row));
    }
    return messages;
  }

  #unseen(limit: number): Message[] {
    if (!this.#mayHoldUnseen) return [];
    const rows = this.#parts.db.all(
      'SELECT id, body FROM wf_message WHERE id > ? ORDER BY id LIMIT ?',
      this.#lastReceived,
      limit,
    );
    if (rows.length < limit) this.#mayHoldUnseen = false;
    return rows.map(messageFrom);
  }

  /** The number of the message that this receipt still holds, or null. */
  #held(receiptHandle: string): number | null {
    const id = Number.parseInt(receiptHandle, 10);
    return this.#received.get(id)?.receiptHandle === receiptHandle ? id : null;
  }

  /** Deletes a received message; one that is gone already, or was received again since, is no error. */
  async delete(params: { receiptHandle: string }): Promise<void> {
    const id = this.#held(params.receiptHandle);
    if (id === null) return;
    if (this.#received.get(id)?.dropped !== true) this.#parts.db.run('DELETE FROM wf_message WHERE id = ?', id);
    this.#received.delete(id);
  }

  async changeVisibility(params: { receiptHandle: string; timeoutMs: number }): Promise<void> {
    const { clock } = this.#parts;
    if (params.timeoutMs < 0 || params.timeoutMs > 43_200_000) {
      throw new DandoriError('invalid_input', 'The visibility time-out of a message is out of range.', {
        found: `${params.timeoutMs} ms`,
        allowed: '0 to 43,200,000 ms (12 hours)',
      });
    }
    const id = this.#held(params.receiptHandle);
    const held = id === null ? undefined : this.#received.get(id);
    if (held !== undefined) held.visibleAtMs = clock.now() + params.timeoutMs;
    if (params.timeoutMs === 0) this.wake();
  }

  async waitForMessages(params: { timeoutMs: number }): Promise<void> {
    const { clock } = this.#parts;
    if (this.#closed || this.#comeBack(1).length > 0 || this.#unseen(1).length > 0) return;
    const nextMs = Math.min(...[...this.#received.values()].map((one) => one.visibleAtMs)) - clock.now();
    const delayMs = Math.min(params.timeoutMs, Math.max(0, nextMs));
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const cancel = clock.setTimer(delayMs, done);
      this.#waiting.add(done);
    });
  }

  /** Ends every long poll. */
  wake(): void {
    for (const done of this.#waiting) done();
  }

  close(): void {
    this.#closed = true;
    this.wake();
  }
}
