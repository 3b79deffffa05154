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
/** Estimates of distinct values are up to this much too high. */
const estimateReach = 1.1;

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

const figure = (row: Row, column: Column, suffix: string) => numberOf(row, `c${column.index}_${suffix}`);

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

/** Minimum and maximum; asked for alone, DuckDB answers from the statistics of the file without reading it. */
function ends(column: Column): Record<string, string> {
  const name = identifier(column.name);
  if (isNumeric(column)) return { min: `min(${name})`, max: `max(${name})` };
  if (!isTime(column)) return {};
  return { min: `CAST(min(${name}) AS VARCHAR)`, max: `CAST(max(${name}) AS VARCHAR)` };
}

/** Figures of which a sample is enough; `few` only chooses the way in which values are counted. */
function sampled(column: Column): Record<string, string> {
  const name = identifier(column.name);
  const few = `approx_count_distinct(${name})`;
  // One call for all three: each call sorts.
  if (isNumeric(column)) return { few, quartiles: `quantile_cont(CAST(${name} AS DOUBLE), [0.25, 0.5, 0.75])` };
  if (column.type !== 'VARCHAR') return { few };
  const like = `count(*) FILTER (TRY_CAST(${name} AS DOUBLE) IS NOT NULL) / nullif(count(${name}), 0)`;
  return { few, length: `avg(length(${name}))`, like };
}

function quartilesOf(figures: Row, column: Column): (number | null)[] {
  const found = figures[`c${column.index}_quartiles`];
  return Array.isArray(found) ? found.map((value) => (value === null ? null : Number(value))) : [null, null, null];
}

function edgesOf(min: number | null, max: number | null): number[] | null {
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

function numericFigures(column: Column, figures: Row): Record<string, string> {
  const name = identifier(column.name);
  const [min, max] = [figure(figures, column, 'min'), figure(figures, column, 'max')];
  const [q1, , q3] = quartilesOf(figures, column);
  const parts: Record<string, string> = {};
  // Squares of larger values leave the range of a DOUBLE, and DuckDB then refuses the whole query.
  const large = Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0)) >= 1e150;
  const bounded = large ? `CASE WHEN abs(${name}) < 1e150 THEN ${name} END` : name;
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

/** What every value is read for; `counted` columns have their distinct values already. */
function basics(scan: Scan, figures: Row, counted: ReadonlyMap<Column, TopValues>) {
  return (column: Column): Record<string, string> => {
    const name = identifier(column.name);
    const distinct = scan.exact ? `count(DISTINCT ${name})` : `approx_count_distinct(${name})`;
    return {
      n: `count(${name})`,
      ...(counted.has(column) ? {} : { distinct }),
      ...(isNumeric(column) ? numericFigures(column, figures) : {}),
    };
  };
}

function beyondThreeDeviations(figures: Row): (column: Column) => Record<string, string> {
  return (column) => {
    const [mean, std] = [figure(figures, column, 'mean'), figure(figures, column, 'std')];
    if (mean === null || std === null || std <= 0) return {};
    return outside(column, figures, 'z', mean - 3 * std, mean + 3 * std);
  };
}

type TopValues = ColumnProfile['top_values'];

async function topValues(scan: Scan, column: Column): Promise<TopValues> {
  const name = identifier(column.name);
  const rows = await scan.engine.all(
    `SELECT CAST(found AS VARCHAR) AS value, n FROM (SELECT ${name} AS found, count(*) AS n FROM ${scan.from} WHERE ${name} IS NOT NULL GROUP BY found) ORDER BY n DESC, value LIMIT ${topLimit}`,
  );
  return rows.map((row) => ({ value: String(row['value']), count: countOf(row, 'n') }));
}

/** Counts the values of the columns that seem to have few; those that do have few are answered, all their values with them. */
async function countFew(scan: Scan, columns: readonly Column[], figures: Row): Promise<Map<Column, TopValues>> {
  const counted = new Map<Column, TopValues>();
  for (const column of columns) {
    if ((figure(figures, column, 'few') ?? 0) > topLimit * estimateReach) continue;
    const top = await topValues(scan, column);
    if (top.length < topLimit) counted.set(column, top);
  }
  return counted;
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
    histogram: edges === null || !Array.isArray(counts) ? null : { edges, counts: counts.slice(0, bins).map(Number) },
  };
}

/** Distinct values, exact or not, and the most frequent ones unless there are very many. */
async function valuesOf(scan: Scan, column: Column, figures: Row, counted: TopValues | undefined) {
  if (counted !== undefined) return { distinct: counted.length, exact: true, top: counted };
  // An estimate can exceed what is possible.
  const estimate = Math.min(figure(figures, column, 'distinct') ?? 0, figure(figures, column, 'n') ?? 0);
  const few = isNumeric(column) || isTime(column) ? topLimit : 50_000;
  const top = estimate > few * estimateReach ? [] : await topValues(scan, column);
  const complete = top.length > 0 && top.length < topLimit;
  return { distinct: complete ? top.length : estimate, exact: scan.exact || complete, top };
}

async function describe(
  scan: Scan,
  column: Column,
  figures: Row,
  counted: TopValues | undefined,
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
  const first = {
    ...(await aggregate(scan, from, columns, ends)),
    ...(await aggregate(scan, sample, columns, sampled)),
  };
  onStep(0.3);
  const counted = await countFew(scan, columns, first);
  onStep(0.4);
  const second = { ...first, ...(await aggregate(scan, from, columns, basics(scan, first, counted))) };
  onStep(0.8);
  const spread = beyondThreeDeviations(second);
  const figures = { ...second, ...(await aggregate(scan, from, columns.filter(isNumeric), spread)) };
  const profiles: ColumnProfile[] = [];
  for (const column of columns) profiles.push(await describe(scan, column, figures, counted.get(column)));
  return profiles;
}
