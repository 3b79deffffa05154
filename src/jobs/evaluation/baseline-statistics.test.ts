import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { suggestConstraints } from './baseline-documents.js';
import { numberStatistics, sketchPositions, textStatistics } from './baseline-statistics.js';

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`CREATE TABLE numbers AS SELECT
    range::DOUBLE AS whole, range / 7.0 AS fraction, range % 2 = 0 AS flag, 5 AS constant, NULL::DOUBLE AS nothing,
    CASE WHEN range < 10 THEN 'NaN'::DOUBLE WHEN range < 30 THEN NULL ELSE range - 500 END AS holes,
    CASE range % 4 WHEN 0 THEN 'a' WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE '' END AS word, 'id' || range AS many,
    range::DOUBLE AS "it's ""odd"""
    FROM range(5000)`);
});
afterAll(() => connection.closeSync());

const numbers = async (name: string) => (await numberStatistics(connection, 'numbers', name)).numerical_statistics;

describe('numberStatistics', () => {
  it('describes a column of whole numbers', async () => {
    const statistics = await numberStatistics(connection, 'numbers', 'whole');
    expect(statistics.inferred_type).toBe('Integral');
    expect(statistics.numerical_statistics).toMatchObject({
      common: { num_present: 5000, num_missing: 0 },
      mean: 2499.5,
      sum: 12497500,
      min: 0,
      max: 4999,
    });
    expect(statistics.numerical_statistics?.std_dev).toBeCloseTo(Math.sqrt((5000 ** 2 - 1) / 12), 6);
  });

  it('has ten buckets of equal width that hold every value', async () => {
    const buckets = (await numbers('fraction'))?.distribution.kll.buckets ?? [];
    expect(buckets.map((bucket) => bucket.count)).toEqual(Array.from({ length: 10 }, () => 500));
    expect(buckets[9]?.upper_bound).toBe(4999 / 7);
  });

  it('counts a constant in one bucket', async () => {
    expect((await numbers('constant'))?.distribution.kll.buckets.map((bucket) => bucket.count)).toEqual([
      5000, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
  });

  it('takes NaN for missing, and booleans for 0 and 1', async () => {
    expect((await numbers('holes'))?.common).toEqual({ num_present: 4970, num_missing: 30 });
    expect(await numbers('flag')).toMatchObject({ mean: 0.5, min: 0, max: 1 });
  });

  it('knows nothing of a column without a value', async () => {
    expect(await numberStatistics(connection, 'numbers', 'nothing')).toMatchObject({ inferred_type: 'Unknown' });
  });

  it('takes an odd name as a name', async () => {
    expect((await numberStatistics(connection, 'numbers', `it's "odd"`)).numerical_statistics?.max).toBe(4999);
  });

  it('has a sketch whose weights add up and whose quantiles are near', async () => {
    const { data } = (await numbers('whole'))?.distribution.kll.sketch ?? { data: [] };
    const weighted = data.flatMap((items, level) => items.map((value) => ({ value, weight: 2 ** level })));
    expect(weighted.reduce((sum, item) => sum + item.weight, 0)).toBe(5000);
    let below = 0;
    let worst = 0;
    for (const { value, weight } of weighted.toSorted((a, b) => a.value - b.value)) {
      worst = Math.max(worst, Math.abs(below + weight / 2 - value));
      below += weight;
    }
    expect(worst).toBeLessThanOrEqual(2);
  });
});

describe('sketchPositions', () => {
  it('stands for every row, with at most the size and a few items', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 2, max: 4096 }), (count, size) => {
        const { top, topEnd, step, rest } = sketchPositions(count, size);
        expect(step).toBe(2 ** top);
        expect(topEnd + rest.reduce((sum, item) => sum + 2 ** item.level, 0)).toBe(count);
        expect(topEnd / step).toBeLessThanOrEqual(size);
        for (const { position } of rest) expect(position).toBeLessThan(count);
      }),
    );
  });
});

describe('textStatistics', () => {
  it('counts values, empty text as missing', async () => {
    expect(await textStatistics(connection, 'numbers', 'word')).toEqual({
      name: 'word',
      inferred_type: 'String',
      string_statistics: {
        common: { num_present: 3750, num_missing: 1250 },
        distinct_count: 2,
        distribution: {
          categorical: {
            buckets: [
              { value: 'a', count: 2500 },
              { value: 'b', count: 1250 },
            ],
          },
        },
      },
    });
  });

  it('lists the most frequent values of many', async () => {
    const { string_statistics } = await textStatistics(connection, 'numbers', 'many');
    expect(string_statistics?.distinct_count).toBe(5000);
    expect(string_statistics?.distribution.categorical.buckets).toHaveLength(500);
  });
});

describe('suggestConstraints', () => {
  it('takes types, completeness, sign and domains from the statistics', async () => {
    const features = [
      await numberStatistics(connection, 'numbers', 'holes'),
      await numberStatistics(connection, 'numbers', 'nothing'),
      await textStatistics(connection, 'numbers', 'word'),
      await textStatistics(connection, 'numbers', 'many'),
    ];
    const constraints = suggestConstraints({ version: 0, dataset: { item_count: 5000 }, features });
    expect(constraints.features).toEqual([
      { name: 'holes', inferred_type: 'Integral', completeness: 0.994, num_constraints: { is_non_negative: false } },
      { name: 'nothing', inferred_type: 'Unknown', completeness: 0, string_constraints: { domains: [] } },
      { name: 'word', inferred_type: 'String', completeness: 0.75, string_constraints: { domains: ['a', 'b'] } },
      // Too many values for a domain: each new one would be a violation.
      { name: 'many', inferred_type: 'String', completeness: 1 },
    ]);
  });
});
