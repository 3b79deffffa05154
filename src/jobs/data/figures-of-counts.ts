import type { ColumnProfile } from '../../contracts/data.js';
import type { Row } from './engine.js';

/** A value of a column as text, and how many rows have it. */
export type ValueCount = ColumnProfile['top_values'][number];

/** Squares of larger values leave the range of a DOUBLE: they are left out of mean and deviation. */
export const largestSquared = 1e150;

interface Ends {
  /** Null: unknown, for a column without values. */
  q1: number | null;
  q3: number | null;
  /** 21 edges of 20 bins, or null. */
  edges: readonly number[] | null;
}

interface Weighted {
  value: number;
  count: number;
}

const sum = (values: readonly Weighted[], of: (value: number) => number) =>
  values.reduce((total, { value, count }) => total + of(value) * count, 0);

const outside = (values: readonly Weighted[], low: number, high: number) =>
  sum(values, (value) => (value < low || value > high ? 1 : 0));

/** Counts of the bins; a value on an edge belongs to the bin below it. */
function histogram(values: readonly Weighted[], edges: readonly number[]): number[] {
  const counts = edges.slice(1).map(() => 0);
  for (const { value, count } of values) {
    const bin = edges.findIndex((edge, index) => index > 0 && value <= edge) - 1;
    if (bin >= 0) counts[bin] = (counts[bin] ?? 0) + count;
  }
  return counts;
}

/** The figures of a column of numbers from all its distinct values, under the names that the queries over all rows give them. */
export function figuresOfCounts(counted: readonly ValueCount[], { q1, q3, edges }: Ends): Row {
  const values = counted.map(({ value, count }) => ({ value: Number(value), count }));
  const squared = values.filter(({ value }) => Math.abs(value) < largestSquared);
  const n = sum(squared, () => 1);
  const mean = n === 0 ? null : sum(squared, (value) => value) / n;
  const std = mean === null || n < 2 ? null : Math.sqrt(sum(squared, (value) => (value - mean) ** 2) / (n - 1));
  const reach = q1 === null || q3 === null ? null : 1.5 * (q3 - q1);
  return {
    mean,
    std,
    zero: sum(values, (value) => (value === 0 ? 1 : 0)),
    iqr: q1 === null || q3 === null || reach === null ? 0 : outside(values, q1 - reach, q3 + reach),
    z: mean === null || std === null || std <= 0 ? 0 : outside(values, mean - 3 * std, mean + 3 * std),
    hist: edges === null ? null : histogram(values, edges),
  };
}
