import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { algorithmCatalogue } from '../contracts/algorithm-catalogue.js';
import { metric, supervisedMetrics } from '../contracts/request-field-docs.js';
import { algorithmName } from '../contracts/training.js';
import { problemMessages } from '../messages/problems.js';
import { algorithmsFor, loadAlgorithms } from './algorithm-list.js';
import { checkHyperparameters, describeHyperparameter } from './check-hyperparameters.js';
import { metricsFor } from './check-request.js';
import { datasetIdOf, formatOf, isPlainPath, modelNameOf, slugOf } from './data-file.js';

const catalogue = algorithmCatalogue.parse({
  format: 1,
  algorithms: {
    tree: {
      task_types: ['classification', 'regression'],
      summary: 'Trees.',
      hyperparameters: {
        depth: {
          type: 'integer',
          minimum: 1,
          maximum: 50,
          default: null,
          nullable: true,
          aliases: ['max_depth'],
          summary: 's',
        },
        rate: { type: 'number', minimum: 0, default: 0.1, summary: 's' },
        decay: { type: 'number', maximum: 1, default: 0.1, summary: 's' },
        any: { type: 'number', default: 1, summary: 's' },
        kind: { type: 'string', enum: ['gini', 'entropy'], default: 'gini', summary: 's' },
        name: { type: 'string', default: '', summary: 's' },
        warm: { type: 'boolean', default: false, summary: 's' },
        layers: { type: 'integer_array', minimum: 1, maximum: 9, max_items: 2, default: [1], summary: 's' },
        open_list: { type: 'integer_array', default: [1], summary: 's' },
      },
    },
    line: {
      task_types: ['regression'],
      summary: 'A line.',
      hyperparameters: { rate: { type: 'number', default: 1, summary: 's' } },
    },
  },
});

function check(given: Record<string, unknown>, algorithms: string[] = ['tree']) {
  return checkHyperparameters(given, {
    messages: problemMessages.en,
    lines: new Map(),
    catalogue,
    algorithms,
    script: false,
    path: 'hyperparameters',
  });
}

describe('checkHyperparameters', () => {
  test.each<[string, unknown]>([
    ['depth', 5],
    ['depth', null],
    ['rate', 0],
    ['rate', 1e9],
    ['decay', -5],
    ['any', -1.5],
    ['kind', 'entropy'],
    ['name', 'anything'],
    ['warm', true],
    ['layers', [1, 9]],
    ['open_list', [0, -1, 2]],
  ])('takes %s: %j', (name, value) => {
    expect(check({ [name]: value })).toEqual({ value: { tree: { [name]: value } }, problems: [] });
  });

  test.each<[string, unknown, string]>([
    ['depth', 1.5, 'an integer from 1 to 50, or `null`'],
    ['depth', 51, 'an integer from 1 to 50, or `null`'],
    ['depth', '5', 'an integer from 1 to 50, or `null`'],
    ['rate', -1, 'a number of at least 0'],
    ['rate', null, 'a number of at least 0'],
    ['rate', Number.NaN, 'a number of at least 0'],
    ['decay', 2, 'a number of at most 1'],
    ['any', Number.POSITIVE_INFINITY, 'a number'],
    ['kind', 'ginni', 'one of `gini`, `entropy`'],
    ['kind', 1, 'one of `gini`, `entropy`'],
    ['name', 1, 'a text'],
    ['warm', 'yes', '`true` or `false`'],
    ['layers', [], 'a list of an integer from 1 to 9'],
    ['layers', [1, 2, 3], 'a list of an integer from 1 to 9'],
    ['layers', [0], 'a list of an integer from 1 to 9'],
    ['layers', 3, 'a list of an integer from 1 to 9'],
  ])('refuses %s: %j', (name, value, allowed) => {
    const { problems } = check({ [name]: value });
    expect(problems).toMatchObject([{ field: `hyperparameters.${name}`, code: 'wrong_value', allowed }]);
  });

  test('names the nearest value and the nearest name', () => {
    expect(check({ kind: 'ginni' }).problems[0]?.nearest).toBe('gini');
    expect(check({ rat: 1 }).problems[0]).toMatchObject({ code: 'unknown_field', nearest: 'rate' });
  });

  test('gives a common name to every algorithm that knows it, and a particular one its own', () => {
    expect(check({ rate: 2, max_depth: 3, line: { rate: 1 } }, ['tree', 'line'])).toEqual({
      value: { tree: { rate: 2, depth: 3 }, line: { rate: 1 } },
      problems: [],
    });
  });

  test('an alias beside its name is a conflict unless they agree', () => {
    expect(check({ depth: 3, max_depth: 3 }).problems).toEqual([]);
    expect(check({ depth: 3, max_depth: 4 }).problems).toMatchObject([
      { code: 'conflict', allowed: 'the same value as `depth`, or only one of the two' },
    ]);
  });

  test('a mapping under an algorithm that is not asked for is refused', () => {
    expect(check({ line: { rate: 1 } }).problems).toMatchObject([{ code: 'conflict' }]);
    expect(check({ tre: { rate: 1 } }).problems).toMatchObject([{ code: 'unknown_field', nearest: 'tree' }]);
  });
});

describe("the trainer's list of algorithms", () => {
  test('has every algorithm that a request may name, and no other', () => {
    expect(Object.keys(loadAlgorithms().algorithms).sort()).toEqual([...algorithmName.options].sort());
    expect(algorithmsFor(catalogue, 'classification')).toEqual(['tree']);
  });

  test('has defaults that it would take itself', () => {
    for (const [name, { hyperparameters }] of Object.entries(loadAlgorithms().algorithms)) {
      const given = Object.fromEntries(Object.entries(hyperparameters).map(([key, spec]) => [key, spec.default]));
      const found = checkHyperparameters(
        { [name]: given },
        {
          messages: problemMessages.en,
          lines: new Map(),
          catalogue: loadAlgorithms(),
          algorithms: [name],
          script: false,
          path: '',
        },
      );
      expect(found.problems).toEqual([]);
      for (const spec of Object.values(hyperparameters))
        expect(describeHyperparameter(spec, problemMessages.ja)).not.toBe('');
    }
  });

  test.each(['{', '{"format": 2, "algorithms": {}}'])('says what is wrong with a broken file: %s', (text) => {
    const path = join(mkdtempSync(join(tmpdir(), 'dandori-algorithms-')), 'algorithms.json');
    writeFileSync(path, text);
    expect(() => loadAlgorithms(path)).toThrow(/cannot be read.*restore the file/s);
  });

  test('the metrics of the tasks are those that the schema knows', () => {
    const all = new Set([...metricsFor('classification'), ...metricsFor('regression')]);
    expect([...all].sort()).toEqual([...supervisedMetrics].sort());
    expect([...all].every((name) => metric.safeParse(name).success)).toBe(true);
  });
});

describe('names made of files', () => {
  test.each([
    ['churn.csv', 'churn', 'csv'],
    ['data/Wa_Churn 2.CSV.gz', 'wa-churn-2', 'csv'],
    [String.raw`C\Übung.parquet`, 'ubung', 'parquet'],
    ['rows.jsonl', 'rows', 'json'],
    ['a.b.tsv', 'a-b', 'csv'],
    ['.csv', 'csv', 'csv'],
    ['noextension', 'noextension', null],
    ['x.xlsx', 'x', null],
  ])('%s', (path, id, format) => {
    expect(datasetIdOf(path)).toBe(id);
    expect(formatOf(path)).toBe(format);
  });

  test('text without a usable letter gets a name of its own', () => {
    expect(slugOf('顧客', 'dataset')).toMatch(/^dataset-[0-9a-f]{8}$/);
    expect(slugOf('顧客', 'dataset')).not.toBe(slugOf('解約', 'dataset'));
  });

  test.each([
    ['churn', 'churn', 'churn'],
    ['wa-churn', 'churn', 'wa-churn'],
    ['customers', 'Churned?', 'customers-churned'],
    ['a'.repeat(63), 'b', 'a'.repeat(52)],
  ])('a model of %s and %s is %s', (dataset, target, name) => {
    expect(modelNameOf(dataset, target)).toBe(name);
  });

  test.each(['../x', 'a/../../x', 'a\\..\\x', 's3://b/k', 'file:/etc/passwd', '~/x', 'a\u0000b', 'C:\\x'])(
    '%j is no path for a request',
    (path) => {
      expect(isPlainPath(path)).toBe(false);
    },
  );

  test.each(['x.csv', 'a/b.csv', '/data/x.csv', '..x/y', 'a..b'])('%j is one', (path) => {
    expect(isPlainPath(path)).toBe(true);
  });
});
