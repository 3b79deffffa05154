import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../db.js';
import { createEmbeddedEngine, tokenTaskResource, type EmbeddedEngine } from './embedded-engine.js';
import { virtualClock, type VirtualClock } from '../testing/virtual-clock.js';

const startMs = Date.UTC(2026, 10, 21, 9);

function taskState(extra: object): object {
  return {
    Type: 'Task',
    Resource: tokenTaskResource,
    Parameters: { QueueUrl: 'queue', MessageBody: { 'taskToken.$': '$$.Task.Token', agent: 'a', 'input.$': '$' } },
    ...extra,
  };
}

const oneTask = { StartAt: 'Work', States: { Work: taskState({ End: true }) } };

let db: Database;
let clock: VirtualClock;
let engine: EmbeddedEngine;

function open(definition: unknown): EmbeddedEngine {
  engine = createEmbeddedEngine({ db, definition, stateMachineName: 'dandori', clock });
  engine.start();
  return engine;
}

async function take(): Promise<{ token: string; body: Record<string, unknown>; receiptHandle: string }> {
  const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 30_000 });
  if (message === undefined) throw new Error('the queue is empty');
  const body = message.body as Record<string, unknown>;
  return { token: String(body['taskToken']), body, receiptHandle: message.receiptHandle };
}

/** Lets the engine's microtasks run. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function later(ms: number): Promise<void> {
  await settle();
  clock.advance(ms);
  await settle();
}

beforeEach(() => {
  db = openDatabase(':memory:');
  clock = virtualClock(startMs);
});

afterEach(() => {
  engine.close();
  db.close();
});

describe('the embedded engine', () => {
  test('runs a token task from message to answer and keeps the history that AWS would', async () => {
    open(oneTask);
    await engine.startExecution({ name: 't-1', input: { x: 1 } });
    const { token, body } = await take();
    expect(body).toMatchObject({ agent: 'a', input: { x: 1 } });
    await engine.sendTaskSuccess({ taskToken: token, output: { done: true } });
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({
      status: 'SUCCEEDED',
      output: { done: true },
      currentState: 'Work',
      redriveCount: 0,
    });
    const history = await engine.getExecutionHistory({ name: 't-1' });
    expect(history.map((event) => event.type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(history.map((event) => event.previousEventId)).toEqual([0, 0, 2, 3, 4, 5, 6, 7]);
    expect(JSON.stringify(history)).not.toContain(token);
  });

  test('answers a second, a late and an unknown token with wrong_state and changes nothing', async () => {
    open(oneTask);
    await engine.startExecution({ name: 't-1', input: {} });
    const { token } = await take();
    await engine.sendTaskSuccess({ taskToken: token, output: 1 });
    const again = engine.sendTaskSuccess({ taskToken: token, output: 2 });
    await expect(again).rejects.toMatchObject({ code: 'wrong_state', details: { data: { name: 'TaskTimedOut' } } });
    const unknown = engine.sendTaskFailure({ taskToken: 'made-up', error: 'E', cause: '' });
    await expect(unknown).rejects.toMatchObject({ code: 'wrong_state', details: { data: { name: 'InvalidToken' } } });
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({ output: 1 });
  });

  test('starts one execution for the same name and input, and refuses another input', async () => {
    open(oneTask);
    await engine.startExecution({ name: 't-1', input: { a: 1, b: 2 } });
    await engine.startExecution({ name: 't-1', input: { b: 2, a: 1 } });
    expect(await engine.receive({ maxMessages: 10, visibilityTimeoutMs: 1000 })).toHaveLength(1);
    await expect(engine.startExecution({ name: 't-1', input: {} })).rejects.toMatchObject({ code: 'already_exists' });
  });

  test('retries with back-off, then catches', async () => {
    open({
      StartAt: 'Work',
      States: {
        Work: taskState({
          Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, BackoffRate: 3, MaxAttempts: 2 }],
          Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'After' }],
          End: true,
        }),
        After: { Type: 'Pass', End: true },
      },
    });
    await engine.startExecution({ name: 't-1', input: { keep: 1 } });
    for (const waitMs of [10_000, 30_000]) {
      const { token } = await take();
      await engine.sendTaskFailure({ taskToken: token, error: 'Busy', cause: 'later' });
      await later(waitMs - 1);
      expect(await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 0 })).toHaveLength(0);
      await later(1);
    }
    const { token } = await take();
    await engine.sendTaskFailure({ taskToken: token, error: 'Busy', cause: 'never' });
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({
      status: 'SUCCEEDED',
      output: { keep: 1, failure: { Error: 'Busy', Cause: 'never' } },
    });
  });

  test('times a silent task out, keeps a beating one, and tells the late worker', async () => {
    open({ StartAt: 'Work', States: { Work: taskState({ TimeoutSeconds: 100, HeartbeatSeconds: 10, End: true }) } });
    await engine.startExecution({ name: 't-1', input: {} });
    const { token } = await take();
    for (let beat = 0; beat < 5; beat += 1) {
      await later(9000);
      await engine.sendTaskHeartbeat({ taskToken: token });
    }
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({ status: 'RUNNING' });
    await later(10_000);
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({
      status: 'FAILED',
      error: 'States.Timeout',
    });
    const late = engine.sendTaskSuccess({ taskToken: token, output: {} });
    await expect(late).rejects.toMatchObject({ code: 'wrong_state', details: { data: { name: 'TaskTimedOut' } } });
  });

  test('goes on after a restart with the definition that the execution was started with', async () => {
    open({ StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 3600, Next: 'Old' }, Old: { Type: 'Succeed' } } });
    await engine.startExecution({ name: 't-1', input: 'kept' });
    engine.close();
    clock.advance(3_600_000);
    open({ StartAt: 'New', States: { New: { Type: 'Fail' } } });
    await later(0);
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({
      status: 'SUCCEEDED',
      output: 'kept',
      currentState: 'Old',
    });
  });

  test('stops an execution, drops its message and closes its token', async () => {
    open(oneTask);
    await engine.startExecution({ name: 't-1', input: {} });
    const { token, receiptHandle } = await take();
    await engine.changeVisibility({ receiptHandle, timeoutMs: 0 });
    await engine.stopExecution({ name: 't-1', error: 'Cancelled', cause: 'by hand' });
    await engine.stopExecution({ name: 't-1' });
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({ status: 'ABORTED', error: 'Cancelled' });
    expect(await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 0 })).toHaveLength(0);
    await expect(engine.sendTaskHeartbeat({ taskToken: token })).rejects.toMatchObject({ code: 'wrong_state' });
    await expect(engine.stopExecution({ name: 'none' })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('runs again from a chosen state with the input that the state had, or with another', async () => {
    open({
      StartAt: 'First',
      States: {
        First: { Type: 'Pass', Result: 7, ResultPath: '$.first', Next: 'Work' },
        Work: taskState({ Next: 'Count' }),
        Count: { Type: 'Pass', Parameters: { 'redrives.$': '$$.Execution.RedriveCount' }, End: true },
      },
    });
    await engine.startExecution({ name: 't-1', input: { a: 1 } });
    await expect(engine.redriveExecution({ name: 't-1' })).rejects.toMatchObject({ code: 'wrong_state' });
    await engine.sendTaskFailure({ taskToken: (await take()).token, error: 'Broken', cause: 'x' });
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({ status: 'FAILED', error: 'Broken' });
    const again = await engine.redriveExecution({ name: 't-1' });
    expect(again).toMatchObject({ status: 'RUNNING', redriveCount: 1, currentState: 'Work', stoppedAt: null });
    expect(again).not.toHaveProperty('error');
    const { token, body } = await take();
    expect(body['input']).toEqual({ a: 1, first: 7 });
    await engine.sendTaskSuccess({ taskToken: token, output: {} });
    await engine.redriveExecution({ name: 't-1', fromState: 'Work', input: { b: 2 } });
    const given = await take();
    expect(given.body['input']).toEqual({ b: 2 });
    await engine.sendTaskSuccess({ taskToken: given.token, output: {} });
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({ output: { redrives: 2 } });
    await expect(engine.redriveExecution({ name: 't-1', fromState: 'Nowhere' })).rejects.toMatchObject({
      code: 'wrong_state',
    });
  });

  test('ends an execution whose history is full', async () => {
    open({ StartAt: 'Loop', States: { Loop: { Type: 'Pass', Next: 'Loop' } } });
    const ended = await engine.startExecution({ name: 't-1', input: {} });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(await engine.getExecutionHistory({ name: 't-1' })).toHaveLength(25_000);
  });

  test('refuses outputs above 256 KB and leaves the token open', async () => {
    open(oneTask);
    await engine.startExecution({ name: 't-1', input: {} });
    const { token } = await take();
    const tooMuch = engine.sendTaskSuccess({ taskToken: token, output: 'x'.repeat(262_144) });
    await expect(tooMuch).rejects.toMatchObject({ code: 'limit_exceeded' });
    await engine.sendTaskSuccess({ taskToken: token, output: 'x'.repeat(262_142) });
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('ends the machine as TIMED_OUT after its own TimeoutSeconds', async () => {
    open({ ...oneTask, TimeoutSeconds: 60 });
    await engine.startExecution({ name: 't-1', input: {} });
    expect(engine.nextWakeup()).toBe(startMs + 60_000);
    await later(60_000);
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({ status: 'TIMED_OUT' });
    expect(engine.nextWakeup()).toBeNull();
  });

  test('commits answers that come together at once, and refuses a late one alone', async () => {
    const commits: number[] = [];
    db.close();
    db = openDatabase(':memory:', { onCommit: (statements) => commits.push(statements.length) });
    open(oneTask);
    const names = ['a', 'b', 'c'];
    for (const name of names) await engine.startExecution({ name, input: {} });
    const tokens = (await engine.receive({ maxMessages: 10, visibilityTimeoutMs: 30_000 })).map(({ body }) =>
      String((body as Record<string, unknown>)['taskToken']),
    );
    commits.length = 0;
    await Promise.all(tokens.slice(0, 2).map((taskToken) => engine.sendTaskSuccess({ taskToken, output: 1 })));
    expect(commits).toHaveLength(1);
    const settled = await Promise.allSettled(
      [tokens[0], tokens[2], 'made up'].map((taskToken = '') => engine.sendTaskSuccess({ taskToken, output: 2 })),
    );
    expect(settled.map((one) => (one.status === 'rejected' ? String(one.reason).slice(0, 60) : one.status))).toEqual(
      [
        'DandoriError: The task of execution a is over: it was answered',
        'fulfilled',
        'DandoriError: The task token is not known. Allowed: a token th',
      ].map((text) => text.slice(0, 60)),
    );
    const ends = await Promise.all(names.map((name) => engine.describeExecution({ name })));
    expect(ends.map(({ output }) => output)).toEqual([1, 1, 2]);
  });

  test('brings a message back whose answer could not be kept', async () => {
    open(oneTask);
    await engine.startExecution({ name: 't-1', input: {} });
    const first = await take();
    db.all('PRAGMA query_only = ON');
    await expect(engine.sendTaskSuccess({ taskToken: first.token, output: 1 })).rejects.toThrow(/cannot be written/);
    db.all('PRAGMA query_only = OFF');
    await later(30_000);
    const again = await take();
    expect(again.token).toBe(first.token);
    await engine.sendTaskSuccess({ taskToken: again.token, output: 2 });
    expect(await engine.describeExecution({ name: 't-1' })).toMatchObject({ output: 2 });
  });

  test('wakes a long poll when a message comes', async () => {
    open(oneTask);
    const poll = engine.waitForMessages({ timeoutMs: 20_000 });
    await engine.startExecution({ name: 't-1', input: {} });
    await poll;
    expect(await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 1000 })).toHaveLength(1);
  });

  test('lists the newest first, by status', async () => {
    open(oneTask);
    await engine.startExecution({ name: 'a', input: {} });
    clock.advance(1);
    await engine.startExecution({ name: 'b', input: {} });
    await engine.stopExecution({ name: 'a' });
    expect((await engine.listExecutions({})).map((one) => one.name)).toEqual(['b', 'a']);
    expect((await engine.listExecutions({ status: 'ABORTED' })).map((one) => one.name)).toEqual(['a']);
    expect(await engine.listExecutions({ limit: 1 })).toHaveLength(1);
  });
});
