import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classificationScores } from './classification.js';
import { confusionMatrix } from './confusion.js';
import { regressionScores } from './regression.js';
import { rocCurve, thinCurve } from './roc.js';

describe('classificationScores', () => {
  it('has no metric without rows', () => {
    const { metrics } = classificationScores({
      truth: [],
      predicted: [],
      probabilities: [],
      classCount: 2,
      positive: 1,
    });
    expect(Object.values(metrics)).toEqual([null, null, null, null, null, null]);
    const weighted = classificationScores({
      truth: [],
      predicted: [],
      probabilities: [],
      classCount: 2,
      positive: null,
    });
    expect(Object.values(weighted.metrics)).toEqual([null, null, null, null, null, null]);
  });

  it('has neither AUC nor log loss when a probability is not a number', () => {
    const { metrics } = classificationScores({
      truth: [0, 1],
      predicted: [0, 1],
      probabilities: [0.9, 0.1, Number.NaN, Number.NaN],
      classCount: 2,
      positive: 1,
    });
    expect(metrics).toMatchObject({ accuracy: 1, auc_roc: null, log_loss: null });
  });

  it('refuses a class that the model does not have', () => {
    expect(() => confusionMatrix([0, 2], [0, 1], 2)).toThrow(/Row 1/);
  });
});

describe('regressionScores', () => {
  it.each([
    ['no rows', [], []],
    ['a prediction that is not a number', [1, 2], [1, Number.NaN]],
    ['an infinite prediction', [1, 2], [1, Infinity]],
  ])('is null for %s', (_, truth, predicted) => {
    expect(regressionScores(truth, predicted)).toEqual({ rmse: null, mae: null, r2: null, mape: null });
  });
});

describe('rocCurve', () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 9 })), {
    minLength: 2,
    maxLength: 60,
  });

  it('has the area that counting pairs gives, ties half', () => {
    fc.assert(
      fc.property(rows, (pairs) => {
        const curve = rocCurve(
          pairs.map((pair) => pair[0]),
          pairs.map((pair) => pair[1]),
          1,
        );
        const positives = pairs.filter((pair) => pair[0] === 1);
        const negatives = pairs.filter((pair) => pair[0] === 0);
        let wins = 0;
        for (const [, p] of positives) for (const [, n] of negatives) wins += p > n ? 1 : p === n ? 0.5 : 0;
        const defined = positives.length > 0 && negatives.length > 0;
        const expected = defined ? wins / positives.length / negatives.length : -1;
        expect(curve?.auc ?? -1).toBeCloseTo(expected, 12);
      }),
    );
  });

  it('rises from (0, 0) to (1, 1), thinned or not', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 2, max: 8 }), (pairs, limit) => {
        const full = rocCurve(
          pairs.map((pair) => pair[0]),
          pairs.map((pair) => pair[1]),
          1,
        );
        if (full === null) return;
        for (const curve of [full, thinCurve(full, limit)]) {
          const { falsePositiveRates: x, truePositiveRates: y } = curve;
          expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([0, 0, 1, 1]);
          x.forEach((value, i) => expect(value).toBeGreaterThanOrEqual(x[i - 1] ?? 0));
          y.forEach((value, i) => expect(value).toBeGreaterThanOrEqual(y[i - 1] ?? 0));
        }
        expect(thinCurve(full, limit).falsePositiveRates.length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});
