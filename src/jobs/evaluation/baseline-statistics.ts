import type { DuckDBConnection } from '@duckdb/node-api';
import type { FeatureStatistics } from './baseline-documents.js';
import { queryRows, quoteIdentifier } from './parquet.js';

const bucketCount = 10;
/** Parameters of the sketch as Model Monitor's own job writes them. */
const sketchParameters = { c: 0.64, k: 2048 };
/** Values listed of a text column, most frequent first; `distinct_count` says how many there are. */
const maxValues = 500;

/** Statistics of one number column of a relation (a table or a table function in SQL); booleans count as 0 and 1. */
export async function numberStatistics(
  connection: DuckDBConnection,
  relation: string,
  name: string,
): Promise<FeatureStatistics> {
  const value = `CAST(${quoteIdentifier(name)} AS DOUBLE)`;
  // DuckDB counts NaN as a value; here it is missing, as it is for the model.
  const present = `(SELECT ${value} AS v FROM ${relation} WHERE ${value} IS NOT NULL AND isfinite(${value}))`;
  const [facts] = await queryRows(
    connection,
    `SELECT (SELECT count(*)::DOUBLE FROM ${relation}) AS rows, count(*)::DOUBLE AS n, avg(v) AS mean, sum(v) AS sum,
      stddev_pop(v) AS std, min(v) AS min, max(v) AS max, coalesce(bool_and(v = floor(v)), false) AS integral FROM ${present}`,
  );
  const count = Number(facts?.['n'] ?? 0);
  const common = { num_present: count, num_missing: Number(facts?.['rows'] ?? 0) - count };
  if (count === 0) return { name, inferred_type: 'Unknown', string_statistics: emptyText(common) };
  const [min, max] = [Number(facts?.['min']), Number(facts?.['max'])];
  const sketch = await sketchOf(connection, present, count);
  return {
    name,
    inferred_type: facts?.['integral'] === true ? 'Integral' : 'Fractional',
    numerical_statistics: {
      common,
      mean: Number(facts?.['mean']),
      sum: Number(facts?.['sum']),
      std_dev: Number(facts?.['std']),
      min,
      max,
      distribution: {
        kll: {
          buckets: await bucketsOf(connection, present, min, max),
          sketch: { parameters: sketchParameters, data: sketch },
        },
      },
    },
  };
}

function emptyText(common: { num_present: number; num_missing: number }): FeatureStatistics['string_statistics'] {
  return { common, distinct_count: 0, distribution: { categorical: { buckets: [] } } };
}

/** Ten buckets of equal width; the last one holds its upper bound too. */
async function bucketsOf(
  connection: DuckDBConnection,
  present: string,
  min: number,
  max: number,
): Promise<{ lower_bound: number; upper_bound: number; count: number }[]> {
  const width = (max - min) / bucketCount;
  const index =
    width === 0 ? '0' : `least(${bucketCount - 1}, greatest(0, floor((v - ${sqlNumber(min)}) / ${sqlNumber(width)})))`;
  const rows = await queryRows(
    connection,
    `SELECT ${index}::DOUBLE AS i, count(*)::DOUBLE AS n FROM ${present} GROUP BY 1`,
  );
  const counts = new Map(rows.map((row) => [Number(row['i']), Number(row['n'])]));
  return Array.from({ length: bucketCount }, (_, i) => ({
    lower_bound: min + i * width,
    upper_bound: i === bucketCount - 1 ? max : min + (i + 1) * width,
    count: counts.get(i) ?? 0,
  }));
}

function sqlNumber(value: number): string {
  return `CAST('${value}' AS DOUBLE)`;
}

/** Which sorted positions a sketch of `count` rows keeps: level l holds positions that stand for 2^l rows each. */
export function sketchPositions(
  count: number,
  size: number,
): { top: number; topEnd: number; step: number; rest: { position: number; level: number }[] } {
  let top = 0;
  while (count / 2 ** top > size) top++;
  const step = 2 ** top;
  const topEnd = Math.floor(count / step) * step;
  const rest: { position: number; level: number }[] = [];
  let from = topEnd;
  for (let level = top - 1; level >= 0; level--) {
    const weight = 2 ** level;
    if (count - from < weight) continue;
    rest.push({ position: from + Math.floor(weight / 2), level });
    from += weight;
  }
  return { top, topEnd, step, rest };
}

/**
 * A sketch in KLL's shape (level i = items of weight 2^i) made from the sorted column rather than by sampling: rank errors stay
 * under half a step, it is the same every time, and its weights add up to the number of rows.
 */
async function sketchOf(connection: DuckDBConnection, present: string, count: number): Promise<number[][]> {
  const { top, topEnd, step, rest } = sketchPositions(count, sketchParameters.k);
  const single = rest.map(({ position }) => position).join(', ') || '-1';
  const rows = await queryRows(
    connection,
    `SELECT i::DOUBLE AS i, v FROM (SELECT v, row_number() OVER (ORDER BY v) - 1 AS i FROM ${present})
      WHERE (i < ${topEnd} AND i % ${step} = ${Math.floor(step / 2)}) OR i IN (${single}) ORDER BY i`,
  );
  const levels = new Map(rest.map(({ position, level }) => [position, level]));
  const data: number[][] = Array.from({ length: top + 1 }, () => []);
  for (const row of rows) data[levels.get(Number(row['i'])) ?? top]?.push(Number(row['v']));
  return data;
}

/** Statistics of one text column; '' and NULL are missing. */
export async function textStatistics(
  connection: DuckDBConnection,
  relation: string,
  name: string,
): Promise<FeatureStatistics> {
  const value = `nullif(CAST(${quoteIdentifier(name)} AS VARCHAR), '')`;
  const [facts] = await queryRows(
    connection,
    `SELECT count(*)::DOUBLE AS rows, count(${value})::DOUBLE AS n, count(DISTINCT ${value})::DOUBLE AS d FROM ${relation}`,
  );
  const buckets = await queryRows(
    connection,
    `SELECT ${value} AS v, count(*)::DOUBLE AS n FROM ${relation} WHERE ${value} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${maxValues}`,
  );
  const present = Number(facts?.['n'] ?? 0);
  return {
    name,
    inferred_type: present === 0 ? 'Unknown' : 'String',
    string_statistics: {
      common: { num_present: present, num_missing: Number(facts?.['rows'] ?? 0) - present },
      distinct_count: Number(facts?.['d'] ?? 0),
      distribution: {
        categorical: { buckets: buckets.map((row) => ({ value: String(row['v']), count: Number(row['n']) })) },
      },
    },
  };
}
