import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../db.js';
import { codeOf } from '../../../errors.js';
import { createEmbeddedEngine, tokenTaskResource, type EmbeddedEngine } from './embedded-engine.js';
import { virtualClock } from '../testing/virtual-clock.js';

// Every write and every commit of the engine is a numbered crash point. A crash is an exception at that point: SQLite
// takes the open transaction back, the engine object is thrown away, and a new one is opened on the same file.

class Crash extends Error {}

/** Counts the crash points that are passed; crashes at number `at`. */
interface CrashCounter {
  count: number;
  at: number;
}

function crashing(db: Database, counter: CrashCounter): Database {
  const point = (): void => {
    counter.count += 1;
    if (counter.count === counter.at) throw new Crash(`crash at point ${counter.at}`);
  };
  return {
    ...db,
    run: (sql, ...params) => {
      point();
      return db.run(sql, ...params);
    },
    transaction: (body) => {
      const result = db.transaction(body);
      point();
      return result;
    },
  };
}

function task(name: string, extra: object): object {
  return {
    Type: 'Task',
    Resource: tokenTaskResource,
    Parameters: {
      QueueUrl: 'queue',
      MessageBody: { 'token.$': '$$.Task.Token', task: name, 'attempt.$': '$$.State.RetryCount', 'input.$': '$' },
    },
    ...extra,
  };
}

const definition = {
  StartAt: 'Prepare',
  States: {
    Prepare: task('prepare', { ResultPath: '$.prepared', TimeoutSeconds: 86_400, Next: 'Pause' }),
    Pause: { Type: 'Wait', Seconds: 60, Next: 'Train' },
    Train: task('train', {
      ResultPath: '$.trained',
      Retry: [{ ErrorEquals: ['Transient'], IntervalSeconds: 5, MaxAttempts: 3 }],
      Next: 'Judge',
    }),
    Judge: {
      Type: 'Choice',
      Choices: [{ Variable: '$.trained.good', BooleanEquals: true, Next: 'Fork' }],
      Default: 'Refuse',
    },
    Refuse: { Type: 'Fail', Error: 'Refused' },
    Fork: {
      Type: 'Parallel',
      ResultPath: '$.fork',
      Branches: [
        { StartAt: 'Left', States: { Left: task('left', { End: true }) } },
        { StartAt: 'Right', States: { Right: task('right', { End: true }) } },
      ],
      Next: 'Deploy',
    },
    Deploy: task('deploy', {
      ResultPath: '$.deployed',
      Catch: [{ ErrorEquals: ['Broken'], ResultPath: '$.failure', Next: 'Tell' }],
      Next: 'Tell',
    }),
    Tell: task('tell', { ResultPath: null, End: true }),
  },
};

function answer(body: Record<string, unknown>): { output: unknown } | { error: string } {
  if (body['task'] === 'train' && body['attempt'] !== 2) return { error: 'Transient' };
  if (body['task'] === 'deploy') return { error: 'Broken' };
  return { output: { good: true, by: body['task'] } };
}

interface Outcome {
  status: string;
  output: unknown;
  types: string[];
  crashes: number;
  points: number;
  answered: string[];
}

const clockStartMs = Date.UTC(2026, 10, 21);

/** One worker: takes a message, answers it, deletes it. Answers that come twice or late are dropped, as the worker's are. */
async function work(engine: EmbeddedEngine, answered: string[]): Promise<boolean> {
  const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 30_000 });
  if (message === undefined) return false;
  const body = message.body as Record<string, unknown>;
  const taskToken = String(body['token']);
  const result = answer(body);
  try {
    if ('output' in result) await engine.sendTaskSuccess({ taskToken, output: result.output });
    else await engine.sendTaskFailure({ taskToken, error: result.error, cause: 'by the test' });
    answered.push(`${String(body['task'])}/${String(body['attempt'])}`);
  } catch (error) {
    if (codeOf(error) !== 'wrong_state') throw error;
  }
  await engine.delete({ receiptHandle: message.receiptHandle });
  return true;
}

async function live(path: string, counter: CrashCounter): Promise<Outcome> {
  const clock = virtualClock(clockStartMs);
  const answered: string[] = [];
  const base = openDatabase(path);
  let crashes = 0;
  let engine: EmbeddedEngine | null = null;
  const timerCrashes: unknown[] = [];
  const step = async (): Promise<boolean> => {
    engine ??= createEmbeddedEngine({
      db: crashing(base, counter),
      definition,
      stateMachineName: 'crash',
      clock,
      onError: (error) => timerCrashes.push(error),
    });
    engine.start();
    await engine.startExecution({ name: 'x', input: { id: 1 } });
    const { status } = await engine.describeExecution({ name: 'x' });
    if (status !== 'RUNNING') return false;
    // A message that a crashed worker held comes back after its visibility time-out.
    if (!(await work(engine, answered))) clock.advance(30_000);
    await new Promise((resolve) => setImmediate(resolve));
    if (timerCrashes.length > 0) throw timerCrashes.pop();
    return true;
  };
  for (let alive = true; alive;) {
    try {
      alive = await step();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      crashes += 1;
      (engine as EmbeddedEngine | null)?.close();
      engine = null;
    }
  }
  const reader = createEmbeddedEngine({ db: base, definition, stateMachineName: 'crash', clock });
  const described = await reader.describeExecution({ name: 'x' });
  const history = await reader.getExecutionHistory({ name: 'x' });
  base.close();
  return {
    status: described.status,
    output: described.output,
    types: history.map((event) => event.type),
    crashes,
    points: counter.count,
    answered,
  };
}

describe('a crash at any write', () => {
  let folder: string;
  let plain: Outcome;

  beforeAll(async () => {
    // A crash here is an exception, not a power cut: a memory disk is enough, and many times faster.
    folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'engine-crash-'));
    plain = await live(join(folder, 'plain.db'), { count: 0, at: -1 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('the story without a crash is the one meant', () => {
    expect(plain).toMatchObject({ status: 'SUCCEEDED', crashes: 0, output: { failure: { Error: 'Broken' } } });
    expect(plain.answered.filter((one) => one.startsWith('train'))).toEqual(['train/0', 'train/1', 'train/2']);
    expect(plain.points).toBeGreaterThan(100);
  });

  test('ends like the run without one: same status, output and history, each task answered once', async () => {
    const seen = new Set<number>();
    for (let at = 1; at <= plain.points; at += 1) {
      const crashed = await live(join(folder, `${at}.db`), { count: 0, at });
      expect({ at, status: crashed.status, output: crashed.output }).toEqual({
        at,
        status: plain.status,
        output: plain.output,
      });
      expect({ at, types: crashed.types.toSorted() }).toEqual({ at, types: plain.types.toSorted() });
      // A crash after the commit but before the worker hears of it leaves an answer unheard, never a second one.
      expect(new Set(crashed.answered).size).toBe(crashed.answered.length);
      if (crashed.crashes === 1) seen.add(at);
    }
    console.log(`engine crash points: ${seen.size} of ${plain.points} covered`);
    expect(seen.size).toBe(plain.points);
  });
});
