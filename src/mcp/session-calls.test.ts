import { describe, expect, it } from 'vitest';
import { SessionCalls } from './session-calls.js';

/** A call that ends when it is cancelled or when `finish` is called. */
function started(calls: SessionCalls, session: string, request: string | number) {
  let end: (how: string) => void = () => undefined;
  const work = new Promise<string>((resolve) => (end = resolve));
  const ended = calls.track(
    session,
    request,
    () => end('cancelled'),
    () => work,
  );
  return { ended, finish: () => end('finished') };
}

describe('SessionCalls', () => {
  it('cancels the call of that session and request alone', async () => {
    const calls = new SessionCalls();
    const wanted = started(calls, 'a', 1);
    const others = [started(calls, 'b', 1), started(calls, 'a', 2), started(calls, 'a', '1')];
    calls.cancel('a', 1);
    expect(await wanted.ended).toBe('cancelled');
    for (const other of others) other.finish();
    expect(await Promise.all(others.map(({ ended }) => ended))).toEqual(['finished', 'finished', 'finished']);
  });

  it('leaves a call alone that has ended, and one that never was', async () => {
    const calls = new SessionCalls();
    const call = started(calls, 'a', 1);
    call.finish();
    expect(await call.ended).toBe('finished');
    calls.cancel('a', 1);
    calls.cancel('nobody', 7);
  });

  it('passes on what the work throws', async () => {
    const failing = new SessionCalls().track(
      'a',
      1,
      () => undefined,
      () => Promise.reject(new Error('broken')),
    );
    await expect(failing).rejects.toThrow('broken');
  });
});
