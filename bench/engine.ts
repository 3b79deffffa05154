import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/db.js';
import {
  createEmbeddedEngine,
  tokenTaskResource,
  type EmbeddedEngine,
} from '../src/workflow/engine/durable/embedded-engine.js';
import { quantile, reportFigures, sizeFrom } from './lib/figures.js';

// Transitions of the embedded engine on a real disk, SQLite in WAL mode with synchronous=FULL: every transition is one
// commit that survives a power cut. One transition = a token task answered, left, and the next one entered and queued.

const tasksPerExecution = 20;
const executions = sizeFrom('BENCH_EXECUTIONS', 250);
const waitingExecutions = sizeFrom('BENCH_WAITING', 10_000);

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

async function nextToken(engine: EmbeddedEngine): Promise<{ token: string; receiptHandle: string } | null> {
  const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 60_000 });
  if (message === undefined) return null;
  const body = message.body as Record<string, unknown>;
  return { token: String(body['token']), receiptHandle: message.receiptHandle };
}

interface Transitions {
  count: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

async function measureTransitions(engine: EmbeddedEngine): Promise<Transitions> {
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
    count: sorted.length,
    perSecond: sorted.length / (totalMs / 1000),
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
  };
}

async function measureRestart(
  path: string,
  definition: object,
): Promise<{ restartMs: number; idleCpuPercent: number }> {
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
  return { restartMs, idleCpuPercent: (cpu.user + cpu.system) / 20_000 };
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
rmSync(folder, { recursive: true, force: true });
const note = `${transitions.count} transitions, ${tasksPerExecution} tasks an execution`;
const waiting = `${waitingExecutions} executions wait for a token`;
reportFigures([
  { name: 'transitions', value: transitions.perSecond, unit: '1/s', note },
  { name: 'transition, p50', value: transitions.p50Ms, unit: 'ms' },
  { name: 'transition, p99', value: transitions.p99Ms, unit: 'ms' },
  { name: 'database of 1,000 executions', value: ((bytes / executions) * 1000) / 1e6, unit: 'MB' },
  { name: 'restart', value: restart.restartMs, unit: 'ms', note: waiting },
  { name: 'processor of the idle engine', value: restart.idleCpuPercent, unit: '%', note: waiting },
]);
