import type { ColumnProfile, ColumnType } from '../../contracts/data.js';
import { columnType } from '../../contracts/data.js';
import { kindOf } from './column-kind.js';
import { countOf, numberOf, type DataEngine, type Row } from './engine.js';
import { identifier, text } from './sql.js';

/** Up to this many rows figures are exact; beyond, distinct counts are estimates and quartiles those of evenly spaced rows. */
const exactRows = 1_000_000;
const sampleRows = 200_000;
const bins = 20;
const topLimit = 100;
const columnsAQuery = 40;

interface Column {
  name: string;
  type: ColumnType;
  index: number;
}

interface Scan {
  engine: DataEngine;
  /** SQL of the Parquet file. */
  from: string;
  /** SQL of the rows that quartiles are taken of. */
  sample: string;
  rows: number;
  exact: boolean;
}

const isNumeric = (column: Column) => column.type === 'BIGINT' || column.type === 'DOUBLE';
const isTime = (column: Column) => column.type === 'DATE' || column.type === 'TIMESTAMP';

/** One row of aggregates over all columns, asked for in portions so that wide files stay in bounds. */
async function aggregate(
  scan: Scan,
  from: string,
  columns: readonly Column[],
  sql: (column: Column) => string[],
): Promise<Row> {
  let merged: Row = {};
  for (let start = 0; start < columns.length; start += columnsAQuery) {
    const parts = columns.slice(start, start + columnsAQuery).flatMap(sql);
    if (parts.length > 0) merged = { ...merged, ...(await scan.engine.one(`SELECT ${parts.join(', ')} FROM ${from}`)) };
  }
  return merged;
}

function basics(scan: Scan): (column: Column) => string[] {
  return (column) => {
    const name = identifier(column.name);
    const as = (sql: string, suffix: string) => `${sql} AS c${column.index}_${suffix}`;
    const distinct = scan.exact ? `count(DISTINCT ${name})` : `approx_count_distinct(${name})`;
    const parts = [as(`count(${name})`, 'n'), as(distinct, 'distinct')];
    if (isNumeric(column)) {
      // Squares of larger values leave the range of a DOUBLE, and DuckDB then refuses the whole query.
      const bounded = `CASE WHEN abs(${name}) < 1e150 THEN ${name} END`;
      parts.push(as(`min(${name})`, 'min'), as(`max(${name})`, 'max'), as(`avg(${bounded})`, 'mean'));
      parts.push(as(`stddev_samp(${bounded})`, 'std'), as(`count(*) FILTER (${name} = 0)`, 'zero'));
    }
    if (isTime(column))
      parts.push(as(`CAST(min(${name}) AS VARCHAR)`, 'min'), as(`CAST(max(${name}) AS VARCHAR)`, 'max'));
    return parts;
  };
}

/** Figures of which a sample is enough. */
function sampled(column: Column): string[] {
  const name = identifier(column.name);
  const as = (sql: string, suffix: string) => `${sql} AS c${column.index}_${suffix}`;
  if (isNumeric(column)) {
    return [0.25, 0.5, 0.75].map((share, index) =>
      as(`quantile_cont(CAST(${name} AS DOUBLE), ${share})`, `q${index + 1}`),
    );
  }
  if (column.type !== 'VARCHAR') return [];
  const length = as(`avg(length(${name}))`, 'length');
  return [length, as(`count(*) FILTER (TRY_CAST(${name} AS DOUBLE) IS NOT NULL) / nullif(count(${name}), 0)`, 'like')];
}

function edgesOf(min: number | null, max: number | null): number[] | null {
  if (min === null || max === null || !(max > min) || !Number.isFinite(max - min)) return null;
  const edges = Array.from({ length: bins + 1 }, (_, index) =>
    index === bins ? max : min + ((max - min) * index) / bins,
  );
  const rising = edges.every((edge, index) => index === 0 || edge > (edges[index - 1] ?? edge));
  return rising ? edges : null;
}

/** Bounds as DOUBLE: beside a plain literal DuckDB compares whole numbers as decimals of 128 bits, at a third of the speed. */
function outside(name: string, low: number, high: number): string {
  return `count(*) FILTER (${name} < (${low})::DOUBLE OR ${name} > (${high})::DOUBLE)`;
}

/** Counts that need the first pass: outliers, and the histogram between minimum and maximum. */
function spread(first: Row): (column: Column) => string[] {
  return (column) => {
    const of = (suffix: string) => numberOf(first, `c${column.index}_${suffix}`);
    const name = identifier(column.name);
    const [q1, q3, mean, std] = [of('q1'), of('q3'), of('mean'), of('std')];
    const parts: string[] = [];
    if (q1 !== null && q3 !== null) {
      const reach = 1.5 * (q3 - q1);
      parts.push(`${outside(name, q1 - reach, q3 + reach)} AS c${column.index}_iqr`);
    }
    if (mean !== null && std !== null && std > 0) {
      parts.push(`${outside(name, mean - 3 * std, mean + 3 * std)} AS c${column.index}_z`);
    }
    const edges = edgesOf(of('min'), of('max'));
    if (edges !== null) {
      const upper = edges.slice(1).map((edge) => `(${edge})::DOUBLE`);
      parts.push(`map_values(histogram(CAST(${name} AS DOUBLE), [${upper.join(', ')}])) AS c${column.index}_hist`);
    }
    return parts;
  };
}

async function topValues(scan: Scan, column: Column, distinct: number): Promise<ColumnProfile['top_values']> {
  const few = isNumeric(column) || isTime(column) ? topLimit : 50_000;
  if (distinct === 0 || distinct > few * 1.1) return [];
  const name = identifier(column.name);
  const rows = await scan.engine.all(
    `SELECT CAST(${name} AS VARCHAR) AS value, count(*) AS n FROM ${scan.from} WHERE ${name} IS NOT NULL GROUP BY ALL ORDER BY n DESC, value LIMIT ${topLimit}`,
  );
  return rows.map((row) => ({ value: String(row['value']), count: countOf(row, 'n') }));
}

function numericOf(scan: Scan, column: Column, figures: Row): ColumnProfile['numeric'] {
  const of = (suffix: string) => numberOf(figures, `c${column.index}_${suffix}`);
  const edges = edgesOf(of('min'), of('max'));
  const counts = figures[`c${column.index}_hist`];
  const present = of('n') ?? 0;
  return {
    mean: of('mean'),
    std: of('std'),
    q1: of('q1'),
    median: of('q2'),
    q3: of('q3'),
    quartiles_exact: scan.exact,
    zero_ratio: present === 0 ? 0 : (of('zero') ?? 0) / present,
    outliers_iqr: of('iqr') ?? 0,
    outliers_zscore: of('z') ?? 0,
    histogram: edges === null || !Array.isArray(counts) ? null : { edges, counts: counts.slice(0, bins).map(Number) },
  };
}

async function describe(scan: Scan, column: Column, figures: Row): Promise<ColumnProfile> {
  const of = (suffix: string) => numberOf(figures, `c${column.index}_${suffix}`);
  const present = of('n') ?? 0;
  const missing = scan.rows - present;
  // An estimate can exceed what is possible.
  const estimate = Math.min(of('distinct') ?? 0, present);
  const top = await topValues(scan, column, estimate);
  const counted = top.length > 0 && top.length < topLimit;
  const distinct = counted ? top.length : estimate;
  const bound = (suffix: string) =>
    isTime(column) ? (figures[`c${column.index}_${suffix}`] ?? null) : isNumeric(column) ? of(suffix) : null;
  const ends = { min: bound('min'), max: bound('max') };
  const facts = {
    name: column.name,
    type: column.type,
    missing,
    distinct,
    min: ends.min === null ? null : isTime(column) ? String(ends.min) : Number(ends.min),
    max: ends.max === null ? null : isTime(column) ? String(ends.max) : Number(ends.max),
    mean_length: of('length'),
  };
  return {
    ...facts,
    kind: kindOf({ ...facts, rows: scan.rows }),
    missing_ratio: scan.rows === 0 ? 0 : missing / scan.rows,
    distinct_exact: scan.exact || counted,
    constant: distinct <= 1,
    numeric: isNumeric(column) ? numericOf(scan, column, figures) : null,
    top_values: top,
    numeric_like_ratio: of('like'),
  };
}

/** Names and types of a Parquet file of ours. */
export async function columnsOf(engine: DataEngine, path: string): Promise<{ name: string; type: ColumnType }[]> {
  const rows = await engine.all(`DESCRIBE SELECT * FROM read_parquet(${text(path)})`);
  return rows.map((row) => ({ name: String(row['column_name']), type: columnType.parse(row['column_type']) }));
}

/** Rows that are equal to an earlier one in every column, told by a 64-bit hash (one wrong pair in 10^5 files of ten million rows). */
export async function countDuplicates(
  engine: DataEngine,
  path: string,
  columns: readonly { name: string }[],
): Promise<number> {
  const names = columns.map(({ name }) => identifier(name)).join(', ');
  // Groups spill to disk, a DISTINCT aggregate would not.
  const groups = `SELECT count(*) AS n FROM read_parquet(${text(path)}) GROUP BY hash(${names})`;
  return countOf(await engine.one(`SELECT sum(n) - count(*) AS n FROM (${groups})`), 'n');
}

/** Statistics of every column of a Parquet file of ours; `onStep` hears the share done, 0..1. */
export async function profileColumns(
  engine: DataEngine,
  path: string,
  rows: number,
  onStep: (share: number) => void = () => undefined,
): Promise<ColumnProfile[]> {
  const columns = (await columnsOf(engine, path)).map((column, index) => ({ ...column, index }));
  const from = `read_parquet(${text(path)})`;
  const step = rows <= exactRows ? 1 : Math.ceil(rows / sampleRows);
  const sample =
    step <= 1
      ? from
      : `(SELECT * FROM read_parquet(${text(path)}, file_row_number = true) WHERE file_row_number % ${step} = 0)`;
  const scan: Scan = { engine, from, sample, rows, exact: step <= 1 };
  const first = await aggregate(scan, from, columns, basics(scan));
  onStep(0.4);
  const quartiles = { ...first, ...(await aggregate(scan, sample, columns, sampled)) };
  onStep(0.6);
  const figures = { ...quartiles, ...(await aggregate(scan, from, columns.filter(isNumeric), spread(quartiles))) };
  onStep(0.8);
  const profiles: ColumnProfile[] = [];
  for (const column of columns) profiles.push(await describe(scan, column, figures));
  return profiles;
}
