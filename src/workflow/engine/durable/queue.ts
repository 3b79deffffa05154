import type { Database } from '../../../db.js';
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

/** The number before the dot of a receipt handle; -1, which no message has, for anything else. */
function idOf(receiptHandle: string): number {
  const id = Number.parseInt(receiptHandle, 10);
  return Number.isNaN(id) ? -1 : id;
}

/** The task queue as a table: first in, first out among the visible; a received message comes back unless deleted. */
export class TaskQueueTable implements TaskQueue {
  readonly #parts: QueueParts;
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** Puts a message in, inside the caller's transaction; answers its number. */
  send(body: unknown): number {
    const { db } = this.#parts;
    // Visible since ever: a clock that is set back must not hide a new message.
    db.run('INSERT INTO wf_message (body, visible_at) VALUES (?, 0)', toJson(body));
    return Number(db.first('SELECT last_insert_rowid() AS id')?.['id']);
  }

  /** Drops the message of a task that is over: nobody can answer it any more. */
  dropFor(token: string): void {
    this.#parts.db.run('DELETE FROM wf_message WHERE id = (SELECT message_id FROM wf_token WHERE token = ?)', token);
  }

  async receive(params: { maxMessages: number; visibilityTimeoutMs: number }): Promise<QueueMessage[]> {
    const { db, clock, newId } = this.#parts;
    return db.transaction(() => {
      const rows = db.all(
        'SELECT id, body, receive_count FROM wf_message WHERE visible_at <= ? ORDER BY id LIMIT ?',
        clock.now(),
        params.maxMessages,
      );
      return rows.map((row) => {
        const id = Number(row['id']);
        const receiptHandle = `${id}.${newId()}`;
        const receiveCount = Number(row['receive_count']) + 1;
        db.run(
          'UPDATE wf_message SET receipt = ?, receive_count = ?, visible_at = ? WHERE id = ?',
          receiptHandle,
          receiveCount,
          clock.now() + params.visibilityTimeoutMs,
          id,
        );
        return { messageId: String(id), receiptHandle, body: JSON.parse(String(row['body'])) as unknown, receiveCount };
      });
    });
  }

  /** Deletes a received message; one that is gone already, or was received again since, is no error. */
  async delete(params: { receiptHandle: string }): Promise<void> {
    const { receiptHandle } = params;
    this.#parts.db.run('DELETE FROM wf_message WHERE id = ? AND receipt = ?', idOf(receiptHandle), receiptHandle);
  }

  async changeVisibility(params: { receiptHandle: string; timeoutMs: number }): Promise<void> {
    const { db, clock } = this.#parts;
    if (params.timeoutMs < 0 || params.timeoutMs > 43_200_000) {
      throw new DandoriError('invalid_input', 'The visibility time-out of a message is out of range.', {
        found: `${params.timeoutMs} ms`,
        allowed: '0 to 43,200,000 ms (12 hours)',
      });
    }
    db.run(
      'UPDATE wf_message SET visible_at = ? WHERE id = ? AND receipt = ?',
      clock.now() + params.timeoutMs,
      idOf(params.receiptHandle),
      params.receiptHandle,
    );
    if (params.timeoutMs === 0) this.wake();
  }

  async waitForMessages(params: { timeoutMs: number }): Promise<void> {
    const { db, clock } = this.#parts;
    if (this.#closed) return;
    const row = db.first('SELECT min(visible_at) AS at FROM wf_message');
    const nextMs = row === undefined || row['at'] === null ? Infinity : Number(row['at']) - clock.now();
    const delayMs = Math.min(params.timeoutMs, Math.max(0, nextMs));
    if (nextMs <= 0) return;
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

  /** Makes received messages visible again: whoever received them was in the process before this one, which is gone. */
  redeliver(): void {
    this.#parts.db.run('UPDATE wf_message SET visible_at = 0, receipt = NULL WHERE receipt IS NOT NULL');
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
