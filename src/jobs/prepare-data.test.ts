import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import {
  dataProfile,
  featureDefinitions,
  preparedData,
  qualityReport,
  type PreparedData,
  type PrepareSpec,
} from '../contracts/data.js';
import type { GenerateFeatures } from '../contracts/request.js';
import { projectRoot } from '../root.js';
import { openEngine, type DataEngine, type Row } from './data/engine.js';
import { text } from './data/sql.js';
import { executeJob } from './job-context.js';
import { prepareData } from './prepare-data.js';
import { profileData } from './profile-data.js';
import { plainPreparation, prepareSpecOf } from './testing/prepare-spec.js';

const base = mkdtempSync(join(tmpdir(), 'dandori-prepare-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const newRoot = () => mkdtempSync(join(base, 'ml-'));

function put(root: string, channel: string, name: string, body: string | Uint8Array): void {
  mkdirSync(join(root, 'input', 'data', channel), { recursive: true });
  writeFileSync(join(root, 'input', 'data', channel, name), body);
}

const read = (root: string, name: string) => readFileSync(join(root, 'output', 'data', name), 'utf8');

/** Runs the profile job on a file; answers its tree. */
async function profiled(name: string, body: string | Uint8Array): Promise<string> {
  const root = newRoot();
  put(root, 'raw', name, body);
  const code = await executeJob(profileData, { root, write: () => undefined });
  if (code !== 0) throw new Error(readFileSync(join(root, 'output', 'failure'), 'utf8'));
  return root;
}

const preprocessing = (changes: Partial<PrepareSpec['preprocessing']>) => ({
  ...plainPreparation.preprocessing,
  ...changes,
});

/** A preparation that generates these features. */
const generating = (changes: Partial<GenerateFeatures>) => ({
  preprocessing: preprocessing({ generate_features: { interactions: [], aggregates: [], lags: [], ...changes } }),
});

interface Outcome {
  code: 0 | 1;
  failure: string;
  root: string;
}

async function runPrepare(from: string, prepare: unknown): Promise<Outcome> {
  const root = newRoot();
  mkdirSync(join(root, 'input', 'data', 'data'), { recursive: true });
  for (const name of ['data.parquet', 'profile.json'])
    copyFileSync(join(from, 'output', 'data', name), join(root, 'input', 'data', 'data', name));
  put(root, 'spec', 'prepare_spec.json', JSON.stringify(prepare));
  const code = await executeJob(prepareData, { root, write: () => undefined });
  const failure = join(root, 'output', 'failure');
  return { code, failure: existsSync(failure) ? readFileSync(failure, 'utf8') : '', root };
}

async function prepared(
  from: string,
  changes: Partial<PrepareSpec> = {},
): Promise<{ result: PreparedData; root: string }> {
  const { code, failure, root } = await runPrepare(from, prepareSpecOf(changes));
  if (code !== 0) throw new Error(failure);
  return { result: preparedData.parse(JSON.parse(read(root, 'prepared.json'))), root };
}

async function rowsOf(root: string, split: string): Promise<Row[]> {
  const engine: DataEngine = await openEngine({ tempDir: root, threads: 1 });
  try {
    return await engine.all(`SELECT * FROM read_parquet(${text(join(root, 'output', 'data', `${split}.parquet`))})`);
  } finally {
    engine.close();
  }
}

/** CSV text of `rows` rows; each column is a function of the row number. */
function csv(rows: number, columns: Record<string, (row: number) => string | number>): string {
  const lines = Array.from({ length: rows }, (_, row) =>
    Object.values(columns)
      .map((value) => value(row))
      .join(','),
  );
  return [Object.keys(columns).join(','), ...lines, ''].join('\n');
}

/** A fixed scatter over 0..m-1, so that rows are not sorted by anything. */
const scatter = (row: number, m: number) => (row * 7919 + 13) % m;

const plain = (rows = 400) =>
  csv(rows, {
    a: (row) => row * 1.5,
    b: (row) => ['red', 'green', 'blue'][scatter(row, 3)] ?? '',
    y: (row) => (scatter(row, 5) === 0 ? 'Yes' : 'No'),
  });

const churnCsv = readFileSync(join(projectRoot, 'examples', 'churn', 'churn.csv'));

describe('profile-data', () => {
  it('writes profile, report, expectations and typed rows of the churn example', async () => {
    const root = await profiled('churn.csv', churnCsv);
    const profile = dataProfile.parse(JSON.parse(read(root, 'profile.json')));
    expect([profile.rows, profile.columns.length, profile.duplicate_rows]).toEqual([7043, 20, 22]);
    const column = (name: string) => profile.columns.find((each) => each.name === name);
    expect(column('churn')).toMatchObject({
      type: 'VARCHAR',
      kind: 'categorical',
      top_values: [
        { value: 'No', count: 5174 },
        { value: 'Yes', count: 1869 },
      ],
    });
    expect(column('total_charges')).toMatchObject({ type: 'DOUBLE', missing: 11, min: 18.8, max: 8684.8 });
    expect(column('total_charges')?.numeric?.mean).toBeCloseTo(2283.3004408418656, 8);
    expect(column('total_charges')?.numeric?.histogram?.counts.reduce((sum, each) => sum + each, 0)).toBe(7032);
    expect(qualityReport.parse(JSON.parse(read(root, 'quality_report.json'))).status).toBe('warn');
    expect(read(root, 'quality_report.md')).toContain('22 rows (0.3 %) repeat an earlier row');
    expect(JSON.parse(read(root, 'expectations.json')).expectations.length).toBeGreaterThan(20);
  });

  it('warns of what is wrong with columns', async () => {
    const root = await profiled(
      'a.csv',
      csv(200, {
        customer_id: (row) => `C-${row}`,
        number: (row) => row + 1,
        empty: () => '',
        same: () => 'x',
        mostly_missing: (row) => (scatter(row, 10) < 5 ? '' : scatter(row, 7)),
        mixed: (row) => (row < 150 ? scatter(row, 9) : 'unknown'),
        day: (row) => `2024-01-${String((row % 28) + 1).padStart(2, '0')}`,
        note: (row) => `a long note of row ${row} with words that go on and on and on and on and on`,
        far: (row) => (scatter(row, 10) === 0 ? 1000 + row : scatter(row, 5)),
      }),
    );
    const checks = qualityReport
      .parse(JSON.parse(read(root, 'quality_report.json')))
      .checks.filter(({ status }) => status === 'warn')
      .map(({ check, column }) => `${check} ${column}`);
    expect(checks.toSorted()).toEqual([
      'all_missing empty',
      'constant_column same',
      'identifier_column customer_id',
      'identifier_column number',
      'missing_values mostly_missing',
      'mixed_types mixed',
      'outliers far',
      'unused_kind day',
      'unused_kind note',
    ]);
  });

  it('writes the report in Japanese where asked to', async () => {
    const root = newRoot();
    put(root, 'raw', 'a.csv', plain());
    mkdirSync(join(root, 'input', 'config'), { recursive: true });
    writeFileSync(
      join(root, 'input', 'config', 'hyperparameters.json'),
      JSON.stringify({ language: 'ja', file_name: 'x.csv' }),
    );
    expect(await executeJob(profileData, { root, write: () => undefined })).toBe(0);
    expect(read(root, 'quality_report.md')).toContain('# データ品質レポート');
  });

  it('keeps foreign names and values harmless in the Markdown report', async () => {
    const root = await profiled(
      'a.csv',
      csv(60, { '"<img src=x> | @all [a](b)"': (row) => row % 3, x: () => '"![i](http://e/x.png)"' }),
    );
    const report = read(root, 'quality_report.md');
    expect(report).not.toMatch(/<img|@all|[^\\]\[a\]|[^\\]!?\[i\]\(/);
  });

  it('gives the same content digest for the same rows, written in another way and read by any number of threads', async () => {
    const body = plain();
    const one = await profiled('a.csv', body);
    const other = await profiled('b.csv', body.replaceAll(',', ';').replaceAll('\n', '\r\n'));
    const digest = (root: string) => dataProfile.parse(JSON.parse(read(root, 'profile.json'))).content_digest;
    expect(digest(one)).toBe(digest(other));
    process.env['DANDORI_THREADS'] = '1';
    try {
      const big = plain(300_000);
      const alone = digest(await profiled('a.csv', big));
      process.env['DANDORI_THREADS'] = '4';
      expect(digest(await profiled('a.csv', big))).toBe(alone);
    } finally {
      delete process.env['DANDORI_THREADS'];
    }
  });

  it('does without statistics of values beyond the range of squares', async () => {
    const root = await profiled(
      'a.csv',
      csv(60, { x: (row) => (row === 3 ? '1e300' : row === 4 ? '-1.7e308' : row), y: (row) => row % 2 }),
    );
    expect(dataProfile.parse(JSON.parse(read(root, 'profile.json'))).columns[0]?.numeric?.mean).toBeGreaterThan(20);
  });
});

describe('prepare-data', () => {
  it('splits the churn example by class, reproducibly to the byte', async () => {
    const from = await profiled('churn.csv', churnCsv);
    const { result, root } = await prepared(from, {
      target: 'churn',
      sensitive_attributes: ['female', 'senior_citizen'],
      features: { include: null, exclude: ['female'] },
    });
    expect(result).toMatchObject({
      classes: ['No', 'Yes'],
      positive_class: 'Yes',
      extra_columns: ['female'],
      split_method: 'stratified',
      equal_rows_together: true,
      dropped_columns: [{ name: 'female', reason: 'excluded' }],
      class_distribution: { total: { No: 5174, Yes: 1869 } },
    });
    expect(result.rows.train + result.rows.validation + result.rows.test).toBe(7043);
    expect(Math.abs(result.rows.train / 7043 - 0.7)).toBeLessThan(0.001);
    expect(result.original_class_ratio).toBeCloseTo(1869 / 7043, 3);
    const again = await prepared(from, {
      target: 'churn',
      sensitive_attributes: ['female', 'senior_citizen'],
      features: { include: null, exclude: ['female'] },
    });
    expect(again.result.splits).toEqual(result.splits);
    const other = await prepared(from, { target: 'churn', seed: 43 });
    expect(other.result.splits.train.sha256).not.toBe(result.splits.train.sha256);
    const train = await rowsOf(root, 'train');
    expect(Object.keys(train[0] ?? {})).toEqual([...result.features.map(({ name }) => name), 'churn', 'female']);
    expect(featureDefinitions.parse(JSON.parse(read(root, 'feature_definitions.json'))).features).toHaveLength(18);
    expect(read(root, 'feature_definitions.md')).toContain('| tenure | 1.0.0 | numeric |');
  });

  it('writes the same bytes with any number of threads', async () => {
    const from = await profiled('a.csv', plain(300_000));
    const digests = async (threads: string) => {
      process.env['DANDORI_THREADS'] = threads;
      try {
        return (await prepared(from)).result.splits;
      } finally {
        delete process.env['DANDORI_THREADS'];
      }
    };
    const splits = await digests('4');
    expect(splits).toEqual(await digests('1'));
    // Strata of more than 100,000 rows are split by the hash alone.
    expect(Math.abs(splits.train.rows / 300_000 - 0.7)).toBeLessThan(0.005);
  });

  it('keeps equal rows in one split', async () => {
    const from = await profiled(
      'a.csv',
      csv(600, {
        a: (row) => Math.floor(row / 3) * 1.25,
        y: (row) => (scatter(Math.floor(row / 3), 2) === 0 ? 'p' : 'q'),
      }),
    );
    const { result, root } = await prepared(from, { features: { include: ['a'], exclude: [] } });
    expect(result.equal_rows_together).toBe(true);
    const seen = new Map<unknown, string>();
    for (const split of ['train', 'validation', 'test']) {
      for (const row of await rowsOf(root, split)) {
        expect(seen.get(row['a']) ?? split).toBe(split);
        seen.set(row['a'], split);
      }
    }
    expect(seen.size).toBe(200);
  });

  it('says so when the data has so few different rows that they cannot be kept together', async () => {
    const from = await profiled('a.csv', csv(300, { a: (row) => row % 2, y: (row) => (row % 3 === 0 ? 'p' : 'q') }));
    const { result } = await prepared(from);
    expect(result.equal_rows_together).toBe(false);
    expect(result.warnings[0]).toMatch(/equal rows are in several splits/);
    expect(result.rows).toMatchObject({ train: 210 });
  });

  it('splits in the order of the time column, instants whole', async () => {
    const body = csv(400, {
      t: (row) => `2024-01-01 00:${String(Math.floor(scatter(row, 400) / 8)).padStart(2, '0')}:00`,
      a: (row) => scatter(row, 31),
      y: (row) => scatter(row, 17) * 1.5,
    });
    const { result, root } = await prepared(await profiled('a.csv', body), {
      task_type: 'regression',
      time_column: 't',
      features: { include: ['a', 't'], exclude: [] },
      sensitive_attributes: ['t'],
    });
    expect(result.split_method).toBe('time_ordered');
    const span = async (split: string) => (await rowsOf(root, split)).map((row) => String(row['t']));
    const [train, validation, test] = [await span('train'), await span('validation'), await span('test')];
    // The trainer's folds go by the order of the rows.
    for (const times of [train, validation, test]) expect(times).toEqual(times.toSorted());
    expect((train.at(-1) ?? '') < (validation[0] ?? '')).toBe(true);
    expect((validation.at(-1) ?? '') < (test[0] ?? '')).toBe(true);
  });

  describe('with lags', () => {
    const day = (number: number) => new Date(Date.UTC(2024, 0, 1 + number)).toISOString().slice(0, 10);
    const days = 200;
    const sold = (shop: number, date: number) => (date === 5 ? '' : shop * 1000 + scatter(date, 211));
    // Two shops, the rows in no order of time.
    const shops = csv(2 * days, {
      day: (row) => day(scatter(row >> 1, days)),
      shop: (row) => ['north', 'south'][row % 2] ?? '',
      price: (row) => scatter(row, 37) * 0.5,
      sold: (row) => sold(row % 2, scatter(row >> 1, days)),
    });
    const choice = { task_type: 'regression' as const, target: 'sold', time_column: 'day' };
    const lags = [{ column: 'sold', by: 'shop', steps: [1, 7] }];

    it('takes values of earlier rows of the same series, in the order of time', async () => {
      const { result, root } = await prepared(await profiled('shops.csv', shops), {
        ...choice,
        sensitive_attributes: ['day'],
        ...generating({
          lags,
          aggregates: [{ name: 'past', columns: ['sold_lag_1', 'sold_lag_7'], functions: ['mean'] }],
        }),
      });
      expect(result.features.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
        'shop categorical',
        'price numeric',
        'sold_lag_1 numeric',
        'sold_lag_7 numeric',
      ]);
      expect(result.lag_columns[1]).toEqual({ name: 'sold_lag_7', column: 'sold', by: 'shop', steps: 7 });
      expect(result.generated_features).toEqual([
        { name: 'past_mean', function: 'mean', columns: ['sold_lag_1', 'sold_lag_7'] },
      ]);
      const rows = (await Promise.all(['train', 'validation', 'test'].map((split) => rowsOf(root, split)))).flat();
      expect(rows).toHaveLength(2 * days - 2);
      for (const row of rows) {
        const date = (Date.parse(String(row['day'])) - Date.UTC(2024, 0, 1)) / 86_400_000;
        const shop = row['shop'] === 'north' ? 0 : 1;
        for (const steps of [1, 7]) {
          const before = date < steps ? '' : sold(shop, date - steps);
          expect([date, steps, row[`sold_lag_${steps}`]]).toEqual([date, steps, before === '' ? null : before]);
        }
      }
      const definitions = featureDefinitions.parse(JSON.parse(read(root, 'feature_definitions.json'))).features;
      expect(definitions.find(({ name }) => name === 'sold_lag_7')).toMatchObject({
        source_column: 'sold',
        transformations: [
          { step: 'lag', where: 'preparation', detail: '7 rows earlier in the order of day, within shop' },
          { step: 'cast' },
          { step: 'impute', where: 'model' },
          { step: 'scale', where: 'model' },
        ],
      });
      expect(read(root, 'feature_definitions.md')).toContain(
        '| past_mean | 1.0.0 | numeric | sold_lag_1, sold_lag_7 DOUBLE | generate (mean of sold_lag_1, sold_lag_7, filled and clipped; model), scale',
      );
    });

    it('drops rows without an earlier one where missing values are dropped', async () => {
      const { result } = await prepared(await profiled('shops.csv', shops), {
        ...choice,
        preprocessing: { ...generating({ lags }).preprocessing, handle_missing: 'drop' },
      });
      // Of each shop day 5, which has no figure; then days 0 to 6, which lack an earlier row, and day 12, seven behind day 5.
      expect(result.dropped_rows).toEqual([
        { reason: 'target_missing', rows: 2, scope: 'all' },
        { reason: 'missing_value', rows: 2 * 7, scope: 'all' },
      ]);
    });

    it('refuses rows of the same time, because none of them is the earlier one', async () => {
      const outcome = await runPrepare(
        await profiled('shops.csv', shops),
        prepareSpecOf({ ...choice, ...generating({ lags: [{ column: 'sold', steps: [1] }] }) }),
      );
      expect(outcome.failure).toMatch(/400 rows have the same day as another row.*name the column .* as by/);
    });
  });

  it('stratifies a regression by its quantiles', async () => {
    const from = await profiled(
      'a.csv',
      csv(1000, { a: (row) => scatter(row, 97), y: (row) => scatter(row, 1000) / 10 }),
    );
    const { result, root } = await prepared(from, { task_type: 'regression' });
    expect(result).toMatchObject({
      classes: null,
      positive_class: null,
      split_method: 'quantile_stratified',
      rows: { train: 700, validation: 150, test: 150 },
    });
    const test = (await rowsOf(root, 'test')).map((row) => Number(row['y']));
    expect(test.reduce((sum, each) => sum + each, 0) / test.length).toBeCloseTo(50, -1);
    expect(result.target_summary?.max).toBeGreaterThan(99);
  });

  it('drops and counts rows by reason, outliers on the training split only', async () => {
    const body = csv(1000, {
      a: (row) => (scatter(row, 50) === 0 ? '' : scatter(row, 50) === 1 ? 9999 : scatter(row, 23)),
      b: (row) => row,
      y: (row) => (row < 7 ? '' : row % 2 === 0 ? 'p' : 'q'),
    });
    const from = await profiled('a.csv', `${body}5,999,q\n5,999,q\n`);
    const { result, root } = await prepared(from, {
      features: { include: ['a', 'b'], exclude: [] },
      preprocessing: preprocessing({
        handle_missing: 'drop',
        remove_duplicates: true,
        outliers: { method: 'iqr', action: 'remove' },
      }),
    });
    const reasons = Object.fromEntries(
      result.dropped_rows.map(({ reason, rows, scope }) => [reason, `${rows} ${scope}`]),
    );
    expect(reasons).toMatchObject({ target_missing: '7 all', duplicate: '1 all', missing_value: '20 all' });
    expect(reasons['outlier']).toMatch(/^1\d train$/);
    const dropped = result.dropped_rows.reduce((sum, { rows }) => sum + rows, 0);
    expect(result.rows.train + result.rows.validation + result.rows.test).toBe(1002 - dropped);
    expect((await rowsOf(root, 'train')).some((row) => row['a'] === 9999)).toBe(false);
    expect((await rowsOf(root, 'test')).some((row) => row['a'] === 9999)).toBe(true);
  });

  it.each<[string, (row: number) => string | number, string[], string | null]>([
    ['whole numbers', (row) => (scatter(row, 4) === 0 ? 7 : 10), ['7', '10'], '7'],
    ['numbers written with a fraction', (row) => (scatter(row, 4) === 0 ? '1.0' : '0.0'), ['0', '1'], '1'],
    ['true and false', (row) => (scatter(row, 4) === 0 ? 'TRUE' : 'False'), ['false', 'true'], 'true'],
    [
      'ten numbers in their order',
      (row) => scatter(row, 11),
      ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10'],
      null,
    ],
  ])('names classes by value: %s', async (_, value, classes, positive) => {
    const rows = 440;
    const { result } = await prepared(await profiled('a.csv', csv(rows, { a: (row) => row * 0.5, y: value })));
    expect(result.classes).toEqual(classes);
    expect(result.positive_class).toBe(positive);
  });

  it('takes the positive class by letter case and number, and refuses another', async () => {
    const from = await profiled('a.csv', plain());
    expect((await prepared(from, { positive_class: 'no' })).result.positive_class).toBe('No');
    expect((await runPrepare(from, prepareSpecOf({ positive_class: 'maybe' }))).failure).toMatch(
      /"maybe" is no class.*No, Yes/,
    );
  });

  it('leaves out columns with a reason, and takes them when they are named', async () => {
    const body = csv(600, {
      id: (row) => `k${row}`,
      many: (row) => `c${scatter(row, 250)}`,
      same: () => 1,
      empty: () => '',
      day: (row) => `2024-02-${String((row % 28) + 1).padStart(2, '0')}`,
      ok: (row) => (row % 2 === 0 ? 'true' : 'false'),
      y: (row) => scatter(row, 2),
    });
    const from = await profiled('a.csv', body);
    const { result } = await prepared(from);
    expect(result.features).toEqual([{ name: 'ok', kind: 'boolean' }]);
    expect(result.dropped_columns.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
      'id identifier',
      'many high_cardinality',
      'same constant',
      'empty all_missing',
      'day datetime',
    ]);
    const named = await prepared(from, { features: { include: ['many', 'ok'], exclude: [] } });
    expect(named.result.features).toEqual([
      { name: 'many', kind: 'categorical' },
      { name: 'ok', kind: 'boolean' },
    ]);
  });

  it.each<[string, string, Partial<PrepareSpec>, RegExp]>([
    ['an absent target', plain(), { target: 'churned' }, /no column "churned".*Nearest: /],
    ['one class only', csv(200, { a: (row) => row * 1.5, y: () => 'No' }), {}, /one value only \("No"\)/],
    ['a target without values', csv(200, { a: (row) => row * 1.5, y: () => '' }), {}, /no value in any row/],
    [
      'a class of too few rows',
      csv(200, { a: (row) => row * 1.5, y: (row) => (row < 4 ? 'rare' : row % 2) }),
      {},
      /Class rare has 4 rows.*at least 10/,
    ],
    ['too few rows', plain(40), {}, /40 rows.*at least 50/],
    [
      'more than 100 classes',
      csv(3000, { a: (row) => row * 1.5, y: (row) => scatter(row, 150) }),
      {},
      /150 classes.*at most 100/,
    ],
    [
      'a quantity as class',
      csv(200, { a: (row) => row * 1.5, y: (row) => scatter(row, 97) / 7 }),
      {},
      /a quantity.*task_type: regression/,
    ],
    ['words as quantity', plain(), { task_type: 'regression' }, /not a number.*task_type: classification/],
    [
      'a date as target',
      csv(200, { a: (row) => row * 1.5, y: (row) => `2024-01-${String((row % 28) + 1).padStart(2, '0')}` }),
      {},
      /date or time.*planned/,
    ],
    [
      'an unknown feature',
      plain(),
      { features: { include: ['aa'], exclude: [] } },
      /features\.include names "aa".*Nearest: a/,
    ],
    ['an unknown exclusion', plain(), { features: { include: null, exclude: ['bb'] } }, /features\.exclude names "bb"/],
    [
      'an unknown sensitive attribute',
      plain(),
      { sensitive_attributes: ['gender'] },
      /sensitive_attributes names "gender"/,
    ],
    ['an unknown time column', plain(), { time_column: 'when' }, /time_column names "when"/],
    ['a time column of words', plain(), { time_column: 'b' }, /must be a date, a time or a number/],
    [
      'a product of an unknown column',
      plain(),
      generating({ interactions: [['a', 'aa']] }),
      /generate_features\.interactions\[0\] names "aa", which is no column\. Nearest: a/,
    ],
    [
      'a product of words',
      plain(),
      generating({ interactions: [['a', 'b']] }),
      /interactions\[0\] names "b", which is of type VARCHAR\. Allowed: numeric: a\./,
    ],
    [
      'an aggregate of a column that is no feature',
      csv(200, { a: (row) => row * 1.5, c: (row) => row * 2.5, y: (row) => row % 2 }),
      {
        features: { include: null, exclude: ['c'] },
        ...generating({ aggregates: [{ name: 'ac', columns: ['a', 'c'], functions: ['min', 'max'] }] }),
      },
      /aggregates\[0\] names "c", which is not among the features \(features\.exclude\)\. Allowed: numeric: a\. Next:/,
    ],
    [
      'an aggregate of the target',
      csv(200, { a: (row) => row * 1.5, y: (row) => row % 2 }),
      generating({ aggregates: [{ name: 'ay', columns: ['a', 'y'], functions: ['sum'] }] }),
      /aggregates\[0\] names "y", which is the target/,
    ],
    [
      'a generated feature with the name of a column',
      csv(200, { a: (row) => row * 1.5, c: (row) => row * 2.5, A_X_C: (row) => row * 3.5, y: (row) => row % 2 }),
      generating({ interactions: [['a', 'c']] }),
      /makes a feature "a_x_c", but a column has that name/,
    ],
    [
      'a lag of an unknown column by an unknown one',
      csv(200, { t: (row) => row * 1.5, a: (row) => row * 2.5, y: (row) => row % 2 }),
      { time_column: 't', ...generating({ lags: [{ column: 'aa', by: 'shop', steps: [1] }] }) },
      /lags\[0\]\.column names "aa".*lags\[0\]\.by names "shop"/s,
    ],
    [
      'a lag of words',
      csv(200, { t: (row) => row * 1.5, b: (row) => ['x', 'z'][scatter(row, 2)] ?? '', y: (row) => row % 2 }),
      { time_column: 't', ...generating({ lags: [{ column: 'b', steps: [1] }] }) },
      /lags\[0\]\.column names "b", which is of type VARCHAR/,
    ],
    ['a lag without time', plain(), generating({ lags: [{ column: 'a', steps: [1] }] }), /lags needs time_column/],
    ['nothing left to learn from', plain(), { features: { include: null, exclude: ['a', 'b'] } }, /No column is left/],
    [
      'constant and empty columns only',
      csv(200, { a: () => 1, b: () => '', y: (row) => row % 2 }),
      {},
      /No column is left/,
    ],
    [
      'nothing left after dropping',
      csv(200, {
        a: (row) => (row % 2 === 0 ? row : ''),
        c: (row) => (row % 2 === 0 ? '' : row),
        y: (row) => scatter(row, 2),
      }),
      { preprocessing: preprocessing({ handle_missing: 'drop' }) },
      /Too few rows are left.*missing_value 200/,
    ],
    [
      'a time column of two times',
      csv(200, { a: (row) => scatter(row, 31), t: (row) => row % 2, y: (row) => scatter(row, 17) * 1.5 }),
      { task_type: 'regression', time_column: 't' },
      /A split has no rows\..*0 for validation.*more different times/,
    ],
    [
      'a class lost by dropping',
      csv(200, { a: (row) => (scatter(row, 2) === 0 ? '' : row * 1.5), y: (row) => scatter(row, 2) }),
      { preprocessing: preprocessing({ handle_missing: 'drop' }) },
      /too few rows of a class/,
    ],
  ])('refuses %s', async (_, body, changes, expected) => {
    const { code, failure, root } = await runPrepare(await profiled('a.csv', body), prepareSpecOf(changes));
    expect(failure).toMatch(expected);
    expect(code).toBe(1);
    expect(existsSync(join(root, 'output', 'data', 'prepared.json'))).toBe(false);
  });

  it('names every problem at once', async () => {
    const { failure } = await runPrepare(
      await profiled('a.csv', plain()),
      prepareSpecOf({ target: 'x', time_column: 'z', sensitive_attributes: ['w'] }),
    );
    expect(failure).toMatch(/"x".*"w".*"z"/s);
  });

  it('answers a wrong spec with the fields that are wrong', async () => {
    const { failure } = await runPrepare(await profiled('a.csv', plain()), { ...prepareSpecOf(), seed: 'x', extra: 1 });
    expect(failure).toMatch(/prepare_spec\.json is not valid.*seed/);
  });

  it('holds the data against expectations', async () => {
    const from = await profiled('a.csv', plain());
    const all = (severity: 'error' | 'warning'): PrepareSpec['expectations'] => ({
      format: 1,
      expectations: [
        { column: 'a', expect: 'between', min: 0, max: 100, severity },
        { column: 'a', expect: 'unique', severity },
        { column: 'b', expect: 'in_set', values: ['red', 'green'], severity },
        { column: 'b', expect: 'matches', pattern: "[a-z'; DROP]+", severity },
        { column: 'b', expect: 'type', type: 'BIGINT', severity },
        { column: 'y', expect: 'not_null', severity },
        { column: 'zz', expect: 'not_null', severity },
      ],
    });
    const { root } = await prepared(from, { expectations: all('warning') });
    const checks = qualityReport
      .parse(JSON.parse(read(root, 'quality_report.json')))
      .checks.filter(({ check }) => check.startsWith('expect_'));
    expect(checks.map(({ status, value }) => [status, value])).toEqual([
      ['warn', 333],
      ['pass', 0],
      ['warn', 133],
      ['pass', 0],
      ['warn', null],
      ['pass', 0],
      ['warn', null],
    ]);
    expect((await runPrepare(from, prepareSpecOf({ expectations: all('error') }))).failure).toMatch(
      /between 0 and 100: 333 rows break it/,
    );
  });

  it('measures the data itself when the profile is of another file', async () => {
    const from = await profiled('a.csv', plain());
    writeFileSync(
      join(from, 'output', 'data', 'profile.json'),
      read(await profiled('b.csv', plain(90)), 'profile.json'),
    );
    expect((await prepared(from)).result.rows.source).toBe(400);
  });

  it('treats names that look like SQL as names', async () => {
    const body = csv(200, {
      '"a""; DROP TABLE keys; --"': (row) => row * 0.7,
      "o'hara": (row) => `x'${row % 4}`,
      y: (row) => scatter(row, 2),
    });
    const { result } = await prepared(await profiled('a.csv', body));
    expect(result.features.map(({ name }) => name)).toEqual(['a"; DROP TABLE keys; --', "o'hara"]);
  });

  it('runs as a program of its own: progress on stdout, the reason in output/failure, exit code 1', async () => {
    const program = join(projectRoot, 'dist', 'jobs', 'profile-data.js');
    const start = (body: string) => {
      const root = newRoot();
      put(root, 'raw', 'a.csv', body);
      const ended = spawnSync(process.execPath, [program], {
        env: { PATH: process.env['PATH'] ?? '', DANDORI_ML_ROOT: root },
        encoding: 'utf8',
      });
      return { root, ended };
    };
    const good = start(plain());
    expect(good.ended.status).toBe(0);
    expect(good.ended.stdout).toMatch(/^\[dandori\] progress=0\.0 phase=reading$/m);
    expect(good.ended.stdout).toMatch(/^\[dandori\] progress=100\.0 phase=done rows=400 warnings=\d+$/m);
    const bad = start('a,b\n1\n');
    expect(bad.ended.status).toBe(1);
    expect(readFileSync(join(bad.root, 'output', 'failure'), 'utf8')).toMatch(/ragged.*line 2/);
  });
});
