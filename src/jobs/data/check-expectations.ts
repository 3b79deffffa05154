import type { ColumnType, Expectation, Expectations, QualityCheck } from '../../contracts/data.js';
import type { Language } from '../../contracts/request.js';
import { messageOf } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { jobMessages } from '../job-messages.js';
import { countOf, type DataEngine } from './engine.js';
import { nearestNames } from '../../nearest.js';
import { qualityMessages } from './quality-messages.js';
import { identifier, text } from './sql.js';

interface Violation {
  /** SQL condition of a row that breaks the expectation; values are $1, $2 ... */
  sql: string;
  values: (string | number | boolean | null)[];
}

const isNumber = (type: ColumnType) => type === 'BIGINT' || type === 'DOUBLE';

function between(name: string, { min, max }: { min?: number | undefined; max?: number | undefined }): Violation {
  const values: number[] = [];
  const parts: string[] = [];
  if (min !== undefined) parts.push(`${name} < CAST($${values.push(min)} AS DOUBLE)`);
  if (max !== undefined) parts.push(`${name} > CAST($${values.push(max)} AS DOUBLE)`);
  return { sql: parts.length > 0 ? parts.join(' OR ') : 'false', values };
}

function inSet(name: string, type: ColumnType, allowed: readonly (string | number | boolean)[]): Violation {
  // Numbers are compared as numbers: 1 and "1.0" are the same value.
  const values = isNumber(type) ? allowed.map(Number).filter((value) => !Number.isNaN(value)) : allowed.map(String);
  const cast = isNumber(type) ? 'DOUBLE' : 'VARCHAR';
  if (values.length === 0) return { sql: `${name} IS NOT NULL`, values: [] };
  const list = values.map((_, index) => `CAST($${index + 1} AS ${cast})`);
  return { sql: `CAST(${name} AS ${cast}) NOT IN (${list.join(', ')})`, values };
}

function violation(each: Exclude<Expectation, { expect: 'unique' | 'type' }>, type: ColumnType): Violation {
  const name = identifier(each.column);
  switch (each.expect) {
    case 'not_null':
      return { sql: `${name} IS NULL`, values: [] };
    case 'between':
      return isNumber(type) ? between(name, each) : { sql: `${name} IS NOT NULL`, values: [] };
    case 'in_set':
      return inSet(name, type, each.values);
    case 'matches':
      return { sql: `NOT regexp_full_match(CAST(${name} AS VARCHAR), $1)`, values: [each.pattern] };
  }
}

function label(each: Expectation): string {
  switch (each.expect) {
    case 'between':
      return `between ${each.min ?? '-inf'} and ${each.max ?? 'inf'}`;
    case 'in_set':
      return `in_set of ${each.values.length} values`;
    case 'matches':
      return `matches ${each.pattern}`;
    default:
      return each.expect;
  }
}

async function countBroken(
  engine: DataEngine,
  from: string,
  each: Exclude<Expectation, { expect: 'type' }>,
  type: ColumnType,
): Promise<number> {
  if (each.expect === 'unique') {
    const name = identifier(each.column);
    return countOf(await engine.one(`SELECT count(${name}) - count(DISTINCT ${name}) AS n FROM ${from}`), 'n');
  }
  const { sql, values } = violation(each, type);
  try {
    return countOf(await engine.one(`SELECT count(*) AS n FROM ${from} WHERE ${sql}`, values), 'n');
  } catch (error) {
    if (each.expect !== 'matches') throw error;
    const why = messageOf(error).split('\n')[0] ?? '';
    throw failure('invalid_input', jobMessages.pattern({ column: each.column, pattern: each.pattern, why }));
  }
}

/** Checks a Parquet file of ours against an expectations file; a broken one with severity `error` is a `fail`. */
export async function checkExpectations(
  engine: DataEngine,
  path: string,
  columns: readonly { name: string; type: ColumnType }[],
  file: Expectations,
  language: Language = 'en',
): Promise<QualityCheck[]> {
  const words = qualityMessages(language);
  const from = `read_parquet(${text(path)})`;
  const known = columns.map(({ name }) => name);
  const checks: QualityCheck[] = [];
  for (const each of file.expectations) {
    const status = each.severity === 'error' ? ('fail' as const) : ('warn' as const);
    const add = (broken: boolean, value: number | null, message: string) =>
      checks.push({
        check: `expect_${each.expect}`,
        column: each.column,
        status: broken ? status : 'pass',
        value,
        message,
      });
    const column = columns.find(({ name }) => name === each.column);
    if (column === undefined)
      add(true, null, words.expectationUnknown(each.column, nearestNames(each.column, known).join(', ')));
    else if (each.expect === 'type') {
      const broken = column.type !== each.type;
      add(
        broken,
        null,
        broken ? words.expectationType(column.type, each.type) : words.expectationMet(`type ${each.type}`),
      );
    } else {
      const rows = await countBroken(engine, from, each, column.type);
      add(rows > 0, rows, rows > 0 ? words.expectationBroken(label(each), rows) : words.expectationMet(label(each)));
    }
  }
  return checks;
}
