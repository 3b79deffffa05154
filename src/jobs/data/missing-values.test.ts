import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingTexts } from '../../contracts/missing-text.js';
import type { ModelSignature } from '../../contracts/training.js';
import { encodeColumns, type EncodedTensor } from '../../serving/encode.js';
import { parseInput } from '../../serving/parse-input.js';
import { type DataEngine, openEngine } from './engine.js';
import { openSource } from './source.js';
import { text } from './sql.js';
import { toParquet } from './to-parquet.js';

// What training takes for "no value" must be none in service: the same rows go through the data job and through a request,
// and must arrive at the model as the same tensors.

const tempDir = mkdtempSync(join(tmpdir(), 'dandori-missing-'));
let engine: DataEngine;
beforeAll(async () => {
  engine = await openEngine({ tempDir, threads: 1 });
});
afterAll(() => {
  engine.close();
  rmSync(tempDir, { recursive: true, force: true });
});

const feature = (name: string, kind: 'numeric' | 'categorical' | 'boolean', categories: string[] | null = null) => ({
  name,
  kind,
  categories,
  minimum: null,
  maximum: null,
  missing_seen: true,
});

const signatureWith = (categories: string[]): ModelSignature => ({
  format: 1,
  task_type: 'regression',
  target: 'y',
  classes: null,
  positive_class: null,
  inputs: [
    { tensor: 'numeric', dtype: 'float32', features: ['age', 'member'] },
    { tensor: 'categorical', dtype: 'string', features: ['town'] },
  ],
  features: [feature('age', 'numeric'), feature('member', 'boolean'), feature('town', 'categorical', categories)],
  outputs: { prediction: 'prediction' },
});

/** The tensors of a file as training and evaluation get them: by way of Parquet. */
async function trained(fileName: string, body: string, signature: ModelSignature) {
  const dir = mkdtempSync(join(tempDir, 'case-'));
  const path = join(dir, fileName);
  writeFileSync(path, body);
  const source = await openSource({ path, fileName, tempDir: dir, maxBytes: 1_000_000 });
  const target = join(dir, 'data.parquet');
  await toParquet(engine, source, dir, target);
  const rows = await engine.all(`SELECT age, member, town FROM read_parquet(${text(target)})`);
  const columns = Object.fromEntries(['age', 'member', 'town'].map((name) => [name, rows.map((row) => row[name])]));
  return encodeColumns(signature, columns, rows.length);
}

function served(contentType: string, body: string, signature: ModelSignature) {
  const { columns, rowCount } = parseInput(signature, { body: Buffer.from(body), contentType });
  return encodeColumns(signature, columns, rowCount);
}

const lastRow = (tensors: readonly EncodedTensor[]) =>
  tensors.flatMap(({ data, dims: [, width] }) => [...data].slice(-width));

const csvOf = (cells: readonly string[], age = '1.5', member = 'true', town = 'Kyoto') =>
  ['age,member,town', ...[age, '2'].map((one) => `${one},${member},${town}`), cells.join(','), ''].join('\n');

describe('a value that is missing', () => {
  const blank = [' ', '   ', '" "', ' \u3000'];
  const quoted = ['""', '"NA"'];
  it.each([...missingTexts, ...blank, ...quoted])('is missing in training and in a CSV request: %j', async (cell) => {
    const signature = signatureWith(['Kyoto']);
    const body = csvOf([cell, cell, cell]);
    const tensors = await trained('rows.csv', body, signature);
    expect(lastRow(tensors)).toEqual([Number.NaN, Number.NaN, '']);
    expect(served('text/csv', body, signature)).toEqual(tensors);
  });

  it.each(['NAN', 'Inf', '-inf', 'infinity'])('is a number that cannot be counted with: %s', async (cell) => {
    const signature = signatureWith(['Kyoto']);
    const body = csvOf([cell, 'true', 'Kyoto']);
    const tensors = await trained('rows.csv', body, signature);
    expect(tensors[0]?.data.at(-2)).toBeNaN();
    expect(served('text/csv', body, signature)).toEqual(tensors);
  });

  it.each(['na', 'none', ' NA', 'NA ', '-', '?', '\t', '0'])(
    'is no category that only looks like it: %j',
    async (cell) => {
      const signature = signatureWith(['Kyoto']);
      const body = csvOf(['3', 'true', cell]);
      const tensors = await trained('rows.csv', body, signature);
      expect(tensors[1]?.data.at(-1)).toBe(cell);
      expect(served('text/csv', body, signature)).toEqual(tensors);
    },
  );

  it.each([...missingTexts, '  '])(
    'is missing in a JSON request as it was in the CSV of training: %j',
    async (cell) => {
      const signature = signatureWith(['Kyoto']);
      const tensors = await trained('rows.csv', csvOf(['', '', cell]), signature);
      const full = { age: 1.5, member: true, town: 'Kyoto' };
      const rows = [full, { ...full, age: 2 }, { age: null, member: null, town: cell }];
      expect(served('application/json', JSON.stringify(rows), signature)).toEqual(tensors);
      // A key that is left out, and null.
      expect(served('application/json', JSON.stringify([full, { ...full, age: 2 }, {}]), signature)).toEqual(tensors);
      const nulls = { age: null, member: null, town: null };
      expect(served('application/json', JSON.stringify([full, { ...full, age: 2 }, nulls]), signature)).toEqual(
        tensors,
      );
    },
  );

  it('is a category where the data of training, which has null, had that text', async () => {
    const rows = [
      { age: 1.5, member: true, town: 'NA' },
      { age: 2, member: true, town: 'Kyoto' },
      { age: null, member: null, town: null },
      { age: null, member: null, town: ' ' },
    ];
    const signature = signatureWith(['Kyoto', 'NA']);
    const tensors = await trained('rows.json', JSON.stringify(rows), signature);
    expect([...(tensors[1]?.data ?? [])]).toEqual(['NA', 'Kyoto', '', '']);
    expect(served('application/json', JSON.stringify(rows), signature)).toEqual(tensors);
    const csv = 'age,member,town\n1.5,true,NA\n2,true,Kyoto\n,,\n,, \n';
    expect(served('text/csv', csv, signature)).toEqual(tensors);
  });
});
