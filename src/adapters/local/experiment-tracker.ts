import type { Database, SqlRow } from '../../db.js';
import { DandoriError } from '../../errors.js';
import type {
  Experiment,
  ExperimentRun,
  ExperimentTracker,
  MetricPoint,
  RunStatus,
} from '../../ports/experiment-tracker.js';

const steps = [
  `CREATE TABLE run (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     run_id TEXT NOT NULL UNIQUE,
     experiment TEXT NOT NULL,
     run_name TEXT NOT NULL,
     status TEXT NOT NULL,
     start_time INTEGER NOT NULL,
     end_time INTEGER
   );
   CREATE INDEX run_experiment ON run (experiment);
   CREATE TABLE run_param (run_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run_id, key));
   CREATE TABLE run_tag (run_id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run_id, key));
   CREATE INDEX run_tag_value ON run_tag (key, value);
   CREATE TABLE run_artifact (run_id TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (run_id, key));
   CREATE TABLE run_metric (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     run_id TEXT NOT NULL,
     key TEXT NOT NULL,
     value REAL NOT NULL,
     timestamp INTEGER NOT NULL,
     step INTEGER NOT NULL,
     UNIQUE (run_id, key, step, timestamp, value)
   )`,
  'CREATE INDEX run_by_time ON run (experiment, start_time)',
  // MLflow's clients refuse a run id with dots before they ask.
  `UPDATE run SET run_id = replace(run_id, '.', '_');
   UPDATE run_param SET run_id = replace(run_id, '.', '_');
   UPDATE run_artifact SET run_id = replace(run_id, '.', '_');
   UPDATE run_metric SET run_id = replace(run_id, '.', '_');
   UPDATE run_tag SET run_id = replace(run_id, '.', '_');
   UPDATE run_tag SET value = replace(value, '.', '_') WHERE key = 'mlflow.parentRunId'`,
];

/** As MLflow decides which value is the last: the highest step, then the latest time. */
const POINT_ORDER = 'step, timestamp, seq';

function pairs(db: Database, table: 'run_param' | 'run_tag', runId: string): Record<string, string> {
  const rows = db.all(`SELECT key, value FROM ${table} WHERE run_id = ? ORDER BY key`, runId);
  return Object.fromEntries(rows.map((row) => [String(row['key']), String(row['value'])]));
}

const toPoint = (row: SqlRow): MetricPoint => ({
  key: String(row['key']),
  value: Number(row['value']),
  timestamp: Number(row['timestamp']),
  step: Number(row['step']),
});

function toRun(db: Database, row: SqlRow): ExperimentRun {
  const runId = String(row['run_id']);
  const points = db.all(`SELECT * FROM run_metric WHERE run_id = ? ORDER BY ${POINT_ORDER}`, runId).map(toPoint);
  const last = new Map(points.map((point) => [point.key, point]));
  const artifacts = db.all('SELECT key FROM run_artifact WHERE run_id = ? ORDER BY key', runId);
  return {
    runId,
    experiment: String(row['experiment']),
    runName: String(row['run_name']),
    // Only this module writes the table.
    status: String(row['status']) as RunStatus,
    startTime: Number(row['start_time']),
    endTime: row['end_time'] === null ? null : Number(row['end_time']),
    params: pairs(db, 'run_param', runId),
    metrics: Object.fromEntries([...last].map(([key, { value }]) => [key, value])),
    lastPoints: [...last.values()],
    tags: pairs(db, 'run_tag', runId),
    artifacts: artifacts.map((one) => String(one['key'])),
  };
}

function requireRun(db: Database, runId: string): SqlRow {
  const row = db.first('SELECT * FROM run WHERE run_id = ?', runId);
  if (row !== undefined) return row;
  throw new DandoriError('not_found', `The experiment run ${runId.slice(0, 200)} does not exist.`, {
    next: 'list the runs of the experiment to see their ids.',
  });
}

function logParams(db: Database, runId: string, params: Record<string, string>): void {
  const known = pairs(db, 'run_param', runId);
  for (const [key, value] of Object.entries(params)) {
    const before = Object.hasOwn(known, key) ? known[key] : undefined;
    if (before === value) continue;
    if (before !== undefined) {
      throw new DandoriError(
        'conflict',
        `The parameter ${key} of the run ${runId} is logged already and cannot change.`,
        {
          found: JSON.stringify(value),
          allowed: JSON.stringify(before),
          next: 'log it to a run of its own.',
        },
      );
    }
    db.run('INSERT INTO run_param (run_id, key, value) VALUES (?, ?, ?)', runId, key, value);
  }
}

function logMetrics(db: Database, runId: string, points: MetricPoint[]): void {
  for (const point of points) {
    if (!Number.isFinite(point.value)) {
      throw new DandoriError('invalid_input', `The metric ${point.key} of the run ${runId} cannot be logged.`, {
        found: String(point.value),
        allowed: 'finite numbers; a metric that cannot be computed is left out',
      });
    }
    db.run(
      'INSERT OR IGNORE INTO run_metric (run_id, key, value, timestamp, step) VALUES (?, ?, ?, ?, ?)',
      runId,
      point.key,
      point.value,
      Math.trunc(point.timestamp),
      Math.trunc(point.step),
    );
  }
}

function setTags(db: Database, runId: string, tags: Record<string, string>): void {
  for (const [key, value] of Object.entries(tags)) {
    db.run('INSERT OR REPLACE INTO run_tag (run_id, key, value) VALUES (?, ?, ?)', runId, key, value);
  }
}

type Search = Parameters<ExperimentTracker['searchRuns']>[0];

function searchRuns(db: Database, { experiment, tag, limit = 100 }: Search): ExperimentRun[] {
  const where = [
    ...(experiment === undefined ? [] : ['experiment = ?']),
    ...(tag === undefined ? [] : ['run_id IN (SELECT run_id FROM run_tag WHERE key = ? AND value = ?)']),
  ];
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  const given = [...(experiment === undefined ? [] : [experiment]), ...(tag === undefined ? [] : [tag.key, tag.value])];
  const sql = `SELECT * FROM run ${condition} ORDER BY start_time DESC, seq DESC LIMIT ?`;
  return db.all(sql, ...given, Math.max(0, Math.trunc(limit))).map((row) => toRun(db, row));
}

type Run = Parameters<ExperimentTracker['createRun']>[0];
type Batch = Parameters<ExperimentTracker['logBatch']>[0];

function createRun(db: Database, run: Run, at: number): ExperimentRun {
  return db.transaction(() => {
    const added = db.run(
      `INSERT INTO run (run_id, experiment, run_name, status, start_time) VALUES (?, ?, ?, 'RUNNING', ?)
       ON CONFLICT (run_id) DO NOTHING`,
      run.runId,
      run.experiment,
      run.runName,
      at,
    );
    if (added === 1) setTags(db, run.runId, run.tags);
    return toRun(db, requireRun(db, run.runId));
  });
}

function logBatch(db: Database, batch: Batch): void {
  db.transaction(() => {
    requireRun(db, batch.runId);
    logParams(db, batch.runId, batch.params ?? {});
    logMetrics(db, batch.runId, batch.metrics ?? []);
    setTags(db, batch.runId, batch.tags ?? {});
    for (const key of batch.artifacts ?? []) {
      db.run('INSERT OR IGNORE INTO run_artifact (run_id, key) VALUES (?, ?)', batch.runId, key);
    }
  });
}

function endRun(db: Database, runId: string, status: RunStatus, at: number): void {
  const row = requireRun(db, runId);
  // Ended again with the same status: the first time stays.
  if (row['status'] === status) return;
  db.run('UPDATE run SET status = ?, end_time = ? WHERE run_id = ?', status, status === 'RUNNING' ? null : at, runId);
}

function metricHistory(db: Database, runId: string, key: string): MetricPoint[] {
  requireRun(db, runId);
  const rows = db.all(`SELECT * FROM run_metric WHERE run_id = ? AND key = ? ORDER BY ${POINT_ORDER}`, runId, key);
  return rows.map(toPoint);
}

function listExperiments(db: Database): Experiment[] {
  const sql = `SELECT experiment, min(start_time) AS first, max(start_time) AS last FROM run GROUP BY experiment ORDER BY experiment`;
  return db.all(sql).map((row) => ({
    name: String(row['experiment']),
    firstStartTime: Number(row['first']),
    lastStartTime: Number(row['last']),
  }));
}

/** Experiment runs in SQLite, in MLflow's terms; a batch is logged whole or not at all. */
export function createLocalExperimentTracker(params: { db: Database; now?: () => Date }): ExperimentTracker {
  const { db, now = () => new Date() } = params;
  db.migrate('experiment-tracker', steps);
  return {
    createRun: async (run) => createRun(db, run, now().getTime()),
    logBatch: async (batch) => logBatch(db, batch),
    endRun: async ({ runId, status }) => endRun(db, runId, status, now().getTime()),
    getRun: async ({ runId }) => toRun(db, requireRun(db, runId)),
    metricHistory: async ({ runId, key }) => metricHistory(db, runId, key),
    listExperiments: async () => listExperiments(db),
    searchRuns: async (like) => searchRuns(db, like),
  };
}
