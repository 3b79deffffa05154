import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openDatabase, type Database } from '../../../db.js';
import { evaluateJsonata } from '../languages/jsonata-evaluator.js';
import { virtualClock, type VirtualClock } from '../testing/virtual-clock.js';
import { systemClock } from './clock.js';
import { createEmbeddedEngine, tokenTaskResource, type EmbeddedEngine } from './embedded-engine.js';
import { systemRandom } from './runner.js';

const task = {
  Type: 'Task',
  Resource: tokenTaskResource,
  Parameters: { QueueUrl: 'q', MessageBody: { 'token.$': '$$.Task.Token' } },
};
const oneTask = { StartAt: 'Work', States: { Work: { ...task, End: true } } };
const waitThenEnd = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 10, End: true } } };

describe('the embedded engine under faults', () => {
  let folder: string;
  let path: string;
  let db: Database;
  let clock: VirtualClock;
  const opened: { close(): void }[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'engine-faults-'));
    path = join(folder, 'state.db');
    db = openDatabase(path);
    clock = virtualClock(Date.UTC(2026, 10, 21));
  });
  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(definition: unknown, on: Database = db, onError?: (error: unknown) => void): EmbeddedEngine {
    const settings = { db: on, definition, stateMachineName: 'faults', clock };
    const engine = createEmbeddedEngine(onError === undefined ? settings : { ...settings, onError });
    engine.start();
    opened.push(engine);
    return engine;
  }

  async function later(ms: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  async function tokenOf(engine: EmbeddedEngine): Promise<string> {
    const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 1000 });
    const body = (message?.body ?? {}) as Record<string, unknown>;
    return String(body['token']);
  }

  test('two engines on one database answer a token once', async () => {
    const first = open(oneTask);
    const other = openDatabase(path);
    const second = open(oneTask, other);
    await first.startExecution({ name: 'x', input: {} });
    const taskToken = await tokenOf(second);
    await second.sendTaskSuccess({ taskToken, output: 'second' });
    await expect(first.sendTaskSuccess({ taskToken, output: 'first' })).rejects.toMatchObject({ code: 'wrong_state' });
    expect(await first.describeExecution({ name: 'x' })).toMatchObject({ output: 'second' });
    second.close();
    other.close();
  });

  test('a full disk changes nothing, and the timer is tried again when there is room', async () => {
    let full = false;
    const errors: unknown[] = [];
    const flaky: Database = {
      ...db,
      run: (sql, ...params) => {
        if (full) throw new Error('database or disk is full');
        return db.run(sql, ...params);
      },
    };
    const engine = open(waitThenEnd, flaky, (error) => errors.push(error));
    await engine.startExecution({ name: 'x', input: {} });
    full = true;
    await later(10_000);
    expect(errors).toHaveLength(1);
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ status: 'RUNNING' });
    await expect(engine.startExecution({ name: 'y', input: {} })).rejects.toThrow('disk is full');
    await expect(engine.describeExecution({ name: 'y' })).rejects.toMatchObject({ code: 'not_found' });
    full = false;
    await later(1000);
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('a clock that jumps back delays a timer and one that jumps forward only hastens it; it goes off once', async () => {
    const engine = open(waitThenEnd);
    const startMs = clock.now();
    await engine.startExecution({ name: 'x', input: {} });
    await later(5000);
    clock.jump(startMs - 3_600_000);
    await later(5000);
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ status: 'RUNNING' });
    clock.jump(startMs + 10_000);
    await later(60_000);
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ status: 'SUCCEEDED' });
    const history = await engine.getExecutionHistory({ name: 'x' });
    expect(history.filter((event) => event.type === 'WaitStateExited')).toHaveLength(1);
  });

  test.each([
    ['no JSON', "UPDATE wf_execution SET state = '{'"],
    ['half a state', "UPDATE wf_execution SET state = '{}'"],
  ])('a stored state that is %s is reported as corrupt', async (_name, damage) => {
    const engine = open(oneTask);
    await engine.startExecution({ name: 'x', input: {} });
    db.run(damage);
    await expect(engine.stopExecution({ name: 'x' })).rejects.toMatchObject({ code: 'corrupt' });
  });

  test.each([
    ['bytes that were cut off', 'substr(events, 1, length(events) / 2)'],
    ['a format of another release', "CAST(X'09' || substr(events, 2) AS BLOB)"],
    ['text', "'events'"],
  ])('a stored history that is %s is reported as corrupt, with what to do', async (_name, damage) => {
    const engine = open(oneTask);
    await engine.startExecution({ name: 'x', input: {} });
    db.run(`UPDATE wf_events SET events = ${damage}`);
    const problem = engine.getExecutionHistory({ name: 'x' });
    await expect(problem).rejects.toMatchObject({ code: 'corrupt' });
    await expect(problem).rejects.toThrow(
      /The stored execution x cannot be read: its history\..*restore the state directory/,
    );
    // The execution itself needs no history to go on.
    await engine.sendTaskSuccess({ taskToken: await tokenOf(engine), output: 1 });
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('an unknown status and a lost definition are reported as corrupt', async () => {
    await open(oneTask).startExecution({ name: 'x', input: {} });
    db.all('PRAGMA foreign_keys = OFF');
    db.run("UPDATE wf_execution SET definition_hash = 'gone', status = 'LOST'");
    const engine = open(oneTask);
    await expect(engine.describeExecution({ name: 'x' })).rejects.toMatchObject({ code: 'corrupt' });
    await expect(engine.stopExecution({ name: 'x' })).rejects.toMatchObject({ code: 'corrupt' });
  });

  test('a mistake inside a step ends that execution, with the reason, and no other', async () => {
    const errors: unknown[] = [];
    const engine = open(oneTask, db, (error) => errors.push(error));
    await engine.startExecution({ name: 'x', input: {} });
    await engine.startExecution({ name: 'y', input: {} });
    const taskToken = await tokenOf(engine);
    db.run(
      'UPDATE wf_execution SET state = replace(state, \'"stateName":"Work"\', \'"stateName":"Gone"\') WHERE name = \'x\'',
    );
    await engine.sendTaskSuccess({ taskToken, output: {} });
    expect(errors).toHaveLength(1);
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The definition has no state "Gone".',
    });
    expect(await engine.describeExecution({ name: 'y' })).toMatchObject({ status: 'RUNNING' });
  });

  test.each([[''], ['two words'], ['a/b'], ['x'.repeat(81)]])('the execution name %j is refused', async (name) => {
    await expect(open(oneTask).startExecution({ name, input: {} })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('an input above 256 KB is refused', async () => {
    const start = open(oneTask).startExecution({ name: 'x', input: 'x'.repeat(262_143) });
    await expect(start).rejects.toMatchObject({ code: 'limit_exceeded' });
  });

  test('an invalid definition is refused with every place that is wrong', () => {
    expect(() => open({ StartAt: 'A', States: { A: { Type: 'Pass' } } })).toThrow(
      /SCHEMA_VALIDATION_FAILED.*\/States\/A/,
    );
  });

  test('JSONata runs where it is wired and is refused where it is not', async () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'P',
      States: { P: { Type: 'Pass', Output: '{% 1 + 1 %}', End: true } },
    };
    expect(() => open(definition)).toThrow(/JSONata is not supported/);
    const engine = createEmbeddedEngine({ db, definition, stateMachineName: 'm', clock, jsonata: evaluateJsonata });
    expect(await engine.startExecution({ name: 'x', input: undefined })).toMatchObject({ output: 2, input: {} });
    engine.close();
  });

  test('a visibility time-out out of range is refused, a strange receipt ignored, and a closed queue does not wait', async () => {
    const engine = open(oneTask);
    const tooLong = engine.changeVisibility({ receiptHandle: '1.x', timeoutMs: 43_200_001 });
    await expect(tooLong).rejects.toMatchObject({ code: 'invalid_input' });
    await engine.delete({ receiptHandle: 'strange' });
    engine.close();
    await engine.waitForMessages({ timeoutMs: 60_000 });
  });
});

describe('the clock and chance of the machine', () => {
  test('systemClock calls back, and not after a cancel', async () => {
    const fired = vi.fn<() => void>();
    const cancelled = vi.fn<() => void>();
    const cancel = systemClock.setTimer(0, cancelled);
    cancel();
    const keepAlive = setInterval(() => undefined, 5);
    systemClock.setTimer(0, fired);
    await vi.waitFor(() => expect(fired).toHaveBeenCalledOnce(), { timeout: 10_000 });
    clearInterval(keepAlive);
    expect(cancelled).not.toHaveBeenCalled();
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  });

  test('systemRandom gives what was asked for', () => {
    expect(systemRandom.bytes(32)).toHaveLength(32);
    expect(systemRandom.random()).toBeLessThan(1);
  });
});
