import { createHash } from 'node:crypto';
import type { Database, SqlRow } from '../../db.js';
import type { AuditEntry, AuditLog, AuditRecord } from '../../ports/audit-log.js';

const steps = [
  `CREATE TABLE audit (
     sequence INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, at TEXT NOT NULL, by TEXT NOT NULL, action TEXT NOT NULL,
     outcome TEXT NOT NULL, issue_number INTEGER, training_id TEXT, plan_hash TEXT, detail TEXT, digest TEXT NOT NULL
   );
   CREATE INDEX audit_by_run ON audit (training_id);
   CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
   CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;`,
];

const longestDetail = 2_000;

function digestOf(entry: AuditEntry, sequence: number, previous: string): string {
  const { key, at, by, action, outcome, issueNumber, trainingId, planHash, detail } = entry;
  const told = [previous, sequence, key, at, by, action, outcome, issueNumber, trainingId, planHash, detail];
  return createHash('sha256').update(JSON.stringify(told)).digest('hex');
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function fromRow(row: SqlRow): AuditRecord & { key: string } {
  return {
    sequence: Number(row['sequence']),
    key: String(row['key']),
    at: String(row['at']),
    by: String(row['by']),
    action: String(row['action']),
    // Only `write` writes the column, typed.
    outcome: String(row['outcome']) as AuditRecord['outcome'],
    issueNumber: row['issue_number'] === null ? null : Number(row['issue_number']),
    trainingId: textOrNull(row['training_id']),
    planHash: textOrNull(row['plan_hash']),
    detail: textOrNull(row['detail']),
    digest: String(row['digest']),
  };
}

/** The audit log in SQLite. */
export interface LocalAuditLog extends AuditLog {
  /** At once, within the transaction that is open: what is told and that it is told are one commit. */
  write(entry: AuditEntry): void;
}

function write(db: Database, given: AuditEntry): void {
  const entry = { ...given, detail: given.detail?.slice(0, longestDetail) ?? null };
  db.transaction(() => {
    if (db.first('SELECT 1 FROM audit WHERE key = ?', entry.key) !== undefined) return;
    const last = db.first('SELECT sequence, digest FROM audit ORDER BY sequence DESC LIMIT 1');
    const sequence = Number(last?.['sequence'] ?? 0) + 1;
    const { key, at, by, action, outcome, issueNumber, trainingId, planHash, detail } = entry;
    const digest = digestOf(entry, sequence, String(last?.['digest'] ?? ''));
    const sql = `INSERT INTO audit (sequence, key, at, by, action, outcome, issue_number, training_id, plan_hash, detail, digest)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
    db.run(sql, sequence, key, at, by, action, outcome, issueNumber, trainingId, planHash, detail, digest);
  });
}

function list(db: Database, like: Parameters<AuditLog['list']>[0]): AuditRecord[] {
  const { trainingId, issueNumber, by, since, limit = 1000 } = like;
  const conditions = { 'training_id = ?': trainingId, 'issue_number = ?': issueNumber, 'by = ?': by, 'at >= ?': since };
  const given = Object.entries(conditions).flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const where = given.length === 0 ? '' : `WHERE ${given.map(({ sql }) => sql).join(' AND ')}`;
  const sql = `SELECT * FROM audit ${where} ORDER BY sequence DESC LIMIT ?`;
  const rows = db.all(sql, ...given.map(({ value }) => value), limit);
  return rows.toReversed().map((row) => {
    const { key: _key, ...record } = fromRow(row);
    return record;
  });
}

/** Every entry, in portions: the log only grows. */
function* entries(db: Database): Generator<ReturnType<typeof fromRow>> {
  for (let last = 0; ;) {
    const rows = db.all('SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT 1000', last);
    if (rows.length === 0) return;
    yield* rows.map(fromRow);
    last = Number(rows.at(-1)?.['sequence']);
  }
}

function verify(db: Database): string[] {
  const problems: string[] = [];
  let before = { sequence: 0, digest: '' };
  for (const { digest, sequence, ...entry } of entries(db)) {
    const follows = sequence === before.sequence + 1;
    if (!follows) problems.push(`between entry ${before.sequence} and entry ${sequence} some are missing`);
    // What follows a gap cannot be checked: it was chained to what is missing.
    else if (digest !== digestOf(entry, sequence, before.digest))
      problems.push(`entry ${sequence} was changed after it was written`);
    before = { sequence, digest };
  }
  return problems;
}

/** Entries of a table that SQLite lets nobody change; those cut off at its end do not show. */
export function createLocalAuditLog({ db }: { db: Database }): LocalAuditLog {
  db.migrate('audit', steps);
  return {
    write: (entry) => write(db, entry),
    record: async (entry) => write(db, entry),
    list: async (like) => list(db, like),
    verify: async () => verify(db),
  };
}
