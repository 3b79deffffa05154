import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { classificationScores } from './classification.js';
import { regressionScores } from './regression.js';

const number = z.number().nullable();
const curve = z.object({ fpr: z.array(z.number()), tpr: z.array(z.number()), auc: z.number() }).nullable();
const golden = z
  .object({
    scikit_learn: z.string(),
    classification: z.array(
      z.object({
        name: z.string(),
        truth: z.array(z.number()),
        predicted: z.array(z.number()),
        probabilities: z.array(z.number()),
        class_count: z.number(),
        positive: number,
        expected: z.object({
          accuracy: number,
          precision: number,
          recall: number,
          f1_score: number,
          auc_roc: number,
          log_loss: number,
          classes: z.array(z.record(z.string(), z.number())),
          confusion_matrix: z.array(z.array(z.number())),
          curves: z.array(curve),
        }),
      }),
    ),
    regression: z.array(
      z.object({
        name: z.string(),
        truth: z.array(z.number()),
        predicted: z.array(z.number()),
        expected: z.record(z.string(), number),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('fixtures/golden.json', import.meta.url), 'utf8')));

type Figure = number | null | undefined;

/** What is not equal to 1e-9 (relative where the figure is large); null only equals null. */
function differences(figures: [string, Figure, Figure][]): string[] {
  return figures
    .filter(([, actual, expected]) => {
      if (typeof actual !== 'number' || typeof expected !== 'number') return (actual ?? null) !== (expected ?? null);
      return !(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)));
    })
    .map(([what, actual, expected]) => `${what}: ${actual} against ${expected}`);
}

describe('metrics against scikit-learn', () => {
  it.each(golden.classification.map((one) => [one.name, one] as const))('classification: %s', (_, one) => {
    const scores = classificationScores({ ...one, classCount: one.class_count });
    const { expected } = one;
    const { metrics } = scores;
    // The one place where we say null and scikit-learn 0: recall of a class that has no row.
    const noPositives = one.positive !== null && !one.truth.includes(one.positive);
    const figures: [string, Figure, Figure][] = [
      ['accuracy', metrics.accuracy, expected.accuracy],
      ['precision', metrics.precision, expected.precision],
      ['recall', metrics.recall, noPositives ? null : expected.recall],
      ['f1_score', metrics.f1_score, noPositives ? null : expected.f1_score],
      ['auc_roc', metrics.auc_roc, expected.auc_roc],
      ['log_loss', metrics.log_loss, expected.log_loss],
      ['curves', scores.curves.length, expected.curves.length],
    ];
    scores.classes.forEach((actual, index) => {
      for (const key of ['precision', 'recall', 'f1_score', 'support'] as const) {
        figures.push([`class ${index} ${key}`, actual[key], expected.classes[index]?.[key]]);
      }
    });
    scores.curves.forEach(({ curve: actual }, index) => {
      const wanted = expected.curves[index];
      figures.push([`points of curve ${index}`, actual?.falsePositiveRates.length, wanted?.fpr.length]);
      figures.push([`area of curve ${index}`, actual?.auc, wanted?.auc]);
      wanted?.fpr.forEach((x, at) => figures.push([`fpr ${at} of curve ${index}`, actual?.falsePositiveRates[at], x]));
      wanted?.tpr.forEach((y, at) => figures.push([`tpr ${at} of curve ${index}`, actual?.truePositiveRates[at], y]));
    });
    expect(differences(figures)).toEqual([]);
    expect(scores.confusion).toEqual(expected.confusion_matrix);
  });

  it.each(golden.regression.map((one) => [one.name, one] as const))('regression: %s', (_, one) => {
    const scores = regressionScores(one.truth, one.predicted);
    const keys = ['rmse', 'mae', 'r2', 'mape'] as const;
    expect(differences(keys.map((key) => [key, scores[key], one.expected[key]]))).toEqual([]);
  });
});
