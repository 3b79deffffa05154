import type { GroupScorer } from './bias.js';
import { classificationScores } from './metrics/classification.js';
import { regressionScores } from './metrics/regression.js';
import type { ModelAnswers } from './predictions.js';

/**
 * The class whose prediction counts as "selected": the positive class; without one, the most frequent class of the truth
 * (majority against the rest), so that every classification has one rate a group.
 */
function favourableClass(truth: ArrayLike<number>, classCount: number, positive: number | null): number {
  if (positive !== null) return positive;
  const counts = Array.from({ length: classCount }, () => 0);
  for (let i = 0; i < truth.length; i++) counts[truth[i] ?? 0] = (counts[truth[i] ?? 0] ?? 0) + 1;
  return counts.indexOf(Math.max(...counts));
}

/** Scores groups of a classification; AUC and log loss are left to the whole split, groups are small. */
export function classificationScorer(
  truth: Float64Array,
  answers: ModelAnswers,
  classes: { classCount: number; positive: number | null },
): GroupScorer {
  const favourable = favourableClass(truth, classes.classCount, classes.positive);
  return {
    gapMetrics: ['accuracy', 'precision', 'recall'],
    selectionRate: (rows) => share(rows, (row) => answers.values[row] === favourable),
    metrics: (rows) => {
      const { metrics } = classificationScores({
        truth: pick(truth, rows),
        predicted: pick(answers.values, rows),
        probabilities: null,
        ...classes,
      });
      const { accuracy, precision, recall, f1_score } = metrics;
      return { accuracy, precision, recall, f1_score };
    },
  };
}

/** Scores groups of a regression: errors only, nobody is selected. */
export function regressionScorer(truth: Float64Array, answers: ModelAnswers): GroupScorer {
  return {
    gapMetrics: ['rmse', 'mae'],
    selectionRate: () => null,
    metrics: (rows) => ({ ...regressionScores(pick(truth, rows), pick(answers.values, rows)) }),
  };
}

function pick(values: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row] ?? Number.NaN);
}

function share(rows: Int32Array, isSelected: (row: number) => boolean): number | null {
  return rows.length === 0 ? null : rows.reduce((count, row) => count + (isSelected(row) ? 1 : 0), 0) / rows.length;
}
