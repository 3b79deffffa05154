import type { Database, SqlRow, SqlValue } from '../../db.js';
import { DandoriError } from '../../errors.js';
import type { RunIndex, RunRecord, RunStatus } from '../../ports/run-index.js';
import { createLocalAuditLog, type LocalAuditLog } from './audit-log.js';

const schema = [
  `CREATE TABLE run_index (
     training_id TEXT PRIMARY KEY, issue_number INTEGER NOT NULL, model_name TEXT NOT NULL, status TEXT NOT NULL, version TEXT,
     requested_by TEXT NOT NULL, event_id TEXT NOT NULL UNIQUE, status_comment_id TEXT, created_at TEXT NOT NULL, ended_at TEXT
   );
   CREATE INDEX run_index_by_issue ON run_index (issue_number);
   CREATE INDEX run_index_by_status ON run_index (status);
   CREATE TABLE small_value (key TEXT PRIMARY KEY, value TEXT NOT NULL);`,
  // In the order of the list.
  `CREATE INDEX run_index_by_creation ON run_index (created_at);
   CREATE INDEX run_index_open ON run_index (created_at) WHERE status IN ('waiting', 'running');`,
];

const textOrNull = (value: SqlValue | undefined) => (typeof value === 'string' ? value : null);

function fromRow(row: SqlRow): RunRecord {
  return {
    trainingId: String(row['training_id']),
    issueNumber: Number(row['issue_number']),
    modelName: String(row['model_name']),
    // Only `add` and `update` write the column, both typed.
    status: String(row['status']) as RunStatus,
    version: textOrNull(row['version']),
    requestedBy: String(row['requested_by']),
    eventId: String(row['event_id']),
    statusCommentId: textOrNull(row['status_comment_id']),
    createdAt: String(row['created_at']),
    endedAt: textOrNull(row['ended_at']),
  };
}

const columns = {
  status: 'status',
  version: 'version',
  modelName: 'model_name',
  statusCommentId: 'status_comment_id',
  endedAt: 'ended_at',
} as const;

function listRuns(db: Database, like: Parameters<RunIndex['list']>[0]): RunRecord[] {
  const { issueNumber, open, status, limit } = like;
  const where = [
    ...(issueNumber === undefined ? [] : ['issue_number = ?']),
    ...(open === true ? ["status IN ('waiting', 'running')"] : []),
    ...(status === undefined ? [] : ['status = ?']),
  ];
  const given = [issueNumber, status].filter((one) => one !== undefined);
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  // SQLite would rather sort all the open ones.
  const by = open === true ? 'INDEXED BY run_index_open' : '';
  const sql = `SELECT * FROM run_index ${by} ${condition} ORDER BY created_at DESC, rowid DESC LIMIT ?`;
  return db.all(sql, ...given, limit ?? 1000).map(fromRow);
}

type Changes = Omit<Parameters<RunIndex['update']>[0], 'trainingId'>;

/** All or nothing: a run whose end is half written would be looked at by nobody. */
function changeRun(db: Database, trainingId: string, changes: Changes): void {
  db.transaction(() => {
    for (const [field, column] of Object.entries(columns)) {
      const value = changes[field as keyof typeof columns];
      if (value !== undefined) db.run(`UPDATE run_index SET ${column} = ? WHERE training_id = ?`, value, trainingId);
    }
  });
}

function addRun(db: Database, run: Parameters<RunIndex['add']>[0]): RunRecord {
  db.run(
    `INSERT OR IGNORE INTO run_index (training_id, issue_number, model_name, status, requested_by, event_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    run.trainingId,
    run.issueNumber,
    run.modelName,
    run.status,
    run.requestedBy,
    run.eventId,
    run.createdAt,
  );
  const row = db.first('SELECT * FROM run_index WHERE event_id = ?', run.eventId);
  if (row === undefined)
    throw new DandoriError('already_exists', `The run ${run.trainingId} was started by another event.`);
  return fromRow(row);
}

const openRuns = `SELECT count(*) AS n FROM run_index INDEXED BY run_index_open WHERE status IN ('waiting', 'running')`;

/** The run index in SQLite. */
export function createLocalRunIndex(params: { db: Database; audit?: Pick<LocalAuditLog, 'write'> }): RunIndex {
  const { db, audit = createLocalAuditLog(params) } = params;
  db.migrate('run_index', schema);
  const find = (trainingId: string): RunRecord => {
    const row = db.first('SELECT * FROM run_index WHERE training_id = ?', trainingId);
    if (row !== undefined) return fromRow(row);
    throw new DandoriError('not_found', `There is no run ${trainingId}.`, {
      next: '"npx dandori list" shows the runs.',
    });
  };
  return {
    async add({ audit: entry, ...run }) {
      return db.transaction(() => {
        if (entry !== undefined) audit.write(entry);
        return addRun(db, run);
      });
    },
    async countOpen({ requestedBy }) {
      const [all, own] = [db.first(openRuns), db.first(`${openRuns} AND requested_by = ?`, requestedBy)];
      return { all: Number(all?.['n']), own: Number(own?.['n']) };
    },
    async update({ trainingId, ...changes }) {
      changeRun(db, trainingId, changes);
      return find(trainingId);
    },
    async get({ trainingId }) {
      return find(trainingId);
    },
    list: async (like) => listRuns(db, like),
    async getValue({ key }) {
      return textOrNull(db.first('SELECT value FROM small_value WHERE key = ?', key)?.['value']);
    },
    async setValue({ key, value, audit: entry }) {
      db.transaction(() => {
        if (entry !== undefined) audit.write(entry);
        db.run(
          'INSERT INTO small_value (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
          key,
          value,
        );
      });
    },
  };
}
