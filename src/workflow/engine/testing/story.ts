import type { Database, SqlValue } from '../../../db.js';
import type { EmbeddedEngine } from '../durable/embedded-engine.js';
import type { VirtualClock } from './virtual-clock.js';

/** One thing that happens to an engine; `task` is the execution and state of a queued message, e.g. `map/Each`. */
export type StoryStep =
  | { do: 'start'; name: string; input: unknown }
  | { do: 'succeed'; task: string; output: unknown }
  | { do: 'fail'; task: string; error: string }
  | { do: 'beat'; task: string }
  | { do: 'pass_time'; ms: number }
  | { do: 'stop'; name: string }
  | { do: 'redrive'; name: string };

interface TaskMessage {
  token: string;
  execution: string;
  state: string;
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Plays steps on an engine; its tasks must send `{token, execution, state}`. */
export async function play(engine: EmbeddedEngine, clock: VirtualClock, steps: readonly StoryStep[]): Promise<void> {
  const open: TaskMessage[] = [];
  const tokenOf = async (task: string, keep: boolean): Promise<string> => {
    for (const message of await engine.receive({ maxMessages: 100, visibilityTimeoutMs: 43_200_000 })) {
      open.push(message.body as TaskMessage);
    }
    const at = open.findIndex((one) => `${one.execution}/${one.state}` === task);
    const token = open[at]?.token;
    if (token === undefined) throw new Error(`No task ${task} waits.`);
    if (!keep) open.splice(at, 1);
    return token;
  };
  for (const step of steps) {
    if (step.do === 'start') await engine.startExecution(step);
    else if (step.do === 'stop') await engine.stopExecution(step);
    else if (step.do === 'redrive') await engine.redriveExecution(step);
    else if (step.do === 'beat') await engine.sendTaskHeartbeat({ taskToken: await tokenOf(step.task, true) });
    else if (step.do === 'pass_time') clock.advance(step.ms);
    else {
      const taskToken = await tokenOf(step.task, false);
      if (step.do === 'succeed') await engine.sendTaskSuccess({ taskToken, output: step.output });
      else await engine.sendTaskFailure({ taskToken, error: step.error, cause: 'by the story' });
    }
    await settle();
  }
}

/** The whole content of a database: how its tables were made, and their rows. */
export interface DatabaseDump {
  schema: string[];
  rows: Record<string, Record<string, SqlValue>[]>;
}

/** Reads a database whole. */
export function dump(db: Database): DatabaseDump {
  const made = db.all("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'");
  const tables = made.filter((row) => row['type'] === 'table').map((row) => String(row['name']));
  return {
    schema: made.map((row) => String(row['sql'])),
    rows: Object.fromEntries(tables.map((table) => [table, db.all(`SELECT * FROM ${table}`)])),
  };
}

/** Writes a dump into an empty database. */
export function restore(db: Database, from: DatabaseDump): void {
  db.all('PRAGMA foreign_keys = OFF');
  db.transaction(() => {
    for (const sql of from.schema) db.run(sql);
    for (const [table, rows] of Object.entries(from.rows)) {
      for (const row of rows) {
        const columns = Object.keys(row);
        const places = columns.map(() => '?').join(', ');
        db.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`, ...Object.values(row));
      }
    }
  });
  db.all('PRAGMA foreign_keys = ON');
}
