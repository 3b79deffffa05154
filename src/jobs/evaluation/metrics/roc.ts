/** Points of a ROC curve from (0, 0) to (1, 1), by falling threshold. */
export interface RocCurve {
  falsePositiveRates: number[];
  truePositiveRates: number[];
  /** Area under the curve, ties counted half (Mann-Whitney). */
  auc: number;
}

/**
 * ROC curve of `scores` for "the row is of class `positive`": scikit-learn's `roc_curve` with `drop_intermediate=True`.
 * Null where it is undefined: no positive or no negative row, or a score that is NaN.
 */
export function rocCurve(truth: ArrayLike<number>, scores: ArrayLike<number>, positive: number): RocCurve | null {
  const counts = cumulativeCounts(truth, scores, positive);
  if (counts === null) return null;
  const { positives, negatives, truePositives, falsePositives } = counts;
  let doubledArea = 0;
  for (let i = 1; i < truePositives.length; i++) {
    const width = at(falsePositives, i) - at(falsePositives, i - 1);
    doubledArea += width * (at(truePositives, i) + at(truePositives, i - 1));
  }
  const corners = truePositives.map((_, i) => i).filter((i) => isCorner(truePositives, falsePositives, i));
  return {
    falsePositiveRates: corners.map((i) => at(falsePositives, i) / negatives),
    truePositiveRates: corners.map((i) => at(truePositives, i) / positives),
    auc: doubledArea / 2 / positives / negatives,
  };
}

interface Counts {
  positives: number;
  negatives: number;
  /** Rows with a score >= each distinct score, falling, after a leading 0. */
  truePositives: number[];
  falsePositives: number[];
}

/** Sorts the two classes' scores apart (typed arrays sort without a comparator: ten times faster) and merges them. */
function cumulativeCounts(truth: ArrayLike<number>, scores: ArrayLike<number>, positive: number): Counts | null {
  let positives = 0;
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] === positive) positives++;
    if (Number.isNaN(scores[i] ?? Number.NaN)) return null;
  }
  const negatives = truth.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const ofPositives = new Float64Array(positives);
  const ofNegatives = new Float64Array(negatives);
  for (let i = 0, p = 0, n = 0; i < truth.length; i++) {
    if (truth[i] === positive) ofPositives[p++] = scores[i] ?? 0;
    else ofNegatives[n++] = scores[i] ?? 0;
  }
  ofPositives.sort();
  ofNegatives.sort();
  const truePositives = [0];
  const falsePositives = [0];
  for (let p = positives - 1, n = negatives - 1; p >= 0 || n >= 0;) {
    const score = Math.max(p >= 0 ? at(ofPositives, p) : -Infinity, n >= 0 ? at(ofNegatives, n) : -Infinity);
    while (p >= 0 && ofPositives[p] === score) p--;
    while (n >= 0 && ofNegatives[n] === score) n--;
    truePositives.push(positives - 1 - p);
    falsePositives.push(negatives - 1 - n);
  }
  return { positives, negatives, truePositives, falsePositives };
}

/**
 * A point inside a straight run is dropped, as scikit-learn does: only where both second differences are zero. The leading
 * (0, 0) is ours and not part of that comparison, so the first threshold always stays; so does the last.
 */
function isCorner(truePositives: readonly number[], falsePositives: readonly number[], i: number): boolean {
  if (i <= 1 || i === truePositives.length - 1) return true;
  return secondDifference(truePositives, i) !== 0 || secondDifference(falsePositives, i) !== 0;
}

function secondDifference(values: readonly number[], i: number): number {
  return at(values, i + 1) - 2 * at(values, i) + at(values, i - 1);
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}

/**
 * One-against-rest AUC averaged over classes by support (scikit-learn: `multi_class='ovr', average='weighted'`). A class
 * without rows has no weight; null when a class that has rows has no curve. `probabilities` is [rows, classes], row-major.
 */
export function weightedOneVersusRestAuc(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classCount: number,
): number | null {
  let total = 0;
  for (let index = 0; index < classCount; index++) {
    const support = countOf(truth, index);
    if (support === 0) continue;
    const curve = rocCurve(truth, classColumn(probabilities, index, classCount), index);
    if (curve === null) return null;
    total += curve.auc * support;
  }
  return truth.length === 0 ? null : total / truth.length;
}

/** Column `index` of a row-major [rows, classes] array. */
export function classColumn(probabilities: ArrayLike<number>, index: number, classCount: number): Float64Array {
  const column = new Float64Array(probabilities.length / classCount);
  for (let row = 0; row < column.length; row++) column[row] = at(probabilities, row * classCount + index);
  return column;
}

function countOf(values: ArrayLike<number>, wanted: number): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === wanted) count++;
  return count;
}

/** At most `limit` points, evenly along the curve, first and last kept: what a report can carry and an eye can see. */
export function thinCurve(curve: RocCurve, limit: number): RocCurve {
  const { falsePositiveRates: x, truePositiveRates: y } = curve;
  if (x.length <= limit) return curve;
  // x + y grows along a ROC curve, so equal steps of it are equal steps along the curve.
  const kept: number[] = [];
  for (let i = 0; i < x.length - 1; i++) {
    const along = (at(x, i) + at(y, i)) / 2;
    if (along >= kept.length / (limit - 1)) kept.push(i);
  }
  kept.push(x.length - 1);
  return {
    falsePositiveRates: kept.map((i) => at(x, i)),
    truePositiveRates: kept.map((i) => at(y, i)),
    auc: curve.auc,
  };
}
