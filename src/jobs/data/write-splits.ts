import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { PreparedData, SplitName } from '../../contracts/data.js';
import { sourceColumn, sourceRows, type SplitInput } from './assign-splits.js';
import { orderClasses } from './check-target.js';
import { countOf, numberOf, type DataEngine } from './engine.js';
import { fileDigest, inBackground } from './file-digest.js';
import { identifier, text } from './sql.js';
import { parquetOptions } from './to-parquet.js';

const splitNames = ['train', 'validation', 'test'] as const;

function columnSql(input: SplitInput): string {
  const types = { numeric: 'DOUBLE', boolean: 'BOOLEAN', categorical: 'VARCHAR' } as const;
  const features = input.features.map(
    ({ name, kind }) => `CAST(${sourceColumn(name)} AS ${types[kind]}) AS ${identifier(name)}`,
  );
  return [
    ...features,
    `${input.targetSql} AS ${identifier(input.spec.target)}`,
    ...input.extraColumns.map(sourceColumn),
  ].join(', ');
}

/** The trainer's folds go by the order of the rows; of one instant the rows stay in the order of the source. */
function orderSql({ spec }: SplitInput): string {
  return spec.time_column === null ? '' : ` ORDER BY ${sourceColumn(spec.time_column)}, source.file_row_number`;
}

/**
 * Writes `train.parquet`, `validation.parquet` and `test.parquet`, rows in the order of `time_column`, else of the source: the same bytes for the same input.
 * A split's rows are a bit for each row of the source, because a filter keeps the order of the file, where a join would have it sorted.
 */
export async function writeSplits(input: SplitInput, rows: number, folder: string): Promise<PreparedData['splits']> {
  const { engine } = input;
  const write = async (name: SplitName) => {
    const fileName = `${name}.parquet`;
    const path = join(folder, fileName);
    const bits = `SELECT bitstring_agg(assigned.rn, 0, ${rows}) FROM assigned WHERE assigned.split = '${name}'`;
    await engine.run(`SET VARIABLE chosen = (${bits})`);
    // Without a row there are no bits.
    const chosen = `coalesce(get_bit(getvariable('chosen'), source.file_row_number::INTEGER) = 1, false)`;
    const rowsOf = `SELECT ${columnSql(input)} FROM ${sourceRows(input.path)} WHERE ${chosen}${orderSql(input)}`;
    await engine.run(`COPY (${rowsOf}) TO ${text(path)} (${parquetOptions})`);
    const written = countOf(await engine.one(`SELECT count(*) AS n FROM read_parquet(${text(path)})`), 'n');
    // Beside the queries that follow: this thread only waits for them.
    const sha256 = inBackground(fileDigest(path));
    return async () => ({ file_name: fileName, rows: written, bytes: statSync(path).size, sha256: await sha256 });
  };
  const train = await write('train');
  const validation = await write('validation');
  const test = await write('test');
  return { train: await train(), validation: await validation(), test: await test() };
}

type Distribution = NonNullable<PreparedData['class_distribution']>;

/** Rows per class, over all and in each split, classes in the order of their ids. */
export async function classDistribution(engine: DataEngine): Promise<Distribution> {
  const rows = await engine.all('SELECT y, split, count(*) AS n FROM assigned GROUP BY ALL');
  const classes = orderClasses([...new Set(rows.map((row) => String(row['y'])))]);
  const count = (name: string, split: SplitName) =>
    rows
      .filter((row) => String(row['y']) === name && row['split'] === split)
      .reduce((sum, row) => sum + countOf(row, 'n'), 0);
  const of = (splits: readonly SplitName[]) =>
    Object.fromEntries(classes.map((name) => [name, splits.reduce((sum, split) => sum + count(name, split), 0)]));
  return { total: of(splitNames), train: of(['train']), validation: of(['validation']), test: of(['test']) };
}

/** Range, mean and sample standard deviation of a numeric target in the training split. */
export async function targetSummary(engine: DataEngine): Promise<PreparedData['target_summary']> {
  const row = await engine.one(
    `SELECT min(y) AS lo, max(y) AS hi, avg(y) AS mean, stddev_samp(y) AS std FROM assigned WHERE split = 'train'`,
  );
  const of = (name: string) => numberOf(row, name) ?? 0;
  return { min: of('lo'), max: of('hi'), mean: of('mean'), std: of('std') };
}
