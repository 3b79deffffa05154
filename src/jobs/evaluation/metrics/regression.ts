/** Error metrics of a regression; each null without rows or with a value that is not finite. */
export interface RegressionScores {
  /** Root mean squared error, in the target's unit. */
  rmse: number | null;
  /** Mean absolute error, in the target's unit. */
  mae: number | null;
  /** 1 - residual sum of squares / total sum of squares; null when the target does not vary. */
  r2: number | null;
  /** Mean of |error| / max(|truth|, eps), a share (0.1 = 10 %); scikit-learn's definition, so a zero in the truth makes it huge. */
  mape: number | null;
}

/** Scores of predictions against the truth, as scikit-learn defines them. */
export function regressionScores(truth: ArrayLike<number>, predicted: ArrayLike<number>): RegressionScores {
  const rows = truth.length;
  let squares = 0;
  let absolutes = 0;
  let shares = 0;
  const mean = average(truth);
  let deviations = 0;
  for (let i = 0; i < rows; i++) {
    const value = truth[i] ?? Number.NaN;
    const error = value - (predicted[i] ?? Number.NaN);
    squares += error * error;
    absolutes += Math.abs(error);
    shares += Math.abs(error) / Math.max(Math.abs(value), Number.EPSILON);
    deviations += (value - mean) ** 2;
  }
  return {
    rmse: finite(Math.sqrt(squares / rows)),
    mae: finite(absolutes / rows),
    // Of a target that does not vary scikit-learn says 0 or 1; nothing was explained, so nothing is said here.
    r2: deviations === 0 ? null : finite(1 - squares / deviations),
    mape: finite(shares / rows),
  };
}

function average(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? Number.NaN;
  return total / values.length;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
