/** Counts of (true class, predicted class): `matrix[truth][predicted]`, both indices into the model's class list. */
export function confusionMatrix(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
): number[][] {
  const matrix = Array.from({ length: classCount }, () => Array.from({ length: classCount }, () => 0));
  for (let i = 0; i < truth.length; i++) {
    const row = matrix[truth[i] ?? -1];
    const at = predicted[i] ?? -1;
    if (row?.[at] === undefined)
      throw new RangeError(`Row ${i}: class ${truth[i]} or ${predicted[i]} is not one of 0..${classCount - 1}.`);
    row[at]++;
  }
  return matrix;
}

/** Precision, recall and F1 of one class; 0 where the denominator is 0 (scikit-learn's `zero_division=0`). */
export interface ClassScores {
  precision: number;
  recall: number;
  f1_score: number;
  /** Rows whose true class it is. */
  support: number;
}

/** Scores of each class from its row and column sums in the confusion matrix. */
export function classScores(matrix: readonly (readonly number[])[]): ClassScores[] {
  return matrix.map((row, index) => {
    const hits = row[index] ?? 0;
    const support = sum(row);
    const predicted = sum(matrix.map((other) => other[index] ?? 0));
    return {
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1_score: ratio(2 * hits, support + predicted),
      support,
    };
  });
}

/** Mean over classes weighted by support; null without rows. */
export function weightedScores(
  scores: readonly ClassScores[],
): Record<'precision' | 'recall' | 'f1_score', number> | null {
  const rows = sum(scores.map((score) => score.support));
  if (rows === 0) return null;
  const mean = (key: 'precision' | 'recall' | 'f1_score') =>
    sum(scores.map((score) => score[key] * score.support)) / rows;
  return { precision: mean('precision'), recall: mean('recall'), f1_score: mean('f1_score') };
}

/** Share of rows on the diagonal; null without rows. */
export function accuracy(matrix: readonly (readonly number[])[]): number | null {
  const rows = sum(matrix.map((row) => sum(row)));
  return rows === 0 ? null : sum(matrix.map((row, index) => row[index] ?? 0)) / rows;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}
