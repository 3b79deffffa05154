import type { Database, SqlRow } from '../../db.js';
import type { TaskLedger, WaitingTask } from '../../ports/task-ledger.js';

const schema = [
  `CREATE TABLE waiting_task (
     task_token TEXT PRIMARY KEY, training_id TEXT NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL,
     job_name TEXT, question TEXT, since TEXT NOT NULL
   );
   CREATE INDEX waiting_task_by_training ON waiting_task (training_id);
   CREATE INDEX waiting_task_by_job ON waiting_task (job_name);
   CREATE TABLE cancel_request (training_id TEXT PRIMARY KEY, asked_by TEXT NOT NULL, reason TEXT NOT NULL);`,
  `ALTER TABLE waiting_task ADD COLUMN shown INTEGER;
   CREATE INDEX waiting_task_shown ON waiting_task (training_id) WHERE shown = 1;
   CREATE INDEX waiting_task_for_job ON waiting_task (since) WHERE job_name IS NOT NULL;`,
];

function fromRow(row: SqlRow): WaitingTask {
  const jobName = row['job_name'];
  return {
    taskToken: String(row['task_token']),
    trainingId: String(row['training_id']),
    state: String(row['state']),
    body: JSON.parse(String(row['body'])),
    waitingFor:
      typeof jobName === 'string'
        ? { kind: 'job', jobName }
        : { kind: 'person', question: JSON.parse(String(row['question'])) },
    since: String(row['since']),
  };
}

interface LocalTaskLedgerOptions {
  db: Database;
  /** Told after every change of what a run waits for. */
  onChange?: (trainingId: string) => void;
}

type Which = Parameters<TaskLedger['list']>[0];

function listTasks(db: Database, { trainingId, jobName, kind }: Which): WaitingTask[] {
  const where = [
    ...(trainingId === undefined ? [] : ['training_id = ?']),
    ...(jobName === undefined ? [] : ['job_name = ?']),
    ...(kind === undefined ? [] : [kind === 'job' ? 'job_name IS NOT NULL' : 'job_name IS NULL']),
  ];
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  const given = [trainingId, jobName].filter((one) => one !== undefined);
  return db.all(`SELECT * FROM waiting_task ${condition} ORDER BY since`, ...given).map(fromRow);
}

/** Whose task it was; null for one that was never parked, as most are: to see that takes no lock. */
function removeTask(db: Database, taskToken: string): string | null {
  const row = db.first('SELECT training_id FROM waiting_task WHERE task_token = ?', taskToken);
  if (row === undefined) return null;
  db.run('DELETE FROM waiting_task WHERE task_token = ?', taskToken);
  return String(row['training_id']);
}

/** The task ledger in SQLite. */
export function createLocalTaskLedger({ db, onChange = () => undefined }: LocalTaskLedgerOptions): TaskLedger {
  db.migrate('task_ledger', schema);
  return {
    async put(task) {
      const { waitingFor } = task;
      db.run(
        `INSERT OR REPLACE INTO waiting_task (task_token, training_id, state, body, job_name, question, since) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        task.taskToken,
        task.trainingId,
        task.state,
        JSON.stringify(task.body),
        waitingFor.kind === 'job' ? waitingFor.jobName : null,
        waitingFor.kind === 'person' ? JSON.stringify(waitingFor.question) : null,
        task.since,
      );
      onChange(task.trainingId);
    },
    async remove({ taskToken }) {
      const trainingId = removeTask(db, taskToken);
      if (trainingId !== null) onChange(trainingId);
    },
    list: async (which) => listTasks(db, which),
    async markShown({ taskToken }) {
      db.run('UPDATE waiting_task SET shown = 1 WHERE task_token = ? AND shown IS NULL', taskToken);
    },
    async listShownRuns() {
      const rows = db.all('SELECT training_id FROM waiting_task WHERE shown = 1');
      return rows.map((row) => String(row['training_id']));
    },
    async requestCancel({ trainingId, by, reason }) {
      db.run(
        'INSERT OR IGNORE INTO cancel_request (training_id, asked_by, reason) VALUES (?, ?, ?)',
        trainingId,
        by,
        reason,
      );
    },
    async cancelRequest({ trainingId }) {
      const row = db.first('SELECT asked_by, reason FROM cancel_request WHERE training_id = ?', trainingId);
      return row === undefined ? null : { by: String(row['asked_by']), reason: String(row['reason']) };
    },
    async forget({ trainingId }) {
      db.transaction(() => {
        db.run('DELETE FROM waiting_task WHERE training_id = ?', trainingId);
        db.run('DELETE FROM cancel_request WHERE training_id = ?', trainingId);
      });
      onChange(trainingId);
    },
  };
}
