import type { ColumnType } from '../../contracts/data.js';
import { identifier } from './sql.js';
import { retypeMark } from './csv-errors.js';

export interface TypedColumn {
  name: string;
  type: ColumnType;
}

const retype = (column: string) => `error(concat('${retypeMark} ', CAST(${column} AS VARCHAR)))`;
/**
 * Blank text is no value. Text that begins with a visible character (`!` is the first) is not blank: that comparison is far cheaper
 * than `trim`, and comes first in a CASE, while DuckDB tries the sides of an OR in any order.
 */
const textOrNull = (expression: string) =>
  `CASE WHEN ${expression} >= '!' THEN ${expression} WHEN trim(${expression}) <> '' THEN ${expression} END`;

/** The type that `read_csv` is told for a column: integers go through DOUBLE, because its BIGINT rounds "1.5" without a word. */
export function csvReadType(type: ColumnType): string {
  if (type === 'BIGINT') return 'DOUBLE';
  return type === 'BOOLEAN' ? 'VARCHAR' : type;
}

/**
 * SQL that makes the column's final type of what `read_csv` read, and fails (`isTypeConflict`) where that would lose something: a
 * fraction here, numbers beyond a BIGINT in its cast. Whole numbers that a DOUBLE rounds are the caller's to find, by minimum and maximum.
 */
export function fromCsv({ name, type }: TypedColumn): string {
  const column = identifier(name);
  switch (type) {
    case 'BIGINT':
      return `CASE WHEN ${column} <> trunc(${column}) THEN ${retype(column)} ELSE CAST(${column} AS BIGINT) END`;
    case 'DOUBLE':
      return `CASE WHEN isfinite(${column}) THEN ${column} END`;
    case 'BOOLEAN':
      return `CASE WHEN ${column} IS NULL THEN NULL WHEN lower(${column}) = 'true' THEN true WHEN lower(${column}) = 'false' THEN false ELSE ${retype(column)} END`;
    case 'VARCHAR':
      return textOrNull(column);
    case 'DATE':
    case 'TIMESTAMP':
      return column;
  }
}

/** SQL that reads a column of text as its type; the values are known to fit. */
export function fromText({ name, type }: TypedColumn): string {
  const column = textOrNull(identifier(name));
  if (type === 'VARCHAR') return column;
  const cast = `TRY_CAST(trim(${identifier(name)}) AS ${type})`;
  return type === 'DOUBLE' ? `CASE WHEN isfinite(${cast}) THEN ${cast} END` : cast;
}

/** SQL that counts, for a column of text, how many values read as each type, where codes such as `01234` are no numbers: `n`, `int`, `float`, `bool`, `day`, `time`. */
export function typeCounts(name: string, index: number): string {
  const value = `trim(${identifier(name)})`;
  const count = (suffix: string, condition: string) =>
    `count(*) FILTER (${value} <> '' AND ${condition}) AS c${index}_${suffix}`;
  return [
    count('n', 'true'),
    count('int', `regexp_full_match(${value}, '[+-]?(0|[1-9][0-9]*)') AND TRY_CAST(${value} AS BIGINT) IS NOT NULL`),
    count('float', `TRY_CAST(${value} AS DOUBLE) IS NOT NULL AND NOT regexp_matches(${value}, '^[+-]?0[0-9]')`),
    count('bool', `lower(${value}) IN ('true', 'false')`),
    count('day', `length(${value}) = 10 AND TRY_CAST(${value} AS DATE) IS NOT NULL`),
    count('time', `TRY_CAST(${value} AS TIMESTAMP) IS NOT NULL`),
  ].join(', ');
}

/** The narrowest type that all values fit; text when there are none. */
export function narrowestType(counts: {
  n: number;
  int: number;
  float: number;
  bool: number;
  day: number;
  time: number;
}): ColumnType {
  if (counts.n === 0) return 'VARCHAR';
  if (counts.int === counts.n) return 'BIGINT';
  if (counts.float === counts.n) return 'DOUBLE';
  if (counts.bool === counts.n) return 'BOOLEAN';
  if (counts.day === counts.n) return 'DATE';
  return counts.time === counts.n ? 'TIMESTAMP' : 'VARCHAR';
}

const integers = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER']);
const floats = /^(FLOAT|DOUBLE|DECIMAL.*|HUGEINT|UHUGEINT|UBIGINT|BIGNUM)$/;
const nested = /(\[\d*\]|^STRUCT.*|^MAP.*|^UNION.*)$/s;

/** How a column of a Parquet or JSON file, of DuckDB's type `duckType`, becomes one of our types. */
export function fromTyped(name: string, duckType: string): { type: ColumnType; sql: string } {
  const column = identifier(name);
  if (integers.has(duckType)) return { type: 'BIGINT', sql: `CAST(${column} AS BIGINT)` };
  if (floats.test(duckType)) {
    const value = `CAST(${column} AS DOUBLE)`;
    return { type: 'DOUBLE', sql: `CASE WHEN isfinite(${value}) THEN ${value} END` };
  }
  if (duckType === 'BOOLEAN') return { type: 'BOOLEAN', sql: column };
  if (duckType === 'DATE') return { type: 'DATE', sql: column };
  if (duckType.startsWith('TIMESTAMP')) return { type: 'TIMESTAMP', sql: `CAST(${column} AS TIMESTAMP)` };
  if (duckType === 'JSON') {
    const value = `CASE json_type(${column}) WHEN 'NULL' THEN NULL WHEN 'VARCHAR' THEN ${column} ->> '$' ELSE CAST(${column} AS VARCHAR) END`;
    return { type: 'VARCHAR', sql: textOrNull(`(${value})`) };
  }
  // Lists and structures are kept as JSON text: seen in the profile, never a feature by themselves.
  if (nested.test(duckType)) return { type: 'VARCHAR', sql: `CAST(to_json(${column}) AS VARCHAR)` };
  return { type: 'VARCHAR', sql: textOrNull(`CAST(${column} AS VARCHAR)`) };
}
