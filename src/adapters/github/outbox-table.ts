import type { Database, SqlRow } from '../../db.js';
import type { Priority } from './rate-limit.js';

/** A comment, an edit of one (the newest text only) or a change of an issue's labels (all changes together). */
export type OutboxKind = 'comment' | 'edit' | 'labels';

export interface OutboxRow {
  id: number;
  kind: OutboxKind;
  /** Number of the issue; id of the comment for an edit. */
  target: string;
  /** Text; for labels JSON of LabelChange. */
  body: string;
  priority: Priority;
  nonce: string;
  /** Who speaks through Dandori; null for itself. */
  person: string | null;
  state: 'waiting' | 'sending' | 'written';
  /** The caller was not told GitHub's id but `queued-{id}`, which names the comment for good. */
  deferred: boolean;
  commentId: string | null;
  at: string;
}

export interface LabelChange {
  add: string[];
  remove: string[];
}

const migrations = [
  `CREATE TABLE github_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, target TEXT NOT NULL, body TEXT NOT NULL, priority TEXT NOT NULL,
    nonce TEXT NOT NULL, person TEXT, state TEXT NOT NULL, deferred INTEGER NOT NULL, comment_id TEXT, at TEXT NOT NULL
  );
  CREATE UNIQUE INDEX github_outbox_newest ON github_outbox (kind, target) WHERE kind <> 'comment';
  CREATE INDEX github_outbox_by_comment ON github_outbox (comment_id);
  CREATE TABLE github_spoken (thing TEXT PRIMARY KEY, person TEXT NOT NULL);
`,
];

function toRow(row: SqlRow): OutboxRow {
  return {
    id: Number(row['id']),
    // The table is written by this file only.
    kind: String(row['kind']) as OutboxKind,
    target: String(row['target']),
    body: String(row['body']),
    priority: String(row['priority']) as Priority,
    nonce: String(row['nonce']),
    person: row['person'] === null ? null : String(row['person']),
    state: String(row['state']) as OutboxRow['state'],
    deferred: row['deferred'] === 1,
    commentId: row['comment_id'] === null ? null : String(row['comment_id']),
    at: String(row['at']),
  };
}

export const queuedId = (id: number): string => `queued-${id}`;

function idInQueue(commentId: string): number | null {
  const match = /^queued-(\d{1,15})$/.exec(commentId);
  return match === null ? null : Number(match[1]);
}

/** What is to be written to GitHub and is not yet, and for whom Dandori wrote. */
export class OutboxTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate('github-outbox', migrations);
    // Whoever asked for these is gone and asks again by the hidden key: they must be seen.
    db.run("UPDATE github_outbox SET deferred = 1 WHERE kind = 'comment' AND state <> 'written'");
  }

  add(row: Pick<OutboxRow, 'kind' | 'target' | 'body' | 'priority' | 'nonce' | 'person' | 'at'>): OutboxRow {
    const sql = `INSERT INTO github_outbox (kind, target, body, priority, nonce, person, state, deferred, at)
      VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?)
      ON CONFLICT (kind, target) WHERE kind <> 'comment' DO UPDATE SET body = excluded.body, state = 'waiting', at = excluded.at
      RETURNING *`;
    const { kind, target, body, priority, nonce, person, at } = row;
    return toRow(this.#db.first(sql, kind, target, body, priority, nonce, person, at) ?? {});
  }

  get(id: number): OutboxRow | null {
    const row = this.#db.first('SELECT * FROM github_outbox WHERE id = ?', id);
    return row === undefined ? null : toRow(row);
  }

  find(kind: OutboxKind, target: string): OutboxRow | null {
    const row = this.#db.first('SELECT * FROM github_outbox WHERE kind = ? AND target = ?', kind, target);
    return row === undefined ? null : toRow(row);
  }

  unsent(): OutboxRow[] {
    return this.#db.all("SELECT * FROM github_outbox WHERE state <> 'written' ORDER BY id").map(toRow);
  }

  /** Comments of the issue that callers know as `queued-...` and that GitHub does not have yet. */
  queuedComments(issueNumber: number): OutboxRow[] {
    const sql =
      "SELECT * FROM github_outbox WHERE kind = 'comment' AND target = ? AND state <> 'written' AND deferred = 1 ORDER BY id";
    return this.#db.all(sql, String(issueNumber)).map(toRow);
  }

  /** The newest text of comments that are edited and do not have it yet on GitHub, by the name that callers know. */
  pendingEdits(): Map<string, string> {
    const rows = this.#db.all("SELECT target, body FROM github_outbox WHERE kind = 'edit'");
    return new Map(rows.map((row) => [String(row['target']), String(row['body'])]));
  }

  set(id: number, change: Partial<Pick<OutboxRow, 'state' | 'body' | 'deferred'>>): void {
    if (change.state !== undefined) this.#db.run('UPDATE github_outbox SET state = ? WHERE id = ?', change.state, id);
    if (change.body !== undefined) this.#db.run('UPDATE github_outbox SET body = ? WHERE id = ?', change.body, id);
    if (change.deferred === true) this.#db.run('UPDATE github_outbox SET deferred = 1 WHERE id = ?', id);
  }

  written(id: number, commentId: string): void {
    this.#db.run("UPDATE github_outbox SET state = 'written', comment_id = ? WHERE id = ?", commentId, id);
  }

  remove(id: number): void {
    this.#db.run('DELETE FROM github_outbox WHERE id = ?', id);
  }

  /** Removes an edit or a label change, unless a newer one took its place meanwhile. */
  removeSent(row: OutboxRow): void {
    this.#db.run('DELETE FROM github_outbox WHERE id = ? AND body = ?', row.id, row.body);
  }

  /** The name by which callers know a comment of GitHub. */
  publicId(commentId: string): string {
    const row = this.#db.first('SELECT id FROM github_outbox WHERE comment_id = ? AND deferred = 1', commentId);
    return row === undefined ? commentId : queuedId(Number(row['id']));
  }

  /** GitHub's id of a comment, or the row of one that is not written yet; null for an unknown `queued-...`. */
  resolve(publicId: string): { commentId: string } | { row: OutboxRow } | null {
    const id = idInQueue(publicId);
    if (id === null) return { commentId: publicId };
    const row = this.get(id);
    if (row === null) return null;
    return row.commentId === null ? { row } : { commentId: row.commentId };
  }

  /** Remembers that Dandori wrote `issue/12` or `comment/991` for a person at its command line. */
  speakFor(thing: string, person: string): void {
    this.#db.run('INSERT OR REPLACE INTO github_spoken (thing, person) VALUES (?, ?)', thing, person);
  }

  /** For whom Dandori wrote this; null: for itself. */
  spokenBy(thing: string): string | null {
    const row = this.#db.first('SELECT person FROM github_spoken WHERE thing = ?', thing);
    return row === undefined ? null : String(row['person']);
  }

  /** Changes together: what is written (rows, events) is written or not written as one. */
  transaction<T>(body: () => T): T {
    return this.#db.transaction(body);
  }
}
