import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../db.js';
import { RateLimits, rateLimitPauseMs, type Priority } from './rate-limit.js';

const manual = () => {
  const clock = { atMs: 1_000_000_000, nowMs: () => clock.atMs, sleep: async (ms: number) => void (clock.atMs += ms) };
  return clock;
};
const priorities: Priority[] = ['result', 'answer', 'status'];
const mostWithin = (times: number[], ms: number): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));

describe('RateLimits', () => {
  test('never lets more than 80 a minute and 500 an hour arrive, whenever they are asked for and however long they take, over restarts too', () => {
    const write = fc.record({
      pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
      tookMs: fc.integer({ min: 0, max: 3_000 }),
      arrives: fc.double({ min: 0, max: 1, noNaN: true }),
      priority: fc.constantFrom(...priorities),
      restart: fc.integer({ min: 0, max: 60 }).map((one) => one === 0),
    });
    fc.assert(
      fc.property(fc.array(write, { minLength: 200, maxLength: 700 }), (writes) => {
        const clock = manual();
        const db = openDatabase(':memory:');
        let limits = new RateLimits({ db, clock });
        const arrivals: number[] = [];
        for (const { pauseMs, tookMs, arrives, priority, restart } of writes) {
          clock.atMs += pauseMs;
          if (restart) limits = new RateLimits({ db, clock });
          clock.atMs += limits.waitMs(priority);
          const id = limits.begin();
          arrivals.push(clock.atMs + Math.floor(tookMs * arrives));
          clock.atMs += tookMs;
          if (!restart) limits.end(id);
          else limits = new RateLimits({ db, clock });
        }
        db.close();
        expect(mostWithin(arrivals, 60_000)).toBeLessThanOrEqual(80);
        expect(mostWithin(arrivals, 3_600_000)).toBeLessThanOrEqual(500);
      }),
      { numRuns: 8 },
    );
  }, 120_000);

  test('keeps room for answers and results when progress has used its share', () => {
    const limits = new RateLimits({ db: openDatabase(':memory:'), clock: manual() });
    for (let i = 0; i < 50; i += 1) limits.end(limits.begin());
    expect(limits.waitMs('status')).toBeGreaterThan(0);
    expect(limits.waitMs('answer')).toBe(0);
    for (let i = 0; i < 20; i += 1) limits.end(limits.begin());
    expect(limits.waitMs('answer')).toBeGreaterThan(0);
    expect(limits.waitMs('result')).toBe(0);
  });

  test('remembers a pause over a restart', () => {
    const [db, clock] = [openDatabase(':memory:'), manual()];
    new RateLimits({ db, clock }).note({ status: 403, headers: { 'retry-after': '90' }, message: 'slow down' });
    expect(new RateLimits({ db, clock }).pauseMs).toBe(90_000);
  });

  test.each([
    ['retry-after in seconds', 403, { 'retry-after': '30' }, '', 0, 30_000],
    ['retry-after as a date', 429, { 'retry-after': 'Thu, 01 Jan 1970 00:01:00 GMT' }, '', 0, 60_000],
    ['an empty primary budget', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '100' }, '', 0, 101_000],
    [
      'the last request of the budget',
      200,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '100' },
      '',
      0,
      101_000,
    ],
    [
      'an empty budget of GraphQL alone',
      200,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9', 'x-ratelimit-resource': 'graphql' },
      '',
      0,
      null,
    ],
    ['a secondary limit without a header', 403, {}, 'You have exceeded a secondary rate limit', 0, 60_000],
    ['the third in a row', 429, {}, '', 2, 240_000],
    ['a plain refusal', 403, {}, 'Resource not accessible by integration', 0, null],
    ['a good answer', 200, { 'x-ratelimit-remaining': '10' }, '', 0, null],
  ] as const)('waits after %s', (_name, status, headers, message, strikes, wanted) => {
    expect(rateLimitPauseMs({ status, headers, message }, 0, strikes)).toBe(wanted);
  });
});
