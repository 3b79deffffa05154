import type { ColumnType } from '../../contracts/data.js';
import { numberOf, type Row } from './engine.js';
import { largestSquared } from './figures-of-counts.js';
import { identifier } from './sql.js';

const bins = 20;

/** A column of the file; its figures are named `c{index}_{figure}`. */
export interface Column {
  name: string;
  type: ColumnType;
  index: number;
}

/** Whole numbers and quantities. */
export const isNumeric = (column: Column) => column.type === 'BIGINT' || column.type === 'DOUBLE';
/** Dates and times. */
export const isTime = (column: Column) => column.type === 'DATE' || column.type === 'TIMESTAMP';

/** A figure of a column; null when there is none. */
export const figure = (row: Row, column: Column, suffix: string) => numberOf(row, `c${column.index}_${suffix}`);

/** Minimum and maximum; asked for alone, DuckDB answers from the statistics of the file without reading it. */
export function ends(column: Column): Record<string, string> {
  const name = identifier(column.name);
  if (isNumeric(column)) return { min: `min(${name})`, max: `max(${name})` };
  if (!isTime(column)) return {};
  return { min: `CAST(min(${name}) AS VARCHAR)`, max: `CAST(max(${name}) AS VARCHAR)` };
}

/** Figures of which a sample is enough; `few` only chooses the way in which values are counted. */
export function sampled(column: Column): Record<string, string> {
  const name = identifier(column.name);
  const few = `approx_count_distinct(${name})`;
  // One call for all three: each call sorts.
  if (isNumeric(column)) return { few, quartiles: `quantile_cont(CAST(${name} AS DOUBLE), [0.25, 0.5, 0.75])` };
  if (column.type !== 'VARCHAR') return { few };
  const like = `count(*) FILTER (TRY_CAST(${name} AS DOUBLE) IS NOT NULL) / nullif(count(${name}), 0)`;
  return { few, length: `avg(length(${name}))`, like };
}

/** First quartile, median and third quartile, as `sampled` asked for them. */
export function quartilesOf(figures: Row, column: Column): (number | null)[] {
  const found = figures[`c${column.index}_quartiles`];
  return Array.isArray(found) ? found.map((value) => (value === null ? null : Number(value))) : [null, null, null];
}

/** Edges of 20 equal bins between two ends; null where there is no range or none that a DOUBLE can divide. */
export function edgesOf(min: number | null, max: number | null): number[] | null {
  if (min === null || max === null || !(max > min) || !Number.isFinite(max - min)) return null;
  const edges = Array.from({ length: bins + 1 }, (_, index) =>
    index === bins ? max : min + ((max - min) * index) / bins,
  );
  const rising = edges.every((edge, index) => index === 0 || edge > (edges[index - 1] ?? edge));
  return rising ? edges : null;
}

/**
 * SQL that counts the values below `low` or above `high`; {} where the ends of the column say that there are none. Bounds as DOUBLE:
 * beside a plain literal DuckDB compares whole numbers as decimals of 128 bits, at a third of the speed.
 */
function outside(column: Column, figures: Row, suffix: string, low: number, high: number): Record<string, string> {
  const name = identifier(column.name);
  const [min, max] = [figure(figures, column, 'min'), figure(figures, column, 'max')];
  const sides: string[] = [];
  if (min !== null && min < low) sides.push(`${name} < (${low})::DOUBLE`);
  if (max !== null && max > high) sides.push(`${name} > (${high})::DOUBLE`);
  return sides.length === 0 ? {} : { [suffix]: `count(*) FILTER (${sides.join(' OR ')})` };
}

/** SQL of the figures of numbers that every value is read for; `figures` are those of `ends` and `sampled`. */
export function numericFigures(column: Column, figures: Row): Record<string, string> {
  const name = identifier(column.name);
  const [min, max] = [figure(figures, column, 'min'), figure(figures, column, 'max')];
  const [q1, , q3] = quartilesOf(figures, column);
  const parts: Record<string, string> = {};
  // DuckDB would refuse the whole query.
  const large = Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0)) >= largestSquared;
  const bounded = large ? `CASE WHEN abs(${name}) < ${largestSquared} THEN ${name} END` : name;
  Object.assign(parts, { mean: `avg(${bounded})`, std: `stddev_samp(${bounded})` });
  if (min !== null && max !== null && min <= 0 && max >= 0) parts['zero'] = `count(*) FILTER (${name} = 0)`;
  if (typeof q1 === 'number' && typeof q3 === 'number') {
    const reach = 1.5 * (q3 - q1);
    Object.assign(parts, outside(column, figures, 'iqr', q1 - reach, q3 + reach));
  }
  const edges = edgesOf(min, max);
  if (edges !== null) {
    const upper = edges.slice(1).map((edge) => `(${edge})::DOUBLE`);
    parts['hist'] = `map_values(histogram(CAST(${name} AS DOUBLE), [${upper.join(', ')}]))`;
  }
  return parts;
}

/** SQL that counts the values more than three standard deviations from the mean, which must be known. */
export function beyondThreeDeviations(figures: Row): (column: Column) => Record<string, string> {
  return (column) => {
    const [mean, std] = [figure(figures, column, 'mean'), figure(figures, column, 'std')];
    if (mean === null || std === null || std <= 0) return {};
    return outside(column, figures, 'z', mean - 3 * std, mean + 3 * std);
  };
}
