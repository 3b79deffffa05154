import { describe, expect, it } from 'vitest';
import type { ModelSignature } from '../../contracts/training.js';
import { classAgreement, compareMetrics, valueAgreement, whyNotComparable } from './comparison.js';

function signatureOf(change: Partial<ModelSignature> = {}): ModelSignature {
  return {
    format: 1,
    task_type: 'classification',
    target: 'churn',
    classes: ['No', 'Yes'],
    positive_class: 'Yes',
    inputs: [],
    features: [{ name: 'age', kind: 'numeric', categories: null, minimum: null, maximum: null, missing_seen: false }],
    outputs: {},
    ...change,
  };
}

const file = { path: 'test.parquet', rowCount: 1, types: new Map([['age', 'DOUBLE']]) };

describe('whyNotComparable', () => {
  it.each<[string, Partial<ModelSignature>, RegExp | null]>([
    ['the same', {}, null],
    ['the same classes in another order', { classes: ['Yes', 'No'] }, null],
    ['another task', { task_type: 'regression' }, /regression/],
    ['another target', { target: 'plan' }, /"plan"/],
    ['other classes', { classes: ['0', '1'] }, /0, 1/],
    [
      'a feature that is gone',
      {
        features: [
          { name: 'city', kind: 'categorical', categories: null, minimum: null, maximum: null, missing_seen: true },
        ],
      },
      /city/,
    ],
  ])('%s', (_, change, expected) => {
    const reason = whyNotComparable(file, signatureOf(), signatureOf(change));
    expect(reason === null ? null : (expected ?? /never/).test(reason)).toBe(expected === null ? null : true);
  });
});

describe('compareMetrics', () => {
  it('has a difference only where both are known', () => {
    const { metrics } = compareMetrics('1.0.0', { a: 0.75, b: null, c: 1 }, { a: 0.5, b: 1 }, 0.5);
    expect(metrics).toEqual({
      a: { previous: 0.5, current: 0.75, difference: 0.25 },
      b: { previous: 1, current: null, difference: null },
      c: { previous: null, current: 1, difference: null },
    });
  });
});

describe('agreement', () => {
  it('counts the same classes', () => {
    expect(classAgreement([0, 1, 1, 0], [0, 1, 0, 0])).toBe(0.75);
    expect(classAgreement([], [])).toBeNull();
  });

  it("counts values within 1 % of the target's range", () => {
    expect(valueAgreement([0, 50, 100, 10], [1, 51.1, 100, 10], [0, 100, 50, 10])).toBe(0.75);
  });
});
