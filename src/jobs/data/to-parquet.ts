import { join } from 'node:path';
import { columnType, type ColumnType } from '../../contracts/data.js';
import { isMissingText, missingTexts, missingWords } from '../../contracts/missing-text.js';
import { DandoriError, messageOf } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { fileMessages } from './file-messages.js';
import { checkColumnNames, readCsvHead, readRecords, type CsvHead } from './csv-head.js';
import {
  csvReadType,
  fromCsv,
  fromText,
  fromTyped,
  narrowestType,
  typeCounts,
  type TypedColumn,
} from './column-types.js';
import { explainCsvError, isTypeConflict } from './csv-errors.js';
import { countOf, type Cell, type DataEngine } from './engine.js';
import { findTooDeep } from './json-depth.js';
import type { DataSource } from './source.js';
import { identifier, text } from './sql.js';

/**
 * Options of every Parquet file we write: quick, and the same bytes for the same rows. Snappy and the encodings of version 2 make
 * files that are a seventh larger than those of zstd, in two thirds of the time; they are read in half.
 */
export const parquetOptions = 'FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION v2, ROW_GROUP_SIZE 122880';

const maxJsonDepth = 32;

const list = (words: readonly string[]) => words.map(text).join(', ');

function readCsv(
  source: DataSource,
  head: CsvHead,
  types: readonly string[],
  missing: readonly string[] = missingTexts,
): string {
  const columns = head.columns.map((name, index) => `${text(name)}: ${text(types[index] ?? 'VARCHAR')}`);
  return (
    `read_csv(${text(source.path)}, auto_detect = false, header = true, delim = ${text(head.delimiter)}, quote = '"', escape = '"', ` +
    `nullstr = [${list(missing)}], columns = {${columns.join(', ')}})`
  );
}

function sniffedType(cell: Cell | undefined): ColumnType {
  const parsed = columnType.safeParse(cell);
  return parsed.success ? parsed.data : 'VARCHAR';
}

const isBlank = (cell: string): boolean => cell !== '' && cell.trim() === '';
const isNumber = (value: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);

/** What the first rows suggest. */
interface Suggested {
  types: ColumnType[];
  /** Columns whose type only all rows can tell. */
  doubtful: number[];
  /** Whether a missing value is written as a word somewhere. */
  words: boolean;
}

/** Null where nothing can be suggested. */
async function suggestTypes(engine: DataEngine, source: DataSource, head: CsvHead): Promise<Suggested | null> {
  let sniffed: Cell | undefined;
  try {
    const sql = `SELECT Columns FROM sniff_csv(${text(source.path)}, header = true, delim = ${text(head.delimiter)}, quote = '"', escape = '"', nullstr = [${list(missingTexts)}])`;
    sniffed = (await engine.one(sql))['Columns'];
  } catch {
    return null;
  }
  if (!Array.isArray(sniffed) || sniffed.length !== head.columns.length) return null;
  const rows = readRecords(source.head, head.delimiter, 2_000, source.headIsAll).slice(1);
  const types = sniffed.map((each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each) ? sniffedType(each['type']) : 'VARCHAR',
  );
  const doubtful: number[] = [];
  for (const [index, type] of types.entries()) {
    const cells = rows.map((row) => row[index] ?? '');
    const values = cells.filter((cell) => !isMissingText(cell)).map((cell) => cell.trim());
    // DuckDB takes a blank cell among numbers for text, where it only means that there is none.
    const hidden = type === 'VARCHAR' && cells.some(isBlank) && values.every(isNumber);
    if (values.length === 0 || hidden) doubtful.push(index);
    // DuckDB takes "Yes" and "No" for a boolean; to the person they are the names of two classes.
    if (type === 'BOOLEAN' && !values.every((value) => /^(true|false)$/i.test(value))) types[index] = 'VARCHAR';
  }
  return { types, doubtful, words: rows.some((row) => row.some((cell) => missingWords.includes(cell))) };
}

async function copy(engine: DataEngine, select: string, from: string, target: string): Promise<void> {
  await engine.run(`COPY (SELECT ${select} FROM ${from}) TO ${text(target)} (${parquetOptions})`);
}

const selectAs = (columns: readonly TypedColumn[], sql: (column: TypedColumn) => string) =>
  columns.map((column) => `${sql(column)} AS ${identifier(column.name)}`).join(', ');

/** The types that all values of all rows fit, of a Parquet file of text columns. */
async function measureTypes(engine: DataEngine, path: string, names: readonly string[]): Promise<TypedColumn[]> {
  const row = await engine.one(`SELECT ${names.map(typeCounts).join(', ')} FROM read_parquet(${text(path)})`);
  return names.map((name, index) => {
    const of = (suffix: string) => countOf(row, `c${index}_${suffix}`);
    return {
      name,
      type: narrowestType({
        n: of('n'),
        int: of('int'),
        float: of('float'),
        bool: of('bool'),
        day: of('day'),
        time: of('time'),
      }),
    };
  });
}

async function slowCsv(
  engine: DataEngine,
  source: DataSource,
  head: CsvHead,
  tempDir: string,
  target: string,
): Promise<void> {
  const asText = join(tempDir, 'text.parquet');
  try {
    await copy(engine, '*', readCsv(source, head, []), asText);
  } catch (error) {
    throw explainCsvError(error, source.fileName);
  }
  const columns = await measureTypes(engine, asText, head.columns);
  await copy(engine, selectAs(columns, fromText), `read_parquet(${text(asText)})`, target);
}

/** False when whole numbers were read that a DOUBLE may have rounded; told by the file's own statistics, without reading it. */
async function areSafeIntegers(engine: DataEngine, columns: readonly TypedColumn[], target: string): Promise<boolean> {
  const names = columns.filter(({ type }) => type === 'BIGINT').map(({ name }) => identifier(name));
  if (names.length === 0) return true;
  const ends = names.flatMap((name) => [`min(${name})`, `max(${name})`]).join(', ');
  const row = await engine.one(`SELECT ${ends} FROM read_parquet(${text(target)})`);
  return Object.values(row).every((value) => Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER);
}

/** True when a word for "no value" stands in a column of text; read column by column, DuckDB needs little more than the dictionaries. */
async function holdsWords(engine: DataEngine, columns: readonly TypedColumn[], target: string): Promise<boolean> {
  for (const { name } of columns.filter(({ type }) => type === 'VARCHAR')) {
    const sql = `SELECT count(*) AS n FROM read_parquet(${text(target)}) WHERE ${identifier(name)} IN (${list(missingWords)})`;
    if (countOf(await engine.one(sql), 'n') > 0) return true;
  }
  return false;
}

/** Reads with the types of the first rows, taking the texts in `missing` for no value; false when something did not fit. */
async function readAs(
  engine: DataEngine,
  { source, head, columns, target }: { source: DataSource; head: CsvHead; columns: TypedColumn[]; target: string },
  missing: readonly string[],
): Promise<boolean> {
  try {
    const readTypes = columns.map(({ type }) => csvReadType(type));
    await copy(engine, selectAs(columns, fromCsv), readCsv(source, head, readTypes, missing), target);
    return true;
  } catch (error) {
    if (isTypeConflict(error)) return false;
    throw explainCsvError(error, source.fileName);
  }
}

async function fastCsv(engine: DataEngine, source: DataSource, head: CsvHead, target: string): Promise<boolean> {
  const suggested = await suggestTypes(engine, source, head);
  if (suggested === null) return false;
  const columns = head.columns.map((name, index) => ({ name, type: suggested.types[index] ?? 'VARCHAR' }));
  const file = { source, head, columns, target };
  // DuckDB compares every cell with every word: a file that seems to have none is read an eighth faster without them.
  const withoutWords =
    !suggested.words && (await readAs(engine, file, [''])) && !(await holdsWords(engine, columns, target));
  if (!withoutWords && !(await readAs(engine, file, missingTexts))) return false;
  if (!(await areSafeIntegers(engine, columns, target))) return false;
  // A column whose first rows were all empty or blank was taken for text: only now can one see whether it is.
  const doubtful = suggested.doubtful.map((index) => head.columns[index] ?? '').filter((name) => name !== '');
  if (doubtful.length === 0) return true;
  return (await measureTypes(engine, target, doubtful)).every(({ type }) => type === 'VARCHAR');
}

async function refuseDeepJson(source: DataSource): Promise<void> {
  const at = await findTooDeep(source.path, maxJsonDepth);
  if (at === null) return;
  const found = { levels: maxJsonDepth, position: at };
  throw failure('unusable_data', fileMessages.tooDeep({ file: source.fileName, ...found }));
}

async function convertTyped(engine: DataEngine, source: DataSource, target: string): Promise<void> {
  const from =
    source.format === 'parquet'
      ? `read_parquet(${text(source.path)})`
      : // The whole file decides the types: a key that comes late would otherwise be lost without a word.
        `read_json(${text(source.path)}, records = true, sample_size = -1, maximum_depth = 2, maximum_object_size = 16777216)`;
  try {
    const described = await engine.all(`DESCRIBE SELECT * FROM ${from}`);
    const columns = described.map((row) => ({
      name: String(row['column_name']),
      duckType: String(row['column_type']),
    }));
    checkColumnNames(
      columns.map(({ name }) => name),
      source.fileName,
    );
    const select = columns.map(({ name, duckType }) => `${fromTyped(name, duckType).sql} AS ${identifier(name)}`);
    await copy(engine, select.join(', '), from, target);
  } catch (error) {
    if (error instanceof DandoriError && error.code !== 'internal') throw error;
    const why = messageOf(error).replace('DuckDB refused a query: ', '').split('\n')[0] ?? '';
    const { fileName: file, format } = source;
    throw failure(
      'unusable_data',
      fileMessages.unreadable({ file, format: format === 'json' ? 'json' : 'parquet', why }),
    );
  }
}

/** Writes the rows of a source, typed, to the Parquet file `target`, in their order; answers how many rows there are. */
export async function toParquet(
  engine: DataEngine,
  source: DataSource,
  tempDir: string,
  target: string,
): Promise<number> {
  if (source.format === 'json') await refuseDeepJson(source);
  if (source.format === 'csv') {
    const head = readCsvHead(source);
    if (!(await fastCsv(engine, source, head, target))) await slowCsv(engine, source, head, tempDir, target);
  } else await convertTyped(engine, source, target);
  const rows = countOf(await engine.one(`SELECT count(*) AS n FROM read_parquet(${text(target)})`), 'n');
  if (rows === 0) throw failure('unusable_data', fileMessages.noRows({ file: source.fileName }));
  return rows;
}
