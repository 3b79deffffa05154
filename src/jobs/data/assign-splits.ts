import type { PreparedData, PrepareSpec } from '../../contracts/data.js';
import type { Feature } from '../../contracts/training.js';
import { countOf, numberOf, type DataEngine, type Row } from './engine.js';
import { identifier, text } from './sql.js';

/** What the splitting needs to know; column names are foreign text and go through `identifier`. */
export interface SplitInput {
  engine: DataEngine;
  /** The Parquet file of all rows. */
  path: string;
  /** Every column of the file: equal in all of them = a duplicate. */
  allColumns: readonly string[];
  features: readonly Feature[];
  extraColumns: readonly string[];
  /** SQL of the target as it is written: class name or DOUBLE. */
  targetSql: string;
  spec: PrepareSpec;
}

export interface SplitOutcome {
  droppedRows: PreparedData['dropped_rows'];
  method: PreparedData['split_method'];
  equalRowsTogether: boolean;
}

/** The rows of the file under the name `source`, with `file_row_number`, which no column of ours may be called. */
export function sourceRows(path: string): string {
  return `read_parquet(${text(path)}, file_row_number = true) source`;
}

/** A column of `sourceRows`, told apart from names of our own. */
export function sourceColumn(name: string): string {
  return `source.${identifier(name)}`;
}

/** Place of a group by its seeded hash alone, 0..1; DuckDB's hash, as in `same`, takes a thirtieth of the time of MD5. */
const lotPosition = (seed: number, group: string) =>
  `hash(xor(${group}::UBIGINT, hash((${seed})::BIGINT))) / 18446744073709551616.0`;

/** One narrow row a row of data, with what this request needs: what decides whether it stays and where it goes. */
async function createKeys({ engine, spec, path, ...input }: SplitInput): Promise<void> {
  const features = input.features.map(({ name }) => sourceColumn(name));
  const used = [...features, ...input.extraColumns.map(sourceColumn), input.targetSql];
  const keys = ['source.file_row_number AS rn', `${input.targetSql} AS y`, `hash(${used.join(', ')}) AS same`];
  if (spec.time_column !== null) keys.push(`${sourceColumn(spec.time_column)} AS instant`);
  if (spec.preprocessing.remove_duplicates)
    keys.push(`hash(${input.allColumns.map(sourceColumn).join(', ')}) AS whole`);
  if (spec.preprocessing.handle_missing === 'drop')
    keys.push(`${features.map((name) => `${name} IS NULL`).join(' OR ')} AS incomplete`);
  await engine.run(`CREATE OR REPLACE TEMP TABLE keys AS SELECT ${keys.join(', ')} FROM ${sourceRows(path)}`);
}

/** Takes out rows that cannot be used, and counts them by the first reason that applies. */
async function dropRows(input: SplitInput): Promise<PreparedData['dropped_rows']> {
  const { engine, spec } = input;
  const dropped: PreparedData['dropped_rows'] = [];
  const drop = async (reason: PreparedData['dropped_rows'][number]['reason'], condition: string) => {
    const rows = countOf(await engine.one(`SELECT count(*) AS n FROM keys WHERE ${condition}`), 'n');
    if (rows === 0) return;
    await engine.run(`DELETE FROM keys WHERE ${condition}`);
    dropped.push({ reason, rows, scope: 'all' });
  };
  await drop('target_missing', 'y IS NULL');
  if (spec.time_column !== null) await drop('time_missing', 'instant IS NULL');
  if (spec.preprocessing.remove_duplicates) {
    await drop('duplicate', 'rn NOT IN (SELECT min(rn) FROM keys GROUP BY whole)');
  }
  if (spec.preprocessing.handle_missing === 'drop') await drop('missing_value', 'incomplete');
  return dropped;
}

/** A stratum of more rows is split by the seeded hash alone: its shares are off by less than a percent of themselves, and nothing has to be sorted. */
const exactStratumRows = 100_000;

/** Place of each group in its stratum, 0..1: the middle of its rows when the groups are in the order of a seeded hash (MD5: the same everywhere). */
function positionSql(input: SplitInput, grouped: boolean, large: string): string {
  const { spec } = input;
  if (spec.time_column !== null) {
    // Rows of the same instant stay together, so that nothing of the future is learned from.
    return 'SELECT instant AS g, (sum(count(*)) OVER (ORDER BY instant) - count(*) / 2.0) / sum(count(*)) OVER () AS pos FROM keys GROUP BY instant';
  }
  const group = grouped ? 'same' : 'rn';
  const groups = `SELECT ${group} AS g, min(rn) AS first, count(*) AS n, min(y) AS y FROM keys WHERE NOT (${large}) GROUP BY ${group}`;
  const stratum = spec.task_type === 'classification' ? 'y' : 'ntile(10) OVER (ORDER BY y, first)';
  const ordered = `SELECT g, n, first, ${stratum} AS stratum, md5_number_lower(concat('${spec.seed}', ':', first)) AS lot FROM (${groups})`;
  return (
    `SELECT g, (sum(n) OVER (PARTITION BY stratum ORDER BY lot, first) - n / 2.0) / sum(n) OVER (PARTITION BY stratum) AS pos ` +
    `FROM (${ordered})`
  );
}

/** SQL that is true for the rows of large strata: classes of very many rows, or the whole of a large regression (whose deciles are then alike without help). */
async function largeSql({ engine, spec }: SplitInput): Promise<string> {
  if (spec.time_column !== null) return 'false';
  if (spec.task_type === 'regression') {
    return countOf(await engine.one('SELECT count(*) AS n FROM keys'), 'n') > 10 * exactStratumRows ? 'true' : 'false';
  }
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE strata AS SELECT y, count(*) > ${exactStratumRows} AS large FROM keys GROUP BY y`,
  );
  const { every, some } = await engine.one('SELECT bool_and(large) AS every, bool_or(large) AS some FROM strata');
  if (every === some) return every === true ? 'true' : 'false';
  return 'y IN (SELECT strata.y FROM strata WHERE strata.large)';
}

async function assign(input: SplitInput, grouped: boolean, large: string): Promise<void> {
  const { split, seed, time_column: timeColumn } = input.spec;
  const group = timeColumn !== null ? 'instant' : grouped ? 'same' : 'rn';
  const hashed = `SELECT rn, y, ${lotPosition(seed, grouped ? 'same' : 'rn')} AS pos FROM keys WHERE ${large}`;
  const placed = `SELECT rn, y, pos FROM keys JOIN (${positionSql(input, grouped, large)}) places ON keys.${group} = places.g WHERE NOT (${large})`;
  await input.engine.run(
    `CREATE OR REPLACE TEMP TABLE assigned AS SELECT rn, y, ` +
      `CASE WHEN pos < ${split.train} THEN 'train'::split_name WHEN pos < ${split.train + split.validation} THEN 'validation'::split_name ELSE 'test'::split_name END AS split ` +
      `FROM (${large === 'true' ? hashed : `${hashed} UNION ALL ${placed}`})`,
  );
}

/** True when keeping equal rows together distorts the shares (data of few distinct rows): a split is off by 5 points or lacks a class. */
async function distorted(input: SplitInput): Promise<boolean> {
  const { engine, spec } = input;
  const groups = spec.task_type === 'classification' ? 'split, y' : 'split';
  const rows = await engine.all(`SELECT ${groups}, count(*) AS n FROM assigned GROUP BY ${groups}`);
  const rowsOf = (groupsOf: readonly Row[]) => groupsOf.reduce((sum, row) => sum + countOf(row, 'n'), 0);
  const classes = new Set(rows.map((row) => row['y'])).size;
  const off = (['train', 'validation', 'test'] as const).some((name) => {
    const own = rows.filter((each) => each['split'] === name);
    const share = Math.abs(rowsOf(own) / Math.max(1, rowsOf(rows)) - spec.split[name]) > 0.05;
    return share || (spec.task_type === 'classification' && own.length < classes);
  });
  if (!off) return false;
  // Without equal rows nothing was kept together: the shares are what the rows allow.
  return (await engine.one('SELECT count(*) > count(DISTINCT same) AS equal FROM keys'))['equal'] === true;
}

interface Bounds {
  name: string;
  low: number;
  high: number;
}

/** Outlier bounds of the numeric features, fitted on the training rows only; a feature without spread has none. */
async function outlierBounds(input: SplitInput): Promise<Bounds[]> {
  const { engine, features, spec } = input;
  const numeric = features.filter(({ kind }) => kind === 'numeric').map(({ name }) => name);
  const train = `${sourceRows(input.path)} WHERE source.file_row_number IN (SELECT assigned.rn FROM assigned WHERE assigned.split = 'train')`;
  const bounds: Bounds[] = [];
  for (const name of numeric) {
    const value = `CAST(${sourceColumn(name)} AS DOUBLE)`;
    const row = await engine.one(
      `SELECT quantile_cont(${value}, 0.25) AS q1, quantile_cont(${value}, 0.75) AS q3, avg(${value}) AS mean, stddev_samp(${value}) AS std FROM ${train}`,
    );
    const [q1, q3, mean, std] = ['q1', 'q3', 'mean', 'std'].map((each) => numberOf(row, each));
    const byRange = spec.preprocessing.outliers.method === 'iqr';
    const centre = byRange ? [q1, q3] : [mean, mean];
    const spread = byRange ? 1.5 * ((q3 ?? 0) - (q1 ?? 0)) : 3 * (std ?? 0);
    const [low, high] = centre;
    if (spread > 0 && typeof low === 'number' && typeof high === 'number')
      bounds.push({ name, low: low - spread, high: high + spread });
  }
  return bounds;
}

async function removeOutliers(input: SplitInput): Promise<PreparedData['dropped_rows']> {
  const { method, action } = input.spec.preprocessing.outliers;
  if (action !== 'remove' || method === 'none') return [];
  const bounds = await outlierBounds(input);
  if (bounds.length === 0) return [];
  const outside = bounds
    .map(({ name, low, high }) => `${sourceColumn(name)} < ${low} OR ${sourceColumn(name)} > ${high}`)
    .join(' OR ');
  const rows = `SELECT source.file_row_number FROM ${sourceRows(input.path)} WHERE ${outside}`;
  const before = countOf(await input.engine.one('SELECT count(*) AS n FROM assigned'), 'n');
  await input.engine.run(`DELETE FROM assigned WHERE split = 'train' AND rn IN (${rows})`);
  const removed = before - countOf(await input.engine.one('SELECT count(*) AS n FROM assigned'), 'n');
  return removed > 0 ? [{ reason: 'outlier', rows: removed, scope: 'train' }] : [];
}

/** Fills the table `assigned(rn, y, split)`: which row of the file goes where. The same file, spec and seed give the same table. */
export async function assignSplits(input: SplitInput): Promise<SplitOutcome> {
  const timed = input.spec.time_column !== null;
  await input.engine.run(`CREATE TYPE split_name AS ENUM ('train', 'validation', 'test')`);
  await createKeys(input);
  const droppedRows = await dropRows(input);
  const large = await largeSql(input);
  await assign(input, true, large);
  const together = timed || !(await distorted(input));
  if (!together) await assign(input, false, large);
  const method = timed
    ? 'time_ordered'
    : input.spec.task_type === 'classification'
      ? 'stratified'
      : 'quantile_stratified';
  return { droppedRows: [...droppedRows, ...(await removeOutliers(input))], method, equalRowsTogether: together };
}
