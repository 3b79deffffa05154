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

/** The task ledger in SQLite. */
export function createLocalTaskLedger({ db }: { db: Database }): TaskLedger {
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
    },
    async remove({ taskToken }) {
      db.run('DELETE FROM waiting_task WHERE task_token = ?', taskToken);
    },
    async list({ trainingId, jobName }) {
      if (trainingId !== undefined)
        return db.all('SELECT * FROM waiting_task WHERE training_id = ?', trainingId).map(fromRow);
      if (jobName !== undefined) return db.all('SELECT * FROM waiting_task WHERE job_name = ?', jobName).map(fromRow);
      return db.all('SELECT * FROM waiting_task ORDER BY since').map(fromRow);
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
  };
}
