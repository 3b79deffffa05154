import type { DuckDBConnection } from '@duckdb/node-api';
import type { ModelSignature } from '../../contracts/training.js';
import { failure } from '../../messages/failures.js';
import { jobMessages } from '../job-messages.js';
import { queryRows, quoteIdentifier, quoteText, type ParquetFile, type SelectedColumn } from './parquet.js';

/** Above this many different texts a column is read as text. */
const maxEnumValues = 1000;
/** A numeric attribute with more values than this is judged in quartile bands. */
const maxNumericGroups = 10;

/** How a row without a value of the attribute is called. */
const missingGroup = '(missing)';

function source(file: ParquetFile): string {
  return `read_parquet(${quoteText(file.path)})`;
}

function requireColumns(file: ParquetFile, names: readonly string[], what: string): void {
  const absent = names.filter((name) => !file.types.has(name));
  if (absent.length === 0) return;
  throw failure('unusable_data', jobMessages.rowsLack({ what, absent, found: [...file.types.keys()] }));
}

/** Columns of the signature that the file does not have. */
export function missingFeatures(file: ParquetFile, signature: ModelSignature): string[] {
  return signature.features.map((feature) => feature.name).filter((name) => !file.types.has(name));
}

/** Every feature of the signatures, typed as the encoder takes it; `unusable_data` names absent columns. */
export async function selectFeatures(
  connection: DuckDBConnection,
  file: ParquetFile,
  signatures: readonly ModelSignature[],
): Promise<SelectedColumn[]> {
  const kinds = new Map(signatures.flatMap((one) => one.features).map((feature) => [feature.name, feature.kind]));
  requireColumns(file, [...kinds.keys()], 'features of the model');
  const names = [...kinds.keys()];
  const texts = names.filter((name) => kinds.get(name) === 'categorical');
  const textExpressions = await textColumns(connection, file, texts);
  return names.map((name) => ({
    name,
    expression: textExpressions.get(name) ?? `CAST(${quoteIdentifier(name)} AS DOUBLE)`,
  }));
}

/** The target as text (classification) or number (regression), under the name `name`. */
export async function selectTarget(
  connection: DuckDBConnection,
  file: ParquetFile,
  target: { column: string; name: string; isText: boolean },
): Promise<SelectedColumn> {
  requireColumns(file, [target.column], 'the target');
  const identifier = quoteIdentifier(target.column);
  if (!target.isText) return { name: target.name, expression: `CAST(${identifier} AS DOUBLE)` };
  const texts = await textColumns(connection, file, [target.column]);
  return { name: target.name, expression: texts.get(target.column) ?? identifier };
}

/**
 * Text columns as ENUM where they repeat: DuckDB then hands over small codes and each text becomes a JavaScript string once,
 * which reads churn-like rows six times faster.
 */
async function textColumns(
  connection: DuckDBConnection,
  file: ParquetFile,
  names: readonly string[],
): Promise<Map<string, string>> {
  const asText = new Map(names.map((name) => [name, `CAST(${quoteIdentifier(name)} AS VARCHAR)`]));
  if (names.length === 0) return asText;
  const expressions = [...asText.values()];
  const counts = await queryRows(
    connection,
    `SELECT ${expressions.map((one, i) => `approx_count_distinct(${one})::DOUBLE AS c${i}`).join(', ')} FROM ${source(file)}`,
  );
  const few = names.flatMap((name, i) =>
    Number(counts[0]?.[`c${i}`]) <= maxEnumValues ? [{ name, text: expressions[i] ?? '' }] : [],
  );
  if (few.length === 0) return asText;
  const lists = await queryRows(
    connection,
    `SELECT ${few.map(({ text }, i) => `list(DISTINCT ${text}) FILTER (${text} IS NOT NULL) AS v${i}`).join(', ')} FROM ${source(file)}`,
  );
  few.forEach(({ name, text }, i) => {
    const list = lists[0]?.[`v${i}`];
    const values = Array.isArray(list) ? list.map(String) : [];
    // NUL would end the SQL text.
    if (values.length === 0 || values.some((value) => value.includes('\0'))) return;
    asText.set(name, `CAST(${text} AS ENUM(${values.map(quoteText).join(', ')}))`);
  });
  return asText;
}

/** A sensitive attribute as group names: its values, or for a number with many values its quartile bands. */
export async function selectAttribute(
  connection: DuckDBConnection,
  file: ParquetFile,
  attribute: { column: string; name: string },
): Promise<SelectedColumn> {
  const { column, name } = attribute;
  requireColumns(file, [column], 'the sensitive attribute');
  const identifier = quoteIdentifier(column);
  const missing = quoteText(missingGroup);
  const text = `coalesce(CAST(${identifier} AS VARCHAR), ${missing})`;
  if (!/^(DOUBLE|FLOAT|DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT)/.test(file.types.get(column) ?? ''))
    return { name, expression: text };
  const [facts] = await queryRows(
    connection,
    `SELECT count(DISTINCT ${identifier})::DOUBLE AS n, quantile_disc(CAST(${identifier} AS DOUBLE), [0.25, 0.5, 0.75]) AS q FROM ${source(file)}`,
  );
  if (Number(facts?.['n']) <= maxNumericGroups) {
    // Numbers are prepared as DOUBLE: a 1 of the data would be called 1.0.
    const whole = `CAST(CAST(${identifier} AS BIGINT) AS VARCHAR)`;
    const isWhole = `abs(${identifier}) < 1e15 AND ${identifier} = trunc(${identifier})`;
    return { name, expression: `CASE WHEN ${isWhole} THEN ${whole} ELSE ${text} END` };
  }
  const cuts = Array.isArray(facts?.['q']) ? [...new Set(facts['q'].map(Number))] : [];
  const bands = cuts.map((cut, i) => {
    const label = i === 0 ? `< ${cut}` : `${cuts[i - 1]} .. < ${cut}`;
    return `WHEN ${identifier} < ${cut} THEN ${quoteText(label)}`;
  });
  const last = quoteText(`>= ${cuts.at(-1)}`);
  return { name, expression: `CASE WHEN ${identifier} IS NULL THEN ${missing} ${bands.join(' ')} ELSE ${last} END` };
}
