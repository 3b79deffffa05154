import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../db.js';
import { virtualClock, type VirtualClock } from '../testing/virtual-clock.js';
import { createEmbeddedEngine, tokenTaskResource, type EmbeddedEngine } from './embedded-engine.js';

// Workers that fall silent, clocks that jump, values and histories that grow too large: what the engine does and says.

const startMs = Date.UTC(2026, 10, 21);
const hourMs = 3_600_000;
const task = (extra: object): object => ({
  Type: 'Task',
  Resource: tokenTaskResource,
  Parameters: { QueueUrl: 'q', MessageBody: { 'token.$': '$$.Task.Token' } },
  ...extra,
});
const beating = {
  StartAt: 'Work',
  States: { Work: task({ HeartbeatSeconds: 60, TimeoutSeconds: 1800, End: true }) },
};

let db: Database;
let clock: VirtualClock;
let engine: EmbeddedEngine;

beforeEach(() => {
  db = openDatabase(':memory:');
  clock = virtualClock(startMs);
});
afterEach(() => {
  engine.close();
  db.close();
});

function open(definition: unknown, silenceAfterStartMs = 0): void {
  engine = createEmbeddedEngine({ db, definition, stateMachineName: 'limits', clock, silenceAfterStartMs });
  engine.start();
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function later(ms: number): Promise<void> {
  await settle();
  clock.advance(ms);
  await settle();
}

async function started(definition: unknown, input: unknown = {}): Promise<string> {
  open(definition);
  await engine.startExecution({ name: 'x', input });
  return nextToken();
}

async function nextToken(): Promise<string> {
  const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 1000 });
  return String(((message?.body ?? {}) as Record<string, unknown>)['token']);
}

async function beatFor(taskToken: string, count: number): Promise<void> {
  for (let beat = 0; beat < count; beat += 1) {
    await later(30_000);
    await engine.sendTaskHeartbeat({ taskToken });
  }
}

async function statusAndTimeOuts(): Promise<[status: string, timeOuts: number]> {
  const history = await engine.getExecutionHistory({ name: 'x' });
  const { status } = await engine.describeExecution({ name: 'x' });
  return [status, history.filter((event) => event.type === 'TaskTimedOut').length];
}

describe('a worker that stops beating', () => {
  test('lives as long as it beats, and is given up one heartbeat after the last', async () => {
    const taskToken = await started(beating);
    await beatFor(taskToken, 10);
    await later(59_999);
    expect(await statusAndTimeOuts()).toEqual(['RUNNING', 0]);
    await later(1);
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  test('that comes back is told that its task is over, for its beat and for its result', async () => {
    const taskToken = await started(beating);
    await later(60_000);
    const words = /The task of execution x is over: it timed out\..*drop the result; nothing was changed/;
    await expect(engine.sendTaskHeartbeat({ taskToken })).rejects.toThrow(words);
    await expect(engine.sendTaskSuccess({ taskToken, output: 1 })).rejects.toThrow(words);
    await expect(engine.sendTaskFailure({ taskToken, error: 'E', cause: '' })).rejects.toThrow(words);
    expect(await statusAndTimeOuts()).toEqual(['FAILED', 1]);
  });

  test('is followed by another attempt where Retry names the lost heartbeat, under a new token', async () => {
    const retry = [{ ErrorEquals: ['States.HeartbeatTimeout'], IntervalSeconds: 5, MaxAttempts: 1 }];
    const silent = await started({
      StartAt: 'Work',
      States: { Work: task({ HeartbeatSeconds: 60, Retry: retry, End: true }) },
    });
    await later(60_000);
    await later(5000);
    const taskToken = await nextToken();
    await expect(engine.sendTaskSuccess({ taskToken: silent, output: 'late' })).rejects.toMatchObject({
      code: 'wrong_state',
    });
    await engine.sendTaskSuccess({ taskToken, output: 'second' });
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ output: 'second' });
  });

  test('beats do not put off the time-out of the whole task', async () => {
    const taskToken = await started(beating);
    await beatFor(taskToken, 59);
    await later(30_000);
    expect(await statusAndTimeOuts()).toEqual(['FAILED', 1]);
  });
});

describe('a clock that jumps', () => {
  test.each([
    ['back', -hourMs],
    ['forward', 600_000],
  ])('%s does not give up a worker that beats', async (_direction, jumpMs) => {
    const taskToken = await started(beating);
    await beatFor(taskToken, 2);
    clock.jump(clock.now() + jumpMs);
    await engine.sendTaskHeartbeat({ taskToken });
    await beatFor(taskToken, 10);
    expect(await statusAndTimeOuts()).toEqual(['RUNNING', 0]);
    await later(60_000);
    expect(await statusAndTimeOuts()).toEqual(['FAILED', 1]);
  });

  test('forward beyond the heartbeat gives up a worker that is silent, once, when the engine next looks', async () => {
    await started(beating);
    clock.jump(startMs + hourMs);
    expect(await statusAndTimeOuts()).toEqual(['RUNNING', 0]);
    await later(60_000);
    expect(await statusAndTimeOuts()).toEqual(['FAILED', 1]);
  });

  test('back puts off a time-out by as much and no more', async () => {
    await started({ StartAt: 'Work', States: { Work: task({ TimeoutSeconds: 600, End: true }) } });
    clock.jump(startMs - hourMs);
    await later(hourMs + 599_000);
    expect(await statusAndTimeOuts()).toEqual(['RUNNING', 0]);
    await later(60_000);
    expect(await statusAndTimeOuts()).toEqual(['FAILED', 1]);
  });

  test('to and fro while nobody runs fires each timer once after the restart', async () => {
    await started({ StartAt: 'Work', States: { Work: task({ TimeoutSeconds: 600, End: true }) } });
    for (const jumpMs of [-hourMs, hourMs, -2 * hourMs, 2 * hourMs]) {
      engine.close();
      clock.jump(startMs + jumpMs);
      open(beating);
      await later(0);
    }
    expect(await statusAndTimeOuts()).toEqual(['FAILED', 1]);
    const times = (await engine.getExecutionHistory({ name: 'x' })).map((event) => event.id);
    expect(times).toEqual(times.map((_id, at) => at + 1));
  });
});

describe('256 KB', () => {
  // Quotes count: this is 262,144 bytes of JSON.
  const largest = 'x'.repeat(262_142);
  const keepBoth = {
    StartAt: 'A',
    States: {
      A: task({ ResultPath: '$.a', Next: 'B' }),
      B: task({
        ResultPath: '$.b',
        Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], ResultPath: null, Next: 'Small' }],
        Next: 'Small',
      }),
      Small: { Type: 'Pass', Result: 'small', End: true },
    },
  };

  test('is the largest output that a task may answer with; one byte more is refused and the task stays open', async () => {
    const taskToken = await started({ StartAt: 'A', States: { A: task({ End: true }) } });
    await expect(engine.sendTaskSuccess({ taskToken, output: `${largest}x` })).rejects.toThrow(
      /The output of the task is too large\. Found: 262145 bytes of JSON\. Allowed: up to 262144 bytes\. Next: put the data into the object store/,
    );
    await engine.sendTaskSuccess({ taskToken, output: largest });
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ status: 'SUCCEEDED', output: largest });
  });

  test('is counted in bytes, not in characters', async () => {
    const taskToken = await started({ StartAt: 'A', States: { A: task({ End: true }) } });
    await expect(engine.sendTaskSuccess({ taskToken, output: '日'.repeat(87_381) })).rejects.toMatchObject({
      code: 'limit_exceeded',
    });
  });

  test('may not be exceeded by outputs together: the state fails with States.DataLimitExceeded, which Catch may name', async () => {
    await engineAnswers(keepBoth, ['x'.repeat(150_000), 'y'.repeat(150_000)]);
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ status: 'SUCCEEDED', output: 'small' });
  });

  test('exceeded where nothing catches it ends the execution, with the state in the cause', async () => {
    await engineAnswers({ StartAt: 'A', States: { A: task({ ResultPath: '$.a', End: true }) } }, [largest]);
    const found = await engine.describeExecution({ name: 'x' });
    expect(found).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(found.cause).toMatch(/'A' returned a result with a size exceeding the maximum number of bytes/);
  });

  async function engineAnswers(definition: unknown, outputs: string[]): Promise<void> {
    open(definition);
    await engine.startExecution({ name: 'x', input: {} });
    for (const output of outputs) await engine.sendTaskSuccess({ taskToken: await nextToken(), output });
  }
});

describe('25,000 events', () => {
  const endless = { StartAt: 'L', States: { L: { Type: 'Pass', Next: 'L' } } };

  test('end the execution with the reason, and no other; it cannot be run again', async () => {
    open(endless);
    expect(await engine.startExecution({ name: 'x', input: {} })).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    const history = await engine.getExecutionHistory({ name: 'x' });
    expect(history).toHaveLength(25_000);
    expect(history.at(-1)).toMatchObject({ id: 25_000, type: 'ExecutionFailed' });
    await expect(engine.redriveExecution({ name: 'x' })).rejects.toThrow(
      /The execution x cannot be run again\. Found: a history of 25000 events\..*start a new one/,
    );
    engine.close();
    open({ StartAt: 'P', States: { P: { Type: 'Succeed' } } });
    expect(await engine.startExecution({ name: 'y', input: {} })).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('a server that was down for longer than a heartbeat', () => {
  test('gives its workers time to beat again, and gives up those that stay silent', async () => {
    await started(beating);
    engine.close();
    clock.jump(startMs + 600_000);
    open(beating, 300_000);
    await later(0);
    expect(await statusAndTimeOuts()).toEqual(['RUNNING', 0]);
    await later(301_000);
    expect(await statusAndTimeOuts()).toEqual(['FAILED', 1]);
  });
});
