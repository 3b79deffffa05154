import { describe, expect, it } from 'vitest';
import { DandoriError } from '../errors.js';
import { throughOutages } from './through-outages.js';

const out = new DandoriError('unavailable', 'GitHub could not be asked.');

/** `answers`: what the other side says, look by look; `fails`: how the work ends, try by try. */
function world(answers: boolean[], fails: (Error | null)[], beat = async () => undefined as unknown) {
  const seen = { tries: 0, looks: 0, beats: 0, lines: 0 };
  const stopping = new AbortController();
  const done = () =>
    throughOutages(
      async () => {
        const failure = fails[seen.tries++] ?? null;
        if (failure !== null) throw failure;
        return 'done';
      },
      {
        answers: async () => answers[seen.looks++] ?? true,
        beat: () => {
          seen.beats += 1;
          return beat();
        },
        signal: stopping.signal,
        log: { error: () => void (seen.lines += 1) },
        everyMs: 1,
      },
    );
  return { seen, stopping, done };
}

describe('throughOutages', () => {
  it('waits for the other side, beating, and does the work again', async () => {
    const { seen, done } = world([false, false, false, true], [out, null]);
    expect(await done()).toBe('done');
    expect(seen).toEqual({ tries: 2, looks: 4, beats: 3, lines: 1 });
  });

  it('waits through a second outage too', async () => {
    const { seen, done } = world([false, true, false, true], [out, out, null]);
    expect(await done()).toBe('done');
    expect(seen.tries).toBe(3);
  });

  it.each([
    ['the other side answers', [true], out],
    ['the failure is another one', [false], new DandoriError('not_allowed', 'no')],
  ])('fails at once when %s', async (_name, answers, failure) => {
    const { seen, done } = world(answers, [failure]);
    await expect(done()).rejects.toBe(failure);
    expect(seen.beats).toBe(0);
  });

  it('gives up a task for which nobody waits any more', async () => {
    const { seen, done } = world([false, false], [out], () => Promise.reject(new Error('TaskTimedOut')));
    await expect(done()).rejects.toBe(out);
    expect(seen.tries).toBe(1);
  });

  it('gives up when we stop', async () => {
    const { done, stopping } = world(
      Array.from({ length: 100 }, () => false),
      [out],
    );
    const ended = done();
    stopping.abort();
    await expect(ended).rejects.toBe(out);
  });
});
