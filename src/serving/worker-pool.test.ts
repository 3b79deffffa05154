import { describe, expect, test, vi } from 'vitest';
import { fixtureSignature } from './fixtures/load-signature.js';
import type { InvocationRequest } from './invocation.js';
import { WorkerGoneError, type ModelWorker } from './model-worker.js';
import { WorkerPool, type PoolEvent, type PoolOptions } from './worker-pool.js';

const request: InvocationRequest = { body: Buffer.from('{}'), contentType: '', accept: '' };

interface FakeWorker extends ModelWorker {
  die(): void;
  answerAll(): void;
  rss: number;
  retired: boolean;
}

/** A worker that answers when it is told to, with its pid. */
function fakeWorker(pid: number): FakeWorker {
  let waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let end: (reason: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => (end = resolve));
  const worker: FakeWorker = {
    pid,
    signature: fixtureSignature('churn'),
    rss: 0,
    retired: false,
    ended,
    inFlight: () => waiting.length,
    rssBytes: () => worker.rss,
    invoke: () =>
      new Promise((resolve, reject) => {
        waiting.push({
          resolve: () => resolve({ status: 200, contentType: 'text/plain', body: Buffer.from(String(pid)) }),
          reject,
        });
      }),
    retire: async () => {
      worker.retired = true;
      worker.answerAll();
      end('retired');
    },
    kill: () => worker.die(),
    die() {
      for (const { reject } of waiting.splice(0)) reject(new WorkerGoneError('killed'));
      end('killed');
    },
    answerAll() {
      const all = waiting;
      waiting = [];
      for (const { resolve } of all) resolve();
    },
  };
  return worker;
}

function poolOf(options: Partial<PoolOptions> = {}) {
  const started: FakeWorker[] = [];
  const events: PoolEvent[] = [];
  const pool = new WorkerPool({
    size: 1,
    start: async () => {
      const worker = fakeWorker(started.length + 1);
      started.push(worker);
      return worker;
    },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { pool, started, events };
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

describe('WorkerPool', () => {
  test('sends a request once more when its worker dies', async () => {
    const { pool, started } = poolOf();
    await pool.open();
    const answer = pool.invoke(request);
    started[0]?.die();
    await until(() => expect(started[1]?.inFlight()).toBe(1));
    started[1]?.answerAll();
    expect(Buffer.from((await answer).body).toString()).toBe('2');
  });

  test('does not try a request a third time', async () => {
    const { pool, started } = poolOf();
    await pool.open();
    const answer = pool.invoke(request);
    started[0]?.die();
    await until(() => expect(started[1]?.inFlight()).toBe(1));
    started[1]?.die();
    await expect(answer).rejects.toMatchObject({ code: 'unavailable' });
    await until(() => expect(pool.workers()).toHaveLength(1));
  });

  test('holds a request until a worker comes up, and refuses it when none does', async () => {
    let isBroken = true;
    const good = fakeWorker(1);
    const { pool } = poolOf({
      holdMs: 50,
      start: async () => {
        if (isBroken) throw new Error('the file is gone');
        return good;
      },
    });
    pool.openEventually();
    await expect(pool.invoke(request)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the file is gone') as string,
    });
    expect(pool.lastFailure()).toBe('the file is gone');
    isBroken = false;
    await until(() => expect(pool.workers()).toHaveLength(1));
    expect(pool.lastFailure()).toBeNull();
  });

  test('leaves nothing behind when one of its workers does not come up', async () => {
    const good = fakeWorker(1);
    let starts = 0;
    const { pool } = poolOf({
      size: 2,
      start: async () => {
        starts += 1;
        if (starts === 1) return good;
        throw new Error('no memory');
      },
    });
    await expect(pool.open()).rejects.toThrow('no memory');
    expect(good.retired).toBe(true);
  });

  test('spreads requests over its workers', async () => {
    const { pool, started } = poolOf({ size: 2 });
    await pool.open();
    const answers = [1, 2, 3, 4].map(() => pool.invoke(request));
    expect(started.map((worker) => worker.inFlight())).toEqual([2, 2]);
    for (const worker of started) worker.answerAll();
    await Promise.all(answers);
  });

  test('kills a worker that does not answer, and says so', async () => {
    const { pool, started, events } = poolOf({ answerTimeoutMs: 30 });
    await pool.open();
    await expect(pool.invoke(request)).rejects.toThrow('did not answer within 30 ms');
    await until(() => expect(started).toHaveLength(2));
    expect(events.map(({ event }) => event)).toContain('worker died');
  });

  test('replaces a worker that has grown without losing its requests', async () => {
    const { pool, started } = poolOf({ maxRssBytes: 100 });
    await pool.open();
    const [first] = started;
    if (first === undefined) throw new Error('no worker was started');
    first.rss = 101;
    const answer = pool.invoke(request);
    await until(() => expect(first.retired).toBe(true));
    expect(Buffer.from((await answer).body).toString()).toBe('1');
    expect(pool.workers()).toEqual([started[1]]);
    expect(started).toHaveLength(2);
  });

  test('refuses more requests than it can hold', async () => {
    const { pool, started } = poolOf({ maxRequests: 1 });
    await pool.open();
    const first = pool.invoke(request);
    await expect(pool.invoke(request)).rejects.toMatchObject({ code: 'unavailable' });
    started[0]?.answerAll();
    await first;
  });

  test('lets running requests end and turns new ones away when it closes', async () => {
    const { pool, started } = poolOf();
    await pool.open();
    const running = pool.invoke(request);
    const closed = pool.close();
    await expect(pool.invoke(request)).rejects.toMatchObject({ name: 'PoolClosedError' });
    expect((await running).status).toBe(200);
    await closed;
    expect(started[0]?.retired).toBe(true);
  });
});
