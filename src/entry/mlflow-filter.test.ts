import { describe, expect, it } from 'vitest';
import { readFilter, readOrder, type Searchable } from './mlflow-filter.js';

const run = (change: Partial<Searchable> = {}): Searchable => ({
  attributes: { run_id: 'r1', status: 'FINISHED', start_time: 1000, end_time: null },
  metrics: { f1_score: 0.6, 'cv.f1': 0.5 },
  params: { seed: '42' },
  tags: { chosen: 'true', 'mlflow.parentRunId': 'p-1' },
  ...change,
});

describe('readFilter', () => {
  it.each([
    ['', true],
    ['metrics.f1_score > 0.5', true],
    ['metrics.f1_score>0.6', false],
    ['metric.f1_score <= 6e-1 AND params.seed = "42"', true],
    ["params.seed != '42'", false],
    ["metrics.`cv.f1` = 0.5 and tags.mlflow.parentRunId = 'p-1'", true],
    ["status = 'FINISHED' AND attributes.start_time >= 1000", true],
    ['attributes.end_time > 0', false],
    ["tags.chosen LIKE 'tr%'", true],
    ["tags.chosen LIKE 'TR%'", false],
    ["tags.chosen ILIKE '_R%E'", true],
    ["run_id IN ('r0', 'r1')", true],
    ["run_id NOT IN ('r0', 'r1')", false],
    ["tags.absent != 'x'", false],
    ["tags.chosen = 'a AND b'", false],
  ])('%s is %s of a run', (text, answer) => {
    expect(readFilter(text)(run())).toBe(answer);
  });

  it.each([
    'metrics.f1 ~ 3',
    "tags.a = 'x' OR tags.b = 'y'",
    "tags.a = 'x' AND",
    'seed',
    "other.a = 'x'",
    'x'.repeat(3000),
  ])('refuses %s', (text) => {
    expect(() => readFilter(text)).toThrow('The filter cannot be read.');
  });

  it('names the attributes that there are', () => {
    expect(() => readFilter("owner = 'x'")(run())).toThrow(/owner.*run_id, status, start_time, end_time/);
  });

  it('reads a pattern with many wildcards at once', () => {
    const pattern = `${'%a'.repeat(500)}b`;
    expect(readFilter(`tags.long LIKE '${pattern}'`)(run({ tags: { long: 'a'.repeat(5000) } }))).toBe(false);
  });
});

describe('readOrder', () => {
  const low = run({ metrics: { f1_score: 0.1 } });
  const high = run({ metrics: { f1_score: 0.9 } });
  const none = run({ metrics: {} });
  it.each([
    ['metrics.f1_score', [low, high, none]],
    ['metrics.f1_score ASC', [low, high, none]],
    ['metrics.`f1_score` DESC', [high, low, none]],
  ])('sorts by %s, what has no value last', (order, expected) => {
    expect([none, high, low].toSorted(readOrder([order]))).toEqual(expected);
  });

  it('refuses what is no order', () => {
    expect(() => readOrder(['metrics.f1_score UP'])).toThrow('The order cannot be read.');
  });
});
