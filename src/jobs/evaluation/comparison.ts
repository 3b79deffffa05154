import type { EvaluationResults } from '../../contracts/evaluation.js';
import type { ModelSignature } from '../../contracts/training.js';
import type { ParquetFile } from './parquet.js';
import { missingFeatures } from './select-columns.js';

export type Comparison = NonNullable<EvaluationResults['comparison']>;
type MetricValues = Record<string, number | null>;

/** Why the version in service cannot answer for these rows, or null when it can. */
export function whyNotComparable(file: ParquetFile, current: ModelSignature, previous: ModelSignature): string | null {
  if (current.task_type !== previous.task_type) return `it is a ${previous.task_type} model`;
  if (current.target !== previous.target) return `its target is "${previous.target}"`;
  const absent = missingFeatures(file, previous);
  if (absent.length > 0) return `it needs features that the test rows do not have: ${absent.slice(0, 10).join(', ')}`;
  const ours = [...(current.classes ?? [])].sort().join('\u0000');
  const theirs = [...(previous.classes ?? [])].sort().join('\u0000');
  return ours === theirs ? null : `its classes are ${(previous.classes ?? []).slice(0, 20).join(', ')}`;
}

/** Both versions' metrics on the same rows; `difference` = current - previous. */
export function compareMetrics(
  version: string,
  current: MetricValues,
  previous: MetricValues,
  agreement: number | null,
): Comparison {
  const metrics = Object.fromEntries(
    Object.entries(current).map(([name, value]) => {
      const before = previous[name] ?? null;
      return [
        name,
        { previous: before, current: value, difference: value === null || before === null ? null : value - before },
      ];
    }),
  );
  return { previous_version: version, metrics, agreement };
}

/** Share of rows with the same class. */
export function classAgreement(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  return shareOfRows(a, (value, row) => value === b[row]);
}

/** Share of rows on which two regressions differ by at most 1 % of the target's range. */
export function valueAgreement(a: ArrayLike<number>, b: ArrayLike<number>, truth: ArrayLike<number>): number | null {
  let low = Infinity;
  let high = -Infinity;
  for (let row = 0; row < truth.length; row++) {
    low = Math.min(low, truth[row] ?? Number.NaN);
    high = Math.max(high, truth[row] ?? Number.NaN);
  }
  const tolerance = (high - low) / 100;
  return shareOfRows(a, (value, row) => Math.abs(value - (b[row] ?? Number.NaN)) <= tolerance);
}

function shareOfRows(values: ArrayLike<number>, agrees: (value: number, row: number) => boolean): number | null {
  let count = 0;
  for (let row = 0; row < values.length; row++) if (agrees(values[row] ?? Number.NaN, row)) count++;
  return values.length === 0 ? null : count / values.length;
}
