import type { Database, SqlRow } from '../../../db.js';
import type { JobDescription, JobRequest, JobStatus } from '../../../ports/job-platform.js';
import type { SupervisorStatus } from './records.js';

const steps = [
  `CREATE TABLE job (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     job_name TEXT NOT NULL UNIQUE,
     training_id TEXT NOT NULL,
     status TEXT NOT NULL,
     request TEXT NOT NULL,
     created_at TEXT NOT NULL,
     started_at TEXT,
     ended_at TEXT,
     failure_kind TEXT,
     failure_reason TEXT,
     exit_code INTEGER,
     progress TEXT
   );
   CREATE INDEX job_status ON job (status);
   CREATE INDEX job_training ON job (training_id)`,
];

/** What is kept of the progress when a job has ended. */
export type JobProgress = Pick<SupervisorStatus, 'progress' | 'phase' | 'metrics' | 'peak_memory_mb'>;

export interface JobEnd {
  status: Extract<JobStatus, 'Completed' | 'Failed' | 'Stopped'>;
  failureKind: JobDescription['failureKind'];
  failureReason: string | null;
  exitCode: number | null;
  startedAt: string | null;
  endedAt: string;
  progress: JobProgress;
}

export interface JobRow {
  jobName: string;
  status: JobStatus;
  request: JobRequest;
  createdAt: string;
  startedAt: string | null;
  end: Pick<JobEnd, 'failureKind' | 'failureReason' | 'exitCode' | 'endedAt' | 'progress'> | null;
}

function toRow(row: SqlRow): JobRow {
  const text = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  const ended = text('ended_at');
  // Only this module writes the table, so statuses and kinds are ours.
  return {
    jobName: String(row['job_name']),
    status: String(row['status']) as JobStatus,
    request: JSON.parse(String(row['request'])) as JobRequest,
    createdAt: String(row['created_at']),
    startedAt: text('started_at'),
    end:
      ended === null
        ? null
        : {
            failureKind: text('failure_kind') as JobDescription['failureKind'],
            failureReason: text('failure_reason'),
            exitCode: row['exit_code'] === null ? null : Number(row['exit_code']),
            endedAt: ended,
            progress: JSON.parse(String(row['progress'])) as JobProgress,
          },
  };
}

/** The jobs in SQLite: what is asked, what is running, how it ended. */
export interface JobStore {
  /** False when the name is known already; then nothing changes. */
  add(request: JobRequest, at: string): boolean;
  find(jobName: string): JobRow | null;
  /** In the order of their start; `like` filters. */
  list(like: { trainingId?: string; status?: JobStatus }): JobRow[];
  /** Names of the jobs that run or stop now. */
  active(): string[];
  /** Names of the jobs that have not ended. */
  unended(): string[];
  /**
   * Takes a waiting job when fewer than `slots` run; null otherwise. First come, first served, but a run with fewer running
   * jobs goes before one with more: many jobs of one run hold up nobody else. A retry is a new job and waits like any other.
   */
  takeNext(slots: number, at: string): JobRow | null;
  /** Ends a job that waits; false when it does no longer. */
  dropPending(jobName: string, end: JobEnd): boolean;
  markStopping(jobName: string): boolean;
  /** Ends a running job; false when another process did so first. */
  finish(jobName: string, end: JobEnd): boolean;
}

const ACTIVE = "status IN ('InProgress', 'Stopping')";
const NEXT = `
  WITH running AS (SELECT training_id, count(*) AS jobs FROM job WHERE ${ACTIVE} GROUP BY training_id)
  SELECT job_name FROM job LEFT JOIN running USING (training_id) WHERE status = 'Pending'
  ORDER BY coalesce(running.jobs, 0), seq LIMIT 1`;

function findJob(db: Database, jobName: string): JobRow | null {
  const row = db.first('SELECT * FROM job WHERE job_name = ?', jobName);
  return row === undefined ? null : toRow(row);
}

function endJob(db: Database, jobName: string, from: string, outcome: JobEnd): boolean {
  const changed = db.run(
    `UPDATE job SET status = ?, failure_kind = ?, failure_reason = ?, exit_code = ?, ended_at = ?, progress = ?,
       started_at = coalesce(?, started_at)
     WHERE job_name = ? AND ${from}`,
    outcome.status,
    outcome.failureKind,
    outcome.failureReason,
    outcome.exitCode,
    outcome.endedAt,
    JSON.stringify(outcome.progress),
    outcome.startedAt,
    jobName,
  );
  return changed === 1;
}

function takeNext(db: Database, slots: number, at: string): JobRow | null {
  const free = (): boolean => Number(db.first(`SELECT count(*) AS n FROM job WHERE ${ACTIVE}`)?.['n']) < slots;
  // Asked often and mostly in vain, hence first without a transaction.
  if (db.first("SELECT 1 FROM job WHERE status = 'Pending' LIMIT 1") === undefined || !free()) return null;
  return db.transaction(() => {
    const next = free() ? db.first(NEXT) : undefined;
    if (next === undefined) return null;
    db.run("UPDATE job SET status = 'InProgress', started_at = ? WHERE job_name = ?", at, String(next['job_name']));
    return findJob(db, String(next['job_name']));
  });
}

function listJobs(db: Database, { trainingId, status }: { trainingId?: string; status?: JobStatus }): JobRow[] {
  const where = [
    ...(trainingId === undefined ? [] : ['training_id = ?']),
    ...(status === undefined ? [] : ['status = ?']),
  ];
  const given = [trainingId, status].filter((one) => one !== undefined);
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  return db.all(`SELECT * FROM job ${condition} ORDER BY seq`, ...given).map(toRow);
}

const namesOf = (rows: SqlRow[]): string[] => rows.map((row) => String(row['job_name']));

export function createJobStore(db: Database): JobStore {
  db.migrate('job-platform', steps);
  return {
    find: (jobName) => findJob(db, jobName),
    add: (request, at) =>
      db.run(
        `INSERT INTO job (job_name, training_id, status, request, created_at) VALUES (?, ?, 'Pending', ?, ?)
         ON CONFLICT (job_name) DO NOTHING`,
        request.jobName,
        request.trainingId,
        JSON.stringify(request),
        at,
      ) === 1,
    list: (like) => listJobs(db, like),
    active: () => namesOf(db.all(`SELECT job_name FROM job WHERE ${ACTIVE} ORDER BY seq`)),
    unended: () => namesOf(db.all("SELECT job_name FROM job WHERE status IN ('Pending', 'InProgress', 'Stopping')")),
    takeNext: (slots, at) => takeNext(db, slots, at),
    dropPending: (jobName, outcome) => endJob(db, jobName, "status = 'Pending'", outcome),
    markStopping: (jobName) =>
      db.run("UPDATE job SET status = 'Stopping' WHERE job_name = ? AND status = 'InProgress'", jobName) === 1,
    finish: (jobName, outcome) => endJob(db, jobName, ACTIVE, outcome),
  };
}
