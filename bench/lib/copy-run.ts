import Libsql from 'libsql';
import { packEvents, unpackEvents } from '../../src/workflow/engine/durable/packed-events.js';
import type { JsonObject } from '../../src/workflow/engine/json.js';

/** What of a run's rows is its own; `{n}` stands for the number of the copy. */
export interface RunMarks {
  trainingId: string;
  issue: number;
  /** Comments on its issue, in order, without gaps. */
  commentIds: readonly number[];
  tokens: readonly string[];
}

// Columns in which a mark may stand, by table; the other columns are copied as they are.
const tables: Record<string, { key: string; marked: string[]; same: string[] }> = {
  issues: {
    key: 'number = @issue',
    marked: ['number'],
    same: ['title', 'body', 'labels', 'state', 'author', 'created_at', 'updated_at'],
  },
  issue_comments: {
    key: 'issue_number = @issue',
    marked: ['id', 'issue_number', 'body'],
    same: ['author', 'by_self', 'edited', 'created_at', 'updated_at'],
  },
  run_index: {
    key: 'training_id = @run',
    marked: ['training_id', 'issue_number', 'event_id'],
    same: ['model_name', 'status', 'version', 'requested_by', 'status_comment_id', 'created_at', 'ended_at'],
  },
  wf_execution: {
    key: 'name = @run',
    marked: ['name', 'input', 'state'],
    same: ['definition_hash', 'status', 'current_state', 'output', 'error', 'cause', 'started_at', 'stopped_at'],
  },
  wf_timer: { key: 'execution = @run', marked: ['execution'], same: ['id', 'due_at'] },
  wf_token: { key: 'execution = @run', marked: ['token', 'execution'], same: ['status', 'message_id'] },
  waiting_task: {
    key: 'training_id = @run',
    marked: ['task_token', 'training_id', 'body', 'question'],
    same: ['state', 'job_name', 'since', 'shown'],
  },
};

// Keeps the log of what is written, and with it the disk that is needed, small.
const perTransaction = 1000;

const quoted = (text: string | number): string => `'${String(text).replaceAll("'", "''")}'`;

/** The column with every mark of the run replaced by that of copy `n`. */
function swapped(column: string, marks: RunMarks): string {
  const { trainingId, issue, commentIds, tokens } = marks;
  const pairs = [
    [quoted(trainingId), `${quoted(trainingId.slice(0, -String(issue).length))} || (${issue} + n)`],
    [quoted(issue), `${issue} + n`],
    ...commentIds.map((id) => [quoted(id), `${id} + n * ${commentIds.length}`]),
    ...tokens.map((token) => [quoted(token), `${quoted(token)} || '.' || n`]),
  ];
  // A column that holds nothing stays so: replace() of null is null.
  return pairs.reduce((inner, [mark, own]) => `replace(${inner}, ${mark}, ${own})`, column);
}

/** The text with every mark of the run replaced by that of copy `n`; the same as `swapped`. */
function swappedText(text: string, { trainingId, issue, commentIds, tokens }: RunMarks, n: number): string {
  const pairs: [string | number, string | number][] = [
    [trainingId, `${trainingId.slice(0, -String(issue).length)}${issue + n}`],
    [issue, issue + n],
    ...commentIds.map((id): [number, number] => [id, id + n * commentIds.length]),
    ...tokens.map((token): [string, string] => [token, `${token}.${n}`]),
  ];
  return pairs.reduce((inner, [mark, own]) => inner.replaceAll(String(mark), String(own)), text);
}

/** The history is packed: what SQL's replace() does for the other tables is done here. */
function copyHistory(db: InstanceType<typeof Libsql>, marks: RunMarks, from: number, to: number): void {
  const { trainingId } = marks;
  const rows = db
    .prepare('SELECT first_id, events FROM wf_events WHERE execution = ?')
    .all([trainingId])
    .map((row) => row as { first_id: number; events: ArrayBuffer })
    .map(({ first_id: firstId, events }) => ({ firstId, records: unpackEvents(new Uint8Array(events)) }));
  const insert = db.prepare('INSERT INTO wf_events (execution, first_id, events) VALUES (?, ?, ?)');
  for (let n = from; n <= to; n += 1) {
    for (const { firstId, records } of rows) {
      const own = records.map((record) => {
        const { details, variables } = record;
        const text = swappedText(JSON.stringify({ details, variables }), marks, n);
        return { ...record, ...(JSON.parse(text) as { details: JsonObject; variables?: JsonObject }) };
      });
      insert.run([swappedText(trainingId, marks, n), firstId, packEvents(own)]);
    }
  }
}

/** Copies the rows of one run `count` times, in a database that nobody uses meanwhile; the marks must stand for nothing else in it. */
export function copyRun(path: string, marks: RunMarks, count: number): void {
  const db = new Libsql(path);
  try {
    // Filling is not what is looked at: no waiting for the disk.
    db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -200000');
    for (let from = 1; from <= count; from += perTransaction) {
      const to = Math.min(count, from + perTransaction - 1);
      const copies = `WITH RECURSIVE copies (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM copies WHERE n < ${to})`;
      db.transaction(() => {
        for (const [table, { marked, same, key }] of Object.entries(tables)) {
          const columns = [...marked, ...same].join(', ');
          const values = [...marked.map((column) => swapped(column, marks)), ...same].join(', ');
          const where = key.replace('@issue', String(marks.issue)).replace('@run', quoted(marks.trainingId));
          db.exec(
            `${copies} INSERT INTO ${table} (${columns}) SELECT ${values} FROM copies, ${table} WHERE ${where} ORDER BY n`,
          );
        }
        copyHistory(db, marks, from, to);
      })();
    }
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}
