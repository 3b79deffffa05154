import { expect, test } from 'vitest';
import { flood } from '../../bench/lib/github-flood.js';

test(
  "60 issues in 3 seconds all get their answer, within GitHub's limits and without keeping a delivery waiting",
  { timeout: 180_000 },
  async () => {
    const issues = 60;
    const { webhookMs, ...figures } = await flood({ issues, withinMs: 3_000, speed: 60 });
    expect(figures).toMatchObject({ lost: [], refusedDeliveries: 0, refusedByLimit: 0 });
    expect(figures.writes).toBeGreaterThan(2 * issues - 1);
    expect(figures.writesAMinute).toBeLessThanOrEqual(80);
    expect(figures.outboxMost).toBeLessThanOrEqual(3 * issues);
    // A watchdog: `npm run bench:github` measures.
    expect(webhookMs.at(-1)).toBeLessThan(10_000);
  },
);
