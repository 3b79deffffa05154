import { createHash } from 'node:crypto';
import type { Database } from '../../db.js';
import { DandoriError } from '../../errors.js';
import type { TrackerEvent } from '../../ports/issue-tracker.js';
import { labels as ownLabels } from '../../request/labels.js';
import { trackerEventOf } from '../tracker-event-row.js';

const maxEvents = 100;
/** GitHub's times are cut to seconds, and those of one happening can lie a second apart. */
const toleranceMs = 2_000;
/** GitHub keeps a delivery for redelivery for 30 days at most. */
const deliveryMemoryMs = 90 * 24 * 3_600_000;

const migrations = [
  `CREATE TABLE github_inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, issue_number INTEGER NOT NULL,
    comment_id TEXT, labels TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL
  );
  CREATE TABLE github_deliveries (guid TEXT PRIMARY KEY, at_ms INTEGER NOT NULL);
  CREATE TABLE github_known_labels (
    issue_number INTEGER NOT NULL, label TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (issue_number, label)
  );
  CREATE TABLE github_known_bodies (issue_number INTEGER PRIMARY KEY, digest TEXT NOT NULL, at_ms INTEGER NOT NULL);
  CREATE TABLE github_values (name TEXT PRIMARY KEY, value TEXT NOT NULL);
`,
];

/** What webhook and polling tell of an issue; `at` is when GitHub last changed it. */
export interface SeenIssue {
  number: number;
  body: string;
  labels: readonly string[];
  createdAt: string;
  updatedAt: string;
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
/** A text sent by a browser has other line ends than the same text sent by a program. */
const bodyDigest = (body: string): string => short(body.replaceAll('\r\n', '\n'));

/**
 * Events in the order of their arrival, from webhooks, polling and Dandori's own command line. What happened names its event, so
 * that the same happening is one event however often and from whichever side it is told.
 */
export class Inbox {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate('github-inbox', migrations);
  }

  /** Adds an event as it is; false when its id is there. */
  add(event: TrackerEvent): boolean {
    const sql =
      'INSERT OR IGNORE INTO github_inbox (id, kind, issue_number, comment_id, labels, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?)';
    const { id, kind, issueNumber, commentId, labels, actor, at } = event;
    return this.#db.run(sql, id, kind, issueNumber, commentId, JSON.stringify(labels), actor, at) > 0;
  }

  #has(id: string): boolean {
    return this.#db.first('SELECT 1 FROM github_inbox WHERE id = ?', id) !== undefined;
  }

  transaction<T>(body: () => T): T {
    return this.#db.transaction(body);
  }

  /** True the first time that a delivery is seen. */
  takeDelivery(guid: string, nowMs: number): boolean {
    this.#db.run('DELETE FROM github_deliveries WHERE at_ms < ?', nowMs - deliveryMemoryMs);
    return this.#db.run('INSERT OR IGNORE INTO github_deliveries (guid, at_ms) VALUES (?, ?)', guid, nowMs) > 0;
  }

  /** An issue was opened; a label that it came with is no happening of its own. */
  issueOpened(issue: SeenIssue, actor: string): boolean {
    return this.#db.transaction(() => {
      // Told again: its labels are not those of its opening any more.
      if (this.#has(`issue_opened/${issue.number}`)) return false;
      const labelled = this.#db.first(
        `SELECT at FROM github_inbox WHERE kind = 'issue_labeled' AND issue_number = ?
         AND EXISTS (SELECT 1 FROM json_each(labels) WHERE value = ?) ORDER BY seq LIMIT 1`,
        issue.number,
        ownLabels.train,
      );
      this.knowIssue(issue);
      this.knowLabels(issue.number, issue.labels, Date.parse(issue.createdAt));
      // The event of the label that makes it a request came first and says as much.
      if (labelled !== undefined && Date.parse(String(labelled['at'])) <= Date.parse(issue.createdAt) + toleranceMs)
        return false;
      return this.add({
        id: `issue_opened/${issue.number}`,
        kind: 'issue_opened',
        issueNumber: issue.number,
        commentId: null,
        labels: [],
        actor,
        at: issue.createdAt,
      });
    });
  }

  /** The text of an issue is another one than was last heard of, and not by an older message that came late. */
  issueEdited(issue: SeenIssue, actor: string, at: string): boolean {
    return this.#db.transaction(() => {
      const known = this.#db.first(
        'SELECT digest, at_ms FROM github_known_bodies WHERE issue_number = ?',
        issue.number,
      );
      const late = known !== undefined && Number(known['at_ms']) > Date.parse(issue.updatedAt);
      if (late || known?.['digest'] === bodyDigest(issue.body)) return false;
      this.knowBody(issue.number, issue.body, Date.parse(issue.updatedAt));
      return this.add({
        id: `issue_edited/${issue.number}/${at}/${bodyDigest(issue.body)}`,
        kind: 'issue_edited',
        issueNumber: issue.number,
        commentId: null,
        labels: [],
        actor,
        at,
      });
    });
  }

  /** GitHub gives a label's event no id that both sides tell: the same label within two seconds is one happening. */
  issueLabeled(params: { issueNumber: number; label: string; actor: string; at: string }): boolean {
    const { issueNumber, label, actor, at } = params;
    return this.#db.transaction(() => {
      const sql = 'SELECT until_ms FROM github_known_labels WHERE issue_number = ? AND label = ?';
      const known = this.#db.first(sql, issueNumber, label.toLowerCase());
      if (known !== undefined && Date.parse(at) <= Number(known['until_ms']) + toleranceMs) return false;
      this.knowLabels(issueNumber, [label], Date.parse(at));
      const id = `issue_labeled/${issueNumber}/${short(label.toLowerCase())}/${at}`;
      return this.add({ id, kind: 'issue_labeled', issueNumber, commentId: null, labels: [label], actor, at });
    });
  }

  commentCreated(params: { issueNumber: number; commentId: string; actor: string; at: string }): boolean {
    return this.add({ ...params, labels: [], id: `comment_created/${params.commentId}`, kind: 'comment_created' });
  }

  commentEdited(params: { issueNumber: number; commentId: string; actor: string; at: string }): boolean {
    return this.add({
      ...params,
      labels: [],
      id: `comment_edited/${params.commentId}/${params.at}`,
      kind: 'comment_edited',
    });
  }

  reactionAdded(params: { id: string; issueNumber: number; commentId: string; actor: string; at: string }): boolean {
    return this.add({ ...params, labels: [], id: `reaction_added/${params.id}`, kind: 'reaction_added' });
  }

  /** From now on these labels are no news up to that moment: Dandori sets them, or an event has told of them. */
  knowLabels(issueNumber: number, labels: readonly string[], untilMs: number): void {
    const sql = `INSERT INTO github_known_labels (issue_number, label, until_ms) VALUES (?, ?, ?)
      ON CONFLICT (issue_number, label) DO UPDATE SET until_ms = excluded.until_ms`;
    for (const label of labels) this.#db.run(sql, issueNumber, label.toLowerCase(), untilMs);
  }

  /** This text is no news. */
  knowBody(issueNumber: number, body: string, atMs: number): void {
    const sql = `INSERT INTO github_known_bodies (issue_number, digest, at_ms) VALUES (?, ?, ?)
      ON CONFLICT (issue_number) DO UPDATE SET digest = excluded.digest, at_ms = excluded.at_ms`;
    this.#db.run(sql, issueNumber, bodyDigest(body), atMs);
  }

  /** The issue's text as first heard of. Its labels are not: who set one is told by that label's own event. */
  knowIssue(issue: SeenIssue): void {
    if (!this.isKnown(issue.number)) this.knowBody(issue.number, issue.body, Date.parse(issue.updatedAt));
  }

  /** Whether an event, or Dandori itself, has told of this issue. */
  isKnown(issueNumber: number): boolean {
    return this.#db.first('SELECT 1 FROM github_known_bodies WHERE issue_number = ?', issueNumber) !== undefined;
  }

  hasBody(issueNumber: number, body: string): boolean {
    const known = this.#db.first('SELECT digest FROM github_known_bodies WHERE issue_number = ?', issueNumber);
    return known?.['digest'] === bodyDigest(body);
  }

  value(name: string): string | null {
    const row = this.#db.first('SELECT value FROM github_values WHERE name = ?', name);
    return row === undefined ? null : String(row['value']);
  }

  setValue(name: string, value: string): void {
    const sql =
      'INSERT INTO github_values (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value';
    this.#db.run(sql, name, value);
  }

  /** Events after the one with this id, oldest first, at most 100. */
  list(cursor: string | null): TrackerEvent[] {
    const after = cursor === null ? { seq: 0 } : this.#db.first('SELECT seq FROM github_inbox WHERE id = ?', cursor);
    if (after === undefined) {
      throw new DandoriError('invalid_input', 'The cursor of the tracker is not one of its own.', {
        found: String(cursor),
        allowed: 'the id of an event that this tracker answered, or null',
        next: 'use a state directory of its own for each tracker.',
      });
    }
    return this.#db
      .all('SELECT * FROM github_inbox WHERE seq > ? ORDER BY seq LIMIT ?', after['seq'] ?? 0, maxEvents)
      .map(trackerEventOf);
  }
}
