import { codeOf, DandoriError, messageOf } from '../../errors.js';
import type { Clock } from './clock.js';
import type { GitHubClient } from './client.js';
import { statusOf } from './github-error.js';
import type { Inbox } from './inbox.js';
import { cutToFit, markOwn, maxBodyLength, newNonce, priorityOf, readOwn } from './own-text.js';
import { type LabelChange, type OutboxRow, OutboxTable } from './outbox-table.js';
import { anyAnswer, type CommentAnswer, commentAnswer, issueAnswer, labelNames } from './payloads.js';
import type { Writer, WriterLog } from './writer.js';

/** Keeps a text that is too long for GitHub and answers the address where a person can read it. */
export type SaveLongText = (params: { name: string; body: string }) => Promise<string>;

export interface OutboxParts {
  table: OutboxTable;
  inbox: Inbox;
  writer: Writer;
  client: GitHubClient;
  clock: Clock;
  log: WriterLog;
  saveLongText?: SaveLongText;
  /** Told when an edit of ours arrived. */
  onEdited?: (comment: CommentAnswer) => void;
}

/** Until Dandori's own write has an answer, an event of it is no news for this long. */
const intentMs = 5 * 60_000;
const settledMs = 10_000;

/** Comments, edits and label changes on their way to GitHub: kept over restarts, each written once, edits and labels coalesced. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #deliveries = new Map<number, Promise<CommentAnswer | null>>();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  get table(): OutboxTable {
    return this.#parts.table;
  }

  /** Takes up what an earlier process left. */
  start(): void {
    for (const row of this.table.unsent()) this.#background(row);
  }

  /** A comment; resolves when GitHub has it. */
  comment(params: { issueNumber: number; body: string; person: string | null }): {
    row: OutboxRow;
    written: Promise<CommentAnswer>;
  } {
    const { issueNumber, body, person } = params;
    const priority = person === null ? priorityOf(body) : 'answer';
    const row = this.#add('comment', String(issueNumber), body, priority, person);
    const written = this.#deliver(row).then((answer) => {
      if (answer !== null) return answer;
      throw new DandoriError('internal', `The comment ${row.id} was written without an answer.`);
    });
    return { row, written };
  }

  /** The newest text of a comment; written when its turn comes. */
  edit(publicId: string, body: string): Promise<unknown> {
    const resolved = this.table.resolve(publicId);
    // Not sent yet: it goes out with the new text.
    if (resolved !== null && 'row' in resolved) this.table.set(resolved.row.id, { body });
    else return this.#deliver(this.#add('edit', publicId, body, 'status', null));
    return Promise.resolve();
  }

  /** Labels to add and to take away; several changes of an issue become one. */
  labels(issueNumber: number, change: LabelChange): Promise<unknown> {
    const before = this.pendingLabels(issueNumber);
    const merged: LabelChange = {
      add: [...new Set([...before.add.filter((label) => !change.remove.includes(label)), ...change.add])],
      remove: [...new Set([...before.remove.filter((label) => !change.add.includes(label)), ...change.remove])],
    };
    return this.#deliver(this.#add('labels', String(issueNumber), JSON.stringify(merged), 'status', null));
  }

  pendingLabels(issueNumber: number): LabelChange {
    const row = this.table.find('labels', String(issueNumber));
    // Written by this file only.
    return row === null ? { add: [], remove: [] } : (JSON.parse(row.body) as LabelChange);
  }

  #add(
    kind: OutboxRow['kind'],
    target: string,
    body: string,
    priority: OutboxRow['priority'],
    person: string | null,
  ): OutboxRow {
    const at = new Date(this.#parts.clock.nowMs()).toISOString();
    return this.table.add({ kind, target, body, priority, nonce: newNonce(), person, at });
  }

  #background(row: OutboxRow): void {
    this.#deliver(row).catch((error: unknown) => {
      const level = codeOf(error) === 'unavailable' ? 'info' : 'error';
      this.#parts.log[level](
        { kind: row.kind, target: row.target, error: messageOf(error) },
        'something was not written to GitHub',
      );
    });
  }

  /** One delivery a row; a newer text for the same row joins the one under way. */
  #deliver(row: OutboxRow): Promise<CommentAnswer | null> {
    const before = this.#deliveries.get(row.id);
    if (before !== undefined) return before;
    const work = {
      comment: () => this.#sendComment(row.id),
      edit: () => this.#sendEdit(row),
      labels: () => this.#sendLabels(row),
    };
    const delivery = work[row.kind]()
      .catch((error: unknown) => {
        // What GitHub refuses for good is not asked again; what waits stays in the table.
        if (codeOf(error) !== 'unavailable') this.table.remove(row.id);
        throw error;
      })
      .finally(() => this.#deliveries.delete(row.id));
    this.#deliveries.set(row.id, delivery);
    return delivery;
  }

  async #sendComment(id: number): Promise<CommentAnswer> {
    const row = this.#require(id);
    const wasSending = row.state === 'sending';
    // A text that is too long is a write of its own: it cannot wait for this one's end.
    const text = await this.#text(row.body, row.nonce, row.person);
    let posted = row.body;
    const answer = await this.#write(row, `a comment on issue ${row.target}`, async (attempt) => {
      const found = attempt > 0 || wasSending ? await this.#findPosted(row) : null;
      if (found !== null) {
        posted = readOwn(found.body ?? '')?.body ?? '';
        return found;
      }
      this.table.set(id, { state: 'sending' });
      return this.#parts.client.call({
        about: `write a comment on issue ${row.target}`,
        route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
        params: { issue_number: Number(row.target), body: text },
        schema: commentAnswer,
      });
    });
    this.#commentWritten(id, posted, answer);
    return answer;
  }

  #commentWritten(id: number, posted: string, answer: CommentAnswer): void {
    const { table, inbox } = this.#parts;
    const commentId = String(answer.id);
    table.transaction(() => {
      const row = this.#require(id);
      table.written(row.id, commentId);
      if (!row.deferred) table.remove(row.id);
      if (row.person !== null) {
        table.speakFor(`comment/${commentId}`, row.person);
        inbox.commentCreated({ issueNumber: Number(row.target), commentId, actor: row.person, at: answer.created_at });
      }
      // It was given another text while it was on its way.
      if (row.body !== posted) this.#background(this.#add('edit', table.publicId(commentId), row.body, 'status', null));
    });
  }

  /** The comment of this post on GitHub, when an earlier try had arrived although its answer was lost. */
  async #findPosted(row: OutboxRow): Promise<CommentAnswer | null> {
    const { login } = await this.#parts.client.self();
    const { data } = await this.#parts.client.readAll({
      about: `list the comments of issue ${row.target}`,
      route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      params: { issue_number: Number(row.target) },
      schema: commentAnswer.array(),
    });
    const ours = (one: CommentAnswer): boolean =>
      readOwn(one.body ?? '')?.nonce === row.nonce && one.user?.login === login;
    return data.find(ours) ?? null;
  }

  async #sendEdit({ target }: OutboxRow): Promise<null> {
    for (;;) {
      const row = this.table.find('edit', target);
      const resolved = this.table.resolve(target);
      if (row === null || resolved === null || 'row' in resolved) return null;
      const { commentId } = resolved;
      const person = this.table.spokenBy(`comment/${commentId}`);
      const text = await this.#text(row.body, row.nonce, person);
      await this.#write(row, `comment ${commentId}`, async () => {
        // A newer text makes this one idle.
        if (this.table.find('edit', target)?.body !== row.body) return;
        const answer = await this.#parts.client.call({
          about: `edit comment ${commentId}`,
          route: 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
          params: { comment_id: Number(commentId), body: text },
          schema: commentAnswer,
        });
        this.#parts.onEdited?.(answer);
        this.table.removeSent(row);
      });
    }
  }

  async #sendLabels({ target }: OutboxRow): Promise<null> {
    const { client, inbox, clock } = this.#parts;
    const issueNumber = Number(target);
    for (;;) {
      const row = this.table.find('labels', target);
      if (row === null) return null;
      await this.#write(row, `labels of issue ${target}`, async () => {
        const newest = this.table.find('labels', target) ?? row;
        const change = this.pendingLabels(issueNumber);
        const params = { issue_number: issueNumber };
        const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}';
        const issue = await client.call({ about: `read issue ${target}`, route, params, schema: issueAnswer });
        const current = labelNames(issue.labels);
        const labels = withChange(current, change);
        if (!sameSet(current, labels)) {
          inbox.knowLabels(issueNumber, change.add, clock.nowMs() + intentMs);
          await this.#putLabels(issueNumber, labels);
          inbox.knowLabels(issueNumber, change.add, clock.nowMs() + settledMs);
        }
        this.table.removeSent(newest);
      });
    }
  }

  #putLabels(issueNumber: number, labels: readonly string[]): Promise<unknown> {
    const path = '/repos/{owner}/{repo}/issues/{issue_number}/labels';
    // An empty list is not among what GitHub takes.
    const [route, params] = labels.length === 0 ? [`DELETE ${path}`, {}] : [`PUT ${path}`, { labels }];
    return this.#parts.client.call({
      about: `label issue ${issueNumber}`,
      route,
      params: { issue_number: issueNumber, ...params },
      schema: anyAnswer,
    });
  }

  #require(id: number): OutboxRow {
    const row = this.table.get(id);
    if (row !== null) return row;
    throw new DandoriError('internal', `The outgoing comment ${id} is not in the table.`);
  }

  #write<T>(row: OutboxRow, about: string, write: (attempt: number) => Promise<T>): Promise<T> {
    return this.#parts.writer.run({
      priority: row.priority,
      about,
      waitMs: null,
      write: (attempt) => write(attempt).catch((error: unknown) => Promise.reject(whenTokenIsBack(error))),
    });
  }

  async #text(body: string, nonce: string, person: string | null): Promise<string> {
    const text = markOwn(body, nonce, person);
    if (text.length <= maxBodyLength) return text;
    const head = text.slice(0, text.length - body.length);
    const { saveLongText, log } = this.#parts;
    const url = await saveLongText?.({ name: nonce, body }).catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'a long comment could not be kept whole; it is cut');
      return null;
    });
    return head + cutToFit(body, head, url ?? null);
  }
}

/** An expired token stops the talk until somebody renews it; nothing is lost by waiting. */
function whenTokenIsBack(error: unknown): unknown {
  if (!(error instanceof DandoriError) || statusOf(error) !== 401) return error;
  return new DandoriError('unavailable', error.what, error.details);
}

/** The labels with a change applied; those that other people set stay. */
export function withChange(labels: readonly string[], { add, remove }: LabelChange): string[] {
  return [...new Set([...labels.filter((label) => !remove.includes(label)), ...add])];
}

export function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one) => right.includes(one));
}
