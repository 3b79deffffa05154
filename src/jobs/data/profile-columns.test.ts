import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataEngine, openEngine } from './engine.js';
import { figuresOfCounts } from './figures-of-counts.js';
import { countDuplicates, profileColumns } from './profile-columns.js';
import { text } from './sql.js';

const tempDir = mkdtempSync(join(tmpdir(), 'dandori-profile-'));
let engine: DataEngine;
beforeAll(async () => {
  engine = await openEngine({ tempDir });
});
afterAll(() => {
  engine.close();
  rmSync(tempDir, { recursive: true, force: true });
});

async function written(name: string, select: string): Promise<string> {
  const path = join(tempDir, `${name}.parquet`);
  await engine.run(`COPY (${select}) TO ${text(path)} (FORMAT parquet)`);
  return path;
}

describe('profileColumns of more than a million rows', () => {
  const rows = 1_200_000;
  let path: string;
  beforeAll(async () => {
    path = await written(
      'many',
      `SELECT i + 7 AS number, (hash(i) % 1000)::BIGINT AS thousand, (hash(i * 3) % 4000)::DOUBLE / 7 - 100 AS amount,
         CASE WHEN i % 4 > 0 THEN concat('c', hash(i * 5) % 300) END AS city, hash(i * 7) / 1e19 AS scattered FROM range(${rows}) t(i)`,
    );
  });

  it('counts what has few values and what may number the rows exactly, so that a row number is an identifier', async () => {
    const columns = await profileColumns(engine, path, rows);
    expect(columns.map((each) => [each.name, each.kind, each.distinct_exact])).toEqual([
      ['number', 'identifier', true],
      ['thousand', 'numeric', true],
      ['amount', 'numeric', true],
      ['city', 'categorical', true],
      ['scattered', 'numeric', false],
    ]);
    expect(columns.slice(0, 4).map(({ distinct }) => distinct)).toEqual([rows, 1000, 4000, 300]);
    expect(columns[3]).toMatchObject({ missing: rows / 4 });
    expect(columns[3]?.top_values).toHaveLength(100);
  });

  it.each(['thousand', 'amount'])('has the figures of all rows where it counted values: %s', async (name) => {
    const found = (await profileColumns(engine, path, rows)).find((each) => each.name === name)?.numeric;
    const { q1, q3, edges } = { q1: found?.q1 ?? 0, q3: found?.q3 ?? 0, edges: found?.histogram?.edges ?? [] };
    const uppers = edges.slice(1).map((edge) => `(${edge})::DOUBLE`);
    const outside = (low: string, high: string) =>
      `count(*) FILTER (${name} < (${low})::DOUBLE OR ${name} > (${high})::DOUBLE)`;
    const row = await engine.one(
      `SELECT avg(${name}) AS mean, stddev_samp(${name}) AS std, count(*) FILTER (${name} = 0) / count(*) AS zero,
         ${outside(`${q1 - 1.5 * (q3 - q1)}`, `${q3 + 1.5 * (q3 - q1)}`)} AS iqr, map_values(histogram(CAST(${name} AS DOUBLE), [${uppers.join(', ')}])) AS hist
       FROM read_parquet(${text(path)})`,
    );
    expect(found?.mean).toBeCloseTo(Number(row['mean']), 8);
    expect(found?.std).toBeCloseTo(Number(row['std']), 8);
    expect(found?.zero_ratio).toBe(row['zero']);
    expect(found?.outliers_iqr).toBe(row['iqr']);
    expect(found?.histogram?.counts).toEqual(Array.isArray(row['hist']) ? row['hist'].slice(0, 20) : []);
  });
});

describe('countDuplicates', () => {
  it.each([
    { what: 'with a number of the row', number: 'i', duplicates: 0 },
    { what: 'of two equal halves', number: 'i % 250', duplicates: 250 },
    { what: 'whose number misses once', number: 'nullif(i, 3)', duplicates: 0 },
  ])('finds $duplicates in rows $what', async ({ what, number, duplicates }) => {
    const select = `SELECT ${number} AS a, 1::BIGINT AS b FROM range(500) t(i)`;
    const path = await written(what.replaceAll(' ', '-'), select);
    expect(await countDuplicates(engine, path, 500, await profileColumns(engine, path, 500))).toBe(duplicates);
  });
});

describe('figuresOfCounts', () => {
  it('puts values on an edge into the bin below it, and counts what is far outside', () => {
    const edges = Array.from({ length: 21 }, (_, index) => index);
    const counted = [0, 1, 1.5, 20].map((value) => ({ value: String(value), count: 10 }));
    expect(figuresOfCounts(counted, { q1: 0, q3: 1, edges })).toMatchObject({
      mean: 5.625,
      zero: 10,
      iqr: 10,
      z: 0,
      hist: [20, 10, ...Array.from({ length: 17 }, () => 0), 10],
    });
  });

  it('counts what is more than three deviations from the mean', () => {
    const counted = [
      ...Array.from({ length: 50 }, (_, value) => ({ value: String(value % 3), count: 20 })),
      { value: '90', count: 2 },
    ];
    expect(figuresOfCounts(counted, { q1: null, q3: null, edges: null })).toMatchObject({ z: 2, iqr: 0, hist: null });
  });

  it.each([
    { what: 'no value', values: [], mean: null, std: null },
    { what: 'one value', values: ['4'], mean: 4, std: null },
    { what: 'a value too large to be squared', values: ['1', '3', '1e200'], mean: 2, std: Math.SQRT2 },
  ])('has mean $mean and deviation $std for $what', ({ values, mean, std }) => {
    const counted = values.map((value) => ({ value, count: 1 }));
    expect(figuresOfCounts(counted, { q1: null, q3: null, edges: null })).toMatchObject({ mean, std });
  });
});
