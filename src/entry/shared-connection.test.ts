import { describe, expect, it } from 'vitest';
import { DandoriError } from '../errors.js';
import type { ApiClient } from './api-client.js';
import { SharedConnection } from './shared-connection.js';

const api: ApiClient = {
  get: () => Promise.reject(new Error('unused')),
  post: () => Promise.reject(new Error('unused')),
};

/** Connections that write down when they open and close; the first `refusals` are refused with the error. */
function recorded(refusals = 0, error: Error = new DandoriError('locked', 'Another process has it.')) {
  const log: string[] = [];
  let left = refusals;
  const shared = new SharedConnection(async () => {
    if (left > 0) {
      left -= 1;
      log.push('refused');
      throw error;
    }
    log.push('opened');
    return { api, remote: false, empty: false, close: async () => void log.push('closed') };
  });
  return { shared, log };
}

describe('SharedConnection', () => {
  it('is one for work that overlaps and none when all is done', async () => {
    const { shared, log } = recorded();
    const answers = await Promise.all([1, 2, 3].map((number) => shared.use(async () => number)));
    expect(answers).toEqual([1, 2, 3]);
    await shared.idle();
    expect(log).toEqual(['opened', 'closed']);
  });

  it('opens anew for later work, after the last one is closed', async () => {
    const { shared, log } = recorded();
    await shared.use(async () => undefined);
    await shared.use(async () => undefined);
    await shared.idle();
    expect(log).toEqual(['opened', 'closed', 'opened', 'closed']);
  });

  it('closes after work that failed', async () => {
    const { shared, log } = recorded();
    await expect(shared.use(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await shared.idle();
    expect(log).toEqual(['opened', 'closed']);
  });

  it('waits for who is just starting or ending on the directory', async () => {
    const { shared, log } = recorded(2);
    expect(await shared.use(async () => 'done')).toBe('done');
    expect(log.slice(0, 3)).toEqual(['refused', 'refused', 'opened']);
  });

  it('passes on any other refusal, and tries again for the next work', async () => {
    const { shared, log } = recorded(1, new Error('no disk'));
    await expect(shared.use(async () => 'done')).rejects.toThrow('no disk');
    expect(await shared.use(async () => 'done')).toBe('done');
    await shared.idle();
    expect(log).toEqual(['refused', 'opened', 'closed']);
  });

  it('is idle only when the work has ended', async () => {
    const { shared, log } = recorded();
    let finish: () => void = () => undefined;
    const work = shared.use(() => new Promise<void>((resolve) => (finish = resolve)));
    await expect.poll(() => log, { timeout: 30_000 }).toEqual(['opened']);
    const idle = shared.idle().then(() => log.push('idle'));
    finish();
    await Promise.all([work, idle]);
    expect(log).toEqual(['opened', 'closed', 'idle']);
  });
});
