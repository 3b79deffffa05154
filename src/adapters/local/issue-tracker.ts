import { userInfo } from 'node:os';
import type { Database, SqlRow } from '../../db.js';
import { DandoriError } from '../../errors.js';
import type { Comment, Issue, IssueTracker, Permission, Reaction, TrackerEvent } from '../../ports/issue-tracker.js';
import { trackerEventOf } from '../tracker-event-row.js';

/** The built-in tracker, with what the people's side of it needs beside the port. */
export interface LocalIssueTracker extends IssueTracker {
  /** The same sign of the same person twice is one reaction. `not_found` for an unknown comment. */
  addReaction(params: { commentId: string; content: Reaction['content']; user: string }): Promise<Comment>;
  setPermission(params: { user: string; permission: Permission }): Promise<void>;
  /** Newest first. */
  listIssues(params: { state?: Issue['state']; limit?: number }): Promise<Issue[]>;
  /** `not_found` for an unknown comment. */
  getComment(params: { id: string }): Promise<Comment>;
}

export interface LocalIssueTrackerOptions {
  db: Database;
  now?: () => Date;
  /** Who runs Dandori: has `admin`. Default: the user of the operating system. */
  user?: string;
  /** Beginning of the addresses that people see. */
  baseUrl?: string;
}

/** Author of what Dandori writes itself. */
export const selfName = 'dandori';

const migrations = [
  `CREATE TABLE issues (
    number INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, body TEXT NOT NULL, labels TEXT NOT NULL,
    state TEXT NOT NULL, author TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
  );
  CREATE TABLE issue_comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, issue_number INTEGER NOT NULL REFERENCES issues(number), body TEXT NOT NULL,
    author TEXT NOT NULL, by_self INTEGER NOT NULL, edited INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
  );
  CREATE INDEX issue_comments_by_issue ON issue_comments (issue_number, id);
  CREATE TABLE issue_reactions (
    comment_id INTEGER NOT NULL REFERENCES issue_comments(id), content TEXT NOT NULL, user TEXT NOT NULL, created_at TEXT NOT NULL,
    PRIMARY KEY (comment_id, content, user)
  );
  CREATE TABLE issue_permissions (user TEXT PRIMARY KEY, permission TEXT NOT NULL);
  CREATE TABLE issue_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, issue_number INTEGER NOT NULL, comment_id INTEGER,
    actor TEXT NOT NULL, at TEXT NOT NULL
  );
`,
  // Which labels the older ones are about is not known: any that the issue has.
  `ALTER TABLE issue_events ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
  UPDATE issue_events SET labels = (SELECT labels FROM issues WHERE number = issue_number) WHERE kind = 'issue_labeled';
`,
];

const permissions: readonly string[] = ['admin', 'write', 'read', 'none'] satisfies Permission[];
const maxEvents = 100;

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}

/** Names are compared as GitHub does: without regard to case. */
function nameKey(user: string): string {
  return user.toLowerCase();
}

function toLabels(value: SqlRow[string] | undefined): string[] {
  const labels: unknown = JSON.parse(String(value));
  return Array.isArray(labels) ? labels.map(String) : [];
}

class SqliteIssueTracker implements LocalIssueTracker {
  readonly #db: Database;
  readonly #now: () => Date;
  readonly #user: string;
  readonly #baseUrl: string;

  constructor({
    db,
    now = () => new Date(),
    user = currentUser(),
    baseUrl = 'local://issues',
  }: LocalIssueTrackerOptions) {
    this.#db = db;
    this.#now = now;
    this.#user = user;
    this.#baseUrl = baseUrl;
    db.migrate('issue-tracker', migrations);
  }

  #time(): string {
    return this.#now().toISOString();
  }

  #event(
    kind: TrackerEvent['kind'],
    issueNumber: number,
    commentId: string | null,
    actor: string | undefined,
    labels: readonly string[] = [],
  ): void {
    // Dandori hears of what others do; its own writes would only echo.
    if (actor === undefined) return;
    const sql =
      'INSERT INTO issue_events (kind, issue_number, comment_id, actor, at, labels) VALUES (?, ?, ?, ?, ?, ?)';
    const comment = commentId === null ? null : Number(commentId);
    this.#db.run(sql, kind, issueNumber, comment, actor, this.#time(), JSON.stringify(labels));
  }

  #issueRow(number: number): SqlRow {
    const row = Number.isSafeInteger(number)
      ? this.#db.first('SELECT * FROM issues WHERE number = ?', number)
      : undefined;
    if (row !== undefined) return row;
    throw new DandoriError('not_found', `There is no issue ${number}.`, {
      next: 'list the issues with "npx dandori list".',
    });
  }

  #commentRow(id: string): SqlRow {
    const row = /^\d{1,15}$/.test(id)
      ? this.#db.first('SELECT * FROM issue_comments WHERE id = ?', Number(id))
      : undefined;
    if (row !== undefined) return row;
    throw new DandoriError('not_found', `There is no comment ${id}.`, {
      next: 'show the comments with "npx dandori show ISSUE".',
    });
  }

  #toIssue(row: SqlRow): Issue {
    return {
      number: Number(row['number']),
      title: String(row['title']),
      body: String(row['body']),
      labels: toLabels(row['labels']),
      state: row['state'] === 'closed' ? 'closed' : 'open',
      author: String(row['author']),
      createdAt: String(row['created_at']),
      updatedAt: String(row['updated_at']),
      url: `${this.#baseUrl}/${String(row['number'])}`,
    };
  }

  #toComment(row: SqlRow): Comment {
    const sql = 'SELECT content, user, created_at FROM issue_reactions WHERE comment_id = ? ORDER BY created_at, rowid';
    const id = Number(row['id']);
    return {
      id: String(id),
      issueNumber: Number(row['issue_number']),
      body: String(row['body']),
      author: String(row['author']),
      bySelf: row['by_self'] === 1,
      createdAt: String(row['created_at']),
      updatedAt: String(row['updated_at']),
      edited: row['edited'] === 1,
      reactions: this.#db.all(sql, id).map((reaction) => ({
        content: String(reaction['content']) as Reaction['content'],
        user: String(reaction['user']),
        createdAt: String(reaction['created_at']),
      })),
      url: `${this.#baseUrl}/${String(row['issue_number'])}#comment-${id}`,
    };
  }

  createIssue: IssueTracker['createIssue'] = async ({ title, body, labels, author }) =>
    this.#db.transaction(() => {
      const sql =
        'INSERT INTO issues (title, body, labels, state, author, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *';
      const at = this.#time();
      const issue = this.#toIssue(
        this.#only(sql, title, body, JSON.stringify([...new Set(labels)]), 'open', author, at, at),
      );
      this.#event('issue_opened', issue.number, null, author === selfName ? undefined : author);
      return issue;
    });

  #only(sql: string, ...params: Parameters<Database['all']>[1][]): SqlRow {
    const row = this.#db.first(sql, ...params);
    if (row === undefined) throw new DandoriError('internal', 'The tracker did not answer the row that it wrote.');
    return row;
  }

  getIssue: IssueTracker['getIssue'] = async ({ number }) => this.#toIssue(this.#issueRow(number));

  listIssues: LocalIssueTracker['listIssues'] = async ({ state, limit = 100 }) => {
    const where = state === undefined ? '' : 'WHERE state = ?';
    const params = state === undefined ? [limit] : [state, limit];
    return this.#db
      .all(`SELECT * FROM issues ${where} ORDER BY number DESC LIMIT ?`, ...params)
      .map((row) => this.#toIssue(row));
  };

  updateIssue: IssueTracker['updateIssue'] = async ({ number, body, labels, state, actor }) =>
    this.#db.transaction(() => {
      const before = this.#toIssue(this.#issueRow(number));
      const wanted = labels === undefined ? before.labels : [...new Set(labels)];
      const after = { body: body ?? before.body, labels: JSON.stringify(wanted), state: state ?? before.state };
      const sql = 'UPDATE issues SET body = ?, labels = ?, state = ?, updated_at = ? WHERE number = ? RETURNING *';
      const issue = this.#toIssue(this.#only(sql, after.body, after.labels, after.state, this.#time(), number));
      if (issue.body !== before.body) this.#event('issue_edited', number, null, actor);
      const added = issue.labels.filter((label) => !before.labels.includes(label));
      if (added.length > 0) this.#event('issue_labeled', number, null, actor, added);
      return issue;
    });

  createComment: IssueTracker['createComment'] = async ({ issueNumber, body, author }) =>
    this.#db.transaction(() => {
      this.#issueRow(issueNumber);
      const at = this.#time();
      const sql =
        'INSERT INTO issue_comments (issue_number, body, author, by_self, edited, created_at, updated_at) VALUES (?, ?, ?, ?, 0, ?, ?) RETURNING *';
      const row = this.#only(sql, issueNumber, body, author ?? selfName, author === undefined ? 1 : 0, at, at);
      const comment = this.#toComment(row);
      this.#event('comment_created', issueNumber, comment.id, author);
      return comment;
    });

  updateComment: IssueTracker['updateComment'] = async ({ id, body, actor }) =>
    this.#db.transaction(() => {
      const before = this.#toComment(this.#commentRow(id));
      if (before.body === body) return before;
      const sql = 'UPDATE issue_comments SET body = ?, edited = 1, updated_at = ? WHERE id = ? RETURNING *';
      const comment = this.#toComment(this.#only(sql, body, this.#time(), Number(id)));
      this.#event('comment_edited', comment.issueNumber, id, actor);
      return comment;
    });

  getComment: LocalIssueTracker['getComment'] = async ({ id }) => this.#toComment(this.#commentRow(id));

  listComments: IssueTracker['listComments'] = async ({ issueNumber }) => {
    this.#issueRow(issueNumber);
    const rows = this.#db.all('SELECT * FROM issue_comments WHERE issue_number = ? ORDER BY id', issueNumber);
    return rows.map((row) => this.#toComment(row));
  };

  addReaction: LocalIssueTracker['addReaction'] = async ({ commentId, content, user }) =>
    this.#db.transaction(() => {
      const comment = this.#toComment(this.#commentRow(commentId));
      const sql = 'INSERT OR IGNORE INTO issue_reactions (comment_id, content, user, created_at) VALUES (?, ?, ?, ?)';
      const added = this.#db.run(sql, Number(commentId), content, user, this.#time());
      if (added > 0) this.#event('reaction_added', comment.issueNumber, commentId, user);
      return this.#toComment(this.#commentRow(commentId));
    });

  getPermission: IssueTracker['getPermission'] = async ({ user }) => {
    if (nameKey(user) === nameKey(this.#user)) return 'admin';
    const row = this.#db.first('SELECT permission FROM issue_permissions WHERE user = ?', nameKey(user));
    const found = row?.['permission'];
    return typeof found === 'string' && permissions.includes(found) ? (found as Permission) : 'none';
  };

  setPermission: LocalIssueTracker['setPermission'] = async ({ user, permission }) => {
    const sql =
      'INSERT INTO issue_permissions (user, permission) VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET permission = excluded.permission';
    this.#db.run(sql, nameKey(user), permission);
  };

  listEvents: IssueTracker['listEvents'] = async ({ cursor }) => {
    if (cursor !== null && !/^\d{1,15}$/.test(cursor)) {
      throw new DandoriError('invalid_input', 'The cursor of the tracker is not one of its own.', {
        found: cursor,
        allowed: 'the id of an event that this tracker answered, or null',
        next: 'start from null.',
      });
    }
    const sql = 'SELECT * FROM issue_events WHERE id > ? ORDER BY id LIMIT ?';
    return this.#db.all(sql, Number(cursor ?? 0), maxEvents).map(trackerEventOf);
  };
}

/** The built-in tracker on SQLite: issues, comments, labels, reactions, people's permissions, and events with a cursor. */
export function createLocalIssueTracker(options: LocalIssueTrackerOptions): LocalIssueTracker {
  return new SqliteIssueTracker(options);
}
