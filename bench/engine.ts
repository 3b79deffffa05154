import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/db.js';
import {
  createEmbeddedEngine,
  tokenTaskResource,
  type EmbeddedEngine,
} from '../src/workflow/engine/durable/embedded-engine.js';

// Transitions of the embedded engine on a real disk, SQLite in WAL mode with synchronous=FULL: every transition is one
// commit that survives a power cut. One transition = a token task answered, left, and the next one entered and queued.

const tasksPerExecution = 20;
const executions = Number(process.env['BENCH_EXECUTIONS'] ?? 250);
const waitingExecutions = Number(process.env['BENCH_WAITING'] ?? 10_000);

function chain(length: number): object {
  const states: Record<string, object> = {};
  for (let at = 0; at < length; at += 1) {
    states[`Task${at}`] = {
      Type: 'Task',
      Resource: tokenTaskResource,
      Parameters: { QueueUrl: 'queue', MessageBody: { 'token.$': '$$.Task.Token', 'input.$': '$.id' } },
      TimeoutSeconds: 3600,
      ResultPath: '$.last',
      ...(at === length - 1 ? { End: true } : { Next: `Task${at + 1}` }),
    };
  }
  return { StartAt: 'Task0', States: states };
}

function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function nextToken(engine: EmbeddedEngine): Promise<{ token: string; receiptHandle: string } | null> {
  const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 60_000 });
  if (message === undefined) return null;
  const body = message.body as Record<string, unknown>;
  return { token: String(body['token']), receiptHandle: message.receiptHandle };
}

async function measureTransitions(engine: EmbeddedEngine): Promise<Record<string, number>> {
  const latenciesMs: number[] = [];
  for (let n = 0; n < executions; n += 1) await engine.startExecution({ name: `run-${n}`, input: { id: n } });
  for (let got = await nextToken(engine); got !== null; got = await nextToken(engine)) {
    const startMs = performance.now();
    await engine.sendTaskSuccess({ taskToken: got.token, output: { score: 0.5 } });
    latenciesMs.push(performance.now() - startMs);
  }
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const totalMs = latenciesMs.reduce((sum, one) => sum + one, 0);
  return {
    transitions: sorted.length,
    transitions_per_s: Math.round(sorted.length / (totalMs / 1000)),
    p50_ms: Number(percentile(sorted, 0.5).toFixed(3)),
    p99_ms: Number(percentile(sorted, 0.99).toFixed(3)),
  };
}

async function measureRestart(path: string, definition: object): Promise<Record<string, number>> {
  const db = openDatabase(path);
  const engine = createEmbeddedEngine({ db, definition, stateMachineName: 'bench' });
  db.transaction(() => {
    for (let n = 0; n < waitingExecutions; n += 1) void engine.startExecution({ name: `wait-${n}`, input: { id: n } });
  });
  engine.close();
  db.close();
  const startMs = performance.now();
  const again = openDatabase(path);
  const restarted = createEmbeddedEngine({ db: again, definition, stateMachineName: 'bench' });
  restarted.start();
  await restarted.listExecutions({ limit: 100 });
  const restartMs = performance.now() - startMs;
  // The garbage of filling the database is not what waiting costs: let it go first.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const cpu = process.cpuUsage(before);
  restarted.close();
  again.close();
  return {
    waiting_executions: waitingExecutions,
    restart_ms: Math.round(restartMs),
    idle_cpu_percent: Number(((cpu.user + cpu.system) / 20_000).toFixed(1)),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'bench-engine-'));
const definition = chain(tasksPerExecution);
const db = openDatabase(join(folder, 'transitions.db'));
const engine = createEmbeddedEngine({ db, definition, stateMachineName: 'bench' });
engine.start();
const transitions = await measureTransitions(engine);
engine.close();
db.close();
const bytes = statSync(join(folder, 'transitions.db')).size;
const restart = await measureRestart(join(folder, 'waiting.db'), definition);
const report = {
  synchronous: 'FULL',
  tasks_per_execution: tasksPerExecution,
  ...transitions,
  database_mb_per_1000_runs: Number((((bytes / executions) * 1000) / 1e6).toFixed(1)),
  ...restart,
};
console.log(JSON.stringify(report, null, 2));
rmSync(folder, { recursive: true, force: true });
