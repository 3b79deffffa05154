import { expect, test } from 'vitest';
import { mutatedBodies, tellOf } from '../../bench/lib/mutated-bodies.js';
import { maxBodyLength } from '../../src/adapters/github/own-text.js';

const seed = 20_261_121;
/** A watchdog, for a machine that does other things too; `npm run bench:github` measures. */
const longestMs = 5_000;

test(
  '10,000 damaged issue bodies, one after the other in one process, are each understood or answered, none slowly',
  { timeout: 300_000 },
  () => {
    const bodies = mutatedBodies(10_000, seed);
    const bad = { failed: [] as string[], silent: [] as string[], slow: [] as string[], long: [] as string[] };
    let requests = 0;
    for (const [at, body] of bodies.entries()) {
      const about = `body ${at} of seed ${seed}`;
      const startedMs = performance.now();
      try {
        const told = tellOf(body);
        if (told === null) requests += 1;
        else if (!/\| --- \|[^]*\S/.test(told)) bad.silent.push(about);
        else if (told.length > maxBodyLength) bad.long.push(`${about}: ${told.length} characters`);
      } catch (error) {
        bad.failed.push(`${about}: ${String(error)}`);
      }
      const tookMs = performance.now() - startedMs;
      if (tookMs > longestMs) bad.slow.push(`${about}: ${tookMs} ms`);
    }
    expect(bad).toEqual({ failed: [], silent: [], slow: [], long: [] });
    // Damage that changes nothing leaves a request, and most does not.
    expect(requests).toBeGreaterThan(100);
    expect(requests).toBeLessThan(bodies.length / 2);
  },
);
