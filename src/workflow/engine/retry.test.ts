import { describe, expect, test } from 'vitest';
import { errorMatches, remedyFor, retryDelaySeconds } from './retry.js';

const rule = (extra: object) => ({ ErrorEquals: ['E'], ...extra });
const half = (): number => 0.5;

describe('retryDelaySeconds', () => {
  test.each([
    [{}, 0, 1],
    [{}, 3, 8],
    [{ IntervalSeconds: 1, BackoffRate: 2 }, 4, 16],
    [{ IntervalSeconds: 3, BackoffRate: 1 }, 9, 3],
    [{ IntervalSeconds: 10, BackoffRate: 10, MaxDelaySeconds: 60 }, 5, 60],
    [{ IntervalSeconds: 10, JitterStrategy: 'FULL' as const }, 0, 5],
    [{ IntervalSeconds: 10, JitterStrategy: 'NONE' as const }, 0, 10],
  ])('%j after %i attempts', (extra, used, seconds) => {
    expect(retryDelaySeconds(rule(extra), used, half)).toBe(seconds);
  });
});

describe('remedyFor', () => {
  const failure = { error: 'E', cause: null };
  const catcher = { ErrorEquals: ['States.ALL'], Next: 'N' };
  test('retries first, then catches, then fails', () => {
    const rules = { retry: [rule({ MaxAttempts: 1 })], catch: [catcher], random: half };
    expect(remedyFor(failure, { ...rules, used: [] })).toEqual({ kind: 'retry', retrier: 0, delayMs: 1000 });
    expect(remedyFor(failure, { ...rules, used: [1] })).toEqual({ kind: 'catch', catcher: 0 });
    expect(remedyFor(failure, { ...rules, catch: [], used: [1] })).toEqual({ kind: 'fail', spent: 0 });
    expect(remedyFor(failure, { ...rules, retry: [], catch: [], used: [] })).toEqual({ kind: 'fail', spent: null });
  });

  test('ends at the first retrier that names the error, even when a later one would have attempts left', () => {
    const retry = [rule({ MaxAttempts: 0 }), { ErrorEquals: ['States.ALL'] }];
    expect(remedyFor(failure, { retry, catch: [], used: [], random: half })).toEqual({ kind: 'fail', spent: 0 });
  });
});

describe('errorMatches', () => {
  test.each([
    [['States.ALL'], 'Anything', undefined, true],
    [['States.ALL'], 'States.Runtime', undefined, false],
    [['States.Runtime'], 'States.Runtime', undefined, false],
    [['States.TaskFailed'], 'Anything', undefined, true],
    [['States.TaskFailed'], 'States.Timeout', undefined, false],
    [['States.HeartbeatTimeout'], 'States.Timeout', 'States.HeartbeatTimeout', true],
    [['States.HeartbeatTimeout'], 'States.Timeout', undefined, false],
    [['A', 'B'], 'B', undefined, true],
  ])('%j names %s: %s', (names, error, alias, expected) => {
    const failure = { error, cause: null, ...(alias === undefined ? {} : { alias }) };
    expect(errorMatches(names, failure)).toBe(expected);
  });
});
