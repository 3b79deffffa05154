/**
 * Mean negative log-likelihood of the true classes; probabilities are clipped to [eps, 1 - eps] with the machine epsilon of
 * float64, as scikit-learn's `log_loss` does for float64 input. `probabilities` is [rows, classes], row-major; null without
 * rows or with a NaN.
 */
export function logLoss(truth: ArrayLike<number>, probabilities: ArrayLike<number>, classCount: number): number | null {
  if (truth.length === 0) return null;
  let total = 0;
  for (let row = 0; row < truth.length; row++) {
    const probability = probabilities[row * classCount + (truth[row] ?? Number.NaN)] ?? Number.NaN;
    total -= Math.log(Math.min(Math.max(probability, Number.EPSILON), 1 - Number.EPSILON));
  }
  return Number.isFinite(total) ? total / truth.length : null;
}
