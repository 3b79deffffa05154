import type { ColumnProfile, ColumnType } from '../../contracts/data.js';
import { columnType } from '../../contracts/data.js';
import { kindOf } from './column-kind.js';
import { countOf, type DataEngine, type Row } from './engine.js';
import {
  beyondThreeDeviations,
  edgesOf,
  ends,
  figure,
  isNumeric,
  isTime,
  numericFigures,
  quartilesOf,
  sampled,
  type Column,
} from './figure-queries.js';
import { figuresOfCounts, type ValueCount } from './figures-of-counts.js';
import { identifier, text } from './sql.js';

/** Up to this many rows figures are exact; beyond, distinct counts are estimates and quartiles those of evenly spaced rows. */
const exactRows = 1_000_000;
const sampleRows = 200_000;
const topLimit = 100;
/** Columns of up to this many values are read once, to count them, when rows are very many: every figure follows from that. */
const countLimit = 20_000;
const columnsAQuery = 40;
/** Estimates of distinct values are up to this much too high. */
const estimateReach = 1.1;

interface Scan {
  engine: DataEngine;
  /** SQL of the Parquet file. */
  from: string;
  /** SQL of the rows that quartiles are taken of. */
  sample: string;
  rows: number;
  exact: boolean;
}

/** One row of aggregates over all columns, asked for in portions so that wide files stay in bounds. */
async function aggregate(
  scan: Scan,
  from: string,
  columns: readonly Column[],
  sql: (column: Column) => Record<string, string>,
): Promise<Row> {
  let merged: Row = {};
  for (let start = 0; start < columns.length; start += columnsAQuery) {
    const parts = columns
      .slice(start, start + columnsAQuery)
      .flatMap((column) =>
        Object.entries(sql(column)).map(([suffix, part]) => `${part} AS c${column.index}_${suffix}`),
      );
    if (parts.length > 0) merged = { ...merged, ...(await scan.engine.one(`SELECT ${parts.join(', ')} FROM ${from}`)) };
  }
  return merged;
}

/**
 * SQL that counts the different values of a column, or null where they can only be estimated: exact for few rows, and for whole numbers
 * that lie close enough to have a bit each. So a row number is told from a quantity at any size.
 */
function exactDistinct(scan: Scan, column: Column, figures: Row): string | null {
  const name = identifier(column.name);
  if (scan.exact) return `count(DISTINCT ${name})`;
  const [min, max] = [figure(figures, column, 'min'), figure(figures, column, 'max')];
  if (column.type !== 'BIGINT' || !Number.isSafeInteger(min) || !Number.isSafeInteger(max)) return null;
  const span = Number(max) - Number(min);
  return span < 2 * scan.rows ? `bit_count(bitstring_agg(${name}, (${min})::BIGINT, (${max})::BIGINT))` : null;
}

/** What every value is read for. */
function basics(scan: Scan, figures: Row) {
  return (column: Column): Record<string, string> => {
    const name = identifier(column.name);
    return {
      n: `count(${name})`,
      distinct: exactDistinct(scan, column, figures) ?? `approx_count_distinct(${name})`,
      ...(isNumeric(column) ? numericFigures(column, figures) : {}),
    };
  };
}

/** The most frequent values of a column, at most `limit`. */
async function topValues(scan: Scan, column: Column, limit: number): Promise<ValueCount[]> {
  const name = identifier(column.name);
  const rows = await scan.engine.all(
    `SELECT CAST(found AS VARCHAR) AS value, n FROM (SELECT ${name} AS found, count(*) AS n FROM ${scan.from} WHERE ${name} IS NOT NULL GROUP BY found) ORDER BY n DESC, value LIMIT ${limit}`,
  );
  return rows.map((row) => ({ value: String(row['value']), count: countOf(row, 'n') }));
}

/** Counts the values of the columns that seem to have few; those that do have few are answered, all their values with them. */
async function countFew(scan: Scan, columns: readonly Column[], figures: Row): Promise<Map<Column, ValueCount[]>> {
  const counted = new Map<Column, ValueCount[]>();
  const limit = scan.exact ? topLimit : countLimit;
  for (const column of columns) {
    if ((figure(figures, column, 'few') ?? 0) > limit * estimateReach) continue;
    const values = await topValues(scan, column, limit);
    if (values.length < limit) counted.set(column, values);
  }
  return counted;
}

/** The figures of the counted columns. */
function countedFigures(counted: ReadonlyMap<Column, readonly ValueCount[]>, figures: Row): Row {
  const merged: Row = {};
  for (const [column, values] of counted) {
    const [q1 = null, , q3 = null] = quartilesOf(figures, column);
    const edges = edgesOf(figure(figures, column, 'min'), figure(figures, column, 'max'));
    const found: Row = {
      n: values.reduce((sum, { count }) => sum + count, 0),
      distinct: values.length,
      ...(isNumeric(column) ? figuresOfCounts(values, { q1, q3, edges }) : {}),
    };
    for (const [suffix, value] of Object.entries(found)) merged[`c${column.index}_${suffix}`] = value;
  }
  return merged;
}

function numericOf(scan: Scan, column: Column, figures: Row): ColumnProfile['numeric'] {
  const of = (suffix: string) => figure(figures, column, suffix);
  const edges = edgesOf(of('min'), of('max'));
  const counts = figures[`c${column.index}_hist`];
  const [q1 = null, median = null, q3 = null] = quartilesOf(figures, column);
  const present = of('n') ?? 0;
  return {
    mean: of('mean'),
    std: of('std'),
    q1,
    median,
    q3,
    quartiles_exact: scan.exact,
    zero_ratio: present === 0 ? 0 : (of('zero') ?? 0) / present,
    outliers_iqr: of('iqr') ?? 0,
    outliers_zscore: of('z') ?? 0,
    histogram:
      edges === null || !Array.isArray(counts)
        ? null
        : { edges, counts: counts.slice(0, edges.length - 1).map(Number) },
  };
}

/** Distinct values, exact or not, and the most frequent ones unless there are very many. */
async function valuesOf(scan: Scan, column: Column, figures: Row, counted: readonly ValueCount[] | undefined) {
  // An estimate can exceed what is possible.
  const distinct = Math.min(figure(figures, column, 'distinct') ?? 0, figure(figures, column, 'n') ?? 0);
  const few = isNumeric(column) || isTime(column) ? topLimit : 50_000;
  const exact = counted !== undefined || exactDistinct(scan, column, figures) !== null;
  if (distinct > few * estimateReach) return { distinct, exact, top: [] };
  const top = counted?.slice(0, topLimit) ?? (await topValues(scan, column, topLimit));
  const complete = top.length > 0 && top.length < topLimit;
  return { distinct: complete ? top.length : distinct, exact: exact || complete, top };
}

async function describe(
  scan: Scan,
  column: Column,
  figures: Row,
  counted: readonly ValueCount[] | undefined,
): Promise<ColumnProfile> {
  const of = (suffix: string) => figure(figures, column, suffix);
  const missing = scan.rows - (of('n') ?? 0);
  const { distinct, exact, top } = await valuesOf(scan, column, figures, counted);
  const bound = (suffix: string) => {
    const value = figures[`c${column.index}_${suffix}`] ?? null;
    return isTime(column) && value !== null ? String(value) : of(suffix);
  };
  const facts = {
    name: column.name,
    type: column.type,
    missing,
    distinct,
    min: bound('min'),
    max: bound('max'),
    mean_length: of('length'),
  };
  return {
    ...facts,
    kind: kindOf({ ...facts, rows: scan.rows }),
    missing_ratio: scan.rows === 0 ? 0 : missing / scan.rows,
    distinct_exact: exact,
    constant: distinct <= 1,
    numeric: isNumeric(column) ? numericOf(scan, column, figures) : null,
    top_values: top,
    numeric_like_ratio: of('like'),
  };
}

/** Names and types of a Parquet file of ours. */
async function columnsOf(engine: DataEngine, path: string): Promise<{ name: string; type: ColumnType }[]> {
  const rows = await engine.all(`DESCRIBE SELECT * FROM read_parquet(${text(path)})`);
  return rows.map((row) => ({ name: String(row['column_name']), type: columnType.parse(row['column_type']) }));
}

/** Rows that are equal to an earlier one in every column, told by a 64-bit hash (one wrong pair in 10^5 files of ten million rows). */
export async function countDuplicates(
  engine: DataEngine,
  path: string,
  rows: number,
  columns: readonly Pick<ColumnProfile, 'name' | 'distinct' | 'distinct_exact'>[],
): Promise<number> {
  // A column that has another value in each row, such as a number of the row, tells all rows apart.
  if (columns.some((column) => column.distinct_exact && column.distinct === rows)) return 0;
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
  const first = {
    ...(await aggregate(scan, from, columns, ends)),
    ...(await aggregate(scan, sample, columns, sampled)),
  };
  onStep(0.3);
  const counted = await countFew(scan, columns, first);
  onStep(0.4);
  const rest = columns.filter((column) => !counted.has(column));
  const second = {
    ...first,
    ...countedFigures(counted, first),
    ...(await aggregate(scan, from, rest, basics(scan, first))),
  };
  onStep(0.8);
  const spread = beyondThreeDeviations(second);
  const figures = { ...second, ...(await aggregate(scan, from, rest.filter(isNumeric), spread)) };
  const profiles: ColumnProfile[] = [];
  for (const column of columns) profiles.push(await describe(scan, column, figures, counted.get(column)));
  return profiles;
}
