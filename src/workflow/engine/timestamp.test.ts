import { expect, test } from 'vitest';
import { parseTimestamp } from './timestamp.js';

test.each([
  ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
  ['2026-01-01T00:00:00.250Z', Date.UTC(2026, 0, 1) + 250],
  ['2026-01-01T01:00:00+01:00', Date.UTC(2026, 0, 1)],
  ['2026-01-01 00:00:00Z', null],
  ['2026-01-01t00:00:00z', null],
  ['2026-01-01T00:00:00', null],
  ['2026-02-31T00:00:00Z', null],
  ['2026-13-01T00:00:00Z', null],
  ['2026-01-01T24:00:00Z', null],
  [5, null],
])('parseTimestamp(%j)', (value, expected) => {
  expect(parseTimestamp(value)).toBe(expected);
});
