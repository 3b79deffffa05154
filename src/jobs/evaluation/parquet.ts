import { basename } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { ColumnValues } from '../../serving/encode.js';
import { DandoriError, messageOf } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { jobMessages } from '../job-messages.js';

/** Rows as columns, by feature name. */
export interface Batch {
  rowCount: number;
  columns: Record<string, ColumnValues>;
}

/** A Parquet file, read by name in batches; nothing is held but the batch. */
export interface ParquetFile {
  path: string;
  rowCount: number;
  /** Column name -> DuckDB type. */
  types: ReadonlyMap<string, string>;
}

/** A column of a query: what it is called in the batch and the SQL expression that makes it. */
export interface SelectedColumn {
  name: string;
  expression: string;
}

/** The one way a foreign column name gets into SQL text. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** SQL text literal; paths and band labels of ours, never a bound value because expressions are put together. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An in-memory DuckDB that spills into `tempDir`. */
export async function openDuckDb(tempDir: string): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { temp_directory: tempDir, memory_limit: '1GB' });
  return instance.connect();
}

/** Rows of a query as objects, with plain JavaScript values. */
export async function queryRows(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJS();
}

/** Reads the schema and the number of rows; `unusable_data` when it is not Parquet or has no rows. */
export async function openParquet(connection: DuckDBConnection, path: string, what: string): Promise<ParquetFile> {
  try {
    const columns = await queryRows(connection, `DESCRIBE SELECT * FROM read_parquet(${quoteText(path)})`);
    const types = new Map(columns.map((column) => [String(column['column_name']), String(column['column_type'])]));
    const [count] = await queryRows(connection, `SELECT count(*)::DOUBLE AS n FROM read_parquet(${quoteText(path)})`);
    const rowCount = Number(count?.['n']);
    if (rowCount > 0) return { path, rowCount, types };
  } catch (error) {
    throw new DandoriError('unusable_data', `The ${what} rows cannot be read as Parquet.`, {
      // The first line says what; the rest shows our own SQL.
      found: (messageOf(error).split('\n')[0] ?? '').replaceAll(path, basename(path)).slice(0, 300),
      next: 'Run the data preparation again.',
      cause: error,
    });
  }
  throw failure('unusable_data', jobMessages.noRows({ what }));
}

/** The rows in file order, `batchRows` at a time (a multiple of 2,048, DuckDB's chunk), at most `limit`. */
export async function* readBatches(
  connection: DuckDBConnection,
  file: ParquetFile,
  selected: readonly SelectedColumn[],
  batchRows: number,
  limit?: number,
): AsyncGenerator<Batch> {
  const list = selected.map(({ expression }) => expression).join(', ');
  const result = await connection.stream(
    `SELECT ${list} FROM read_parquet(${quoteText(file.path)})${limit === undefined ? '' : ` LIMIT ${limit}`}`,
  );
  let pending: unknown[][] = selected.map(() => []);
  let count = 0;
  const take = (): Batch => {
    const columns = Object.fromEntries(selected.map(({ name }, index) => [name, pending[index] ?? []]));
    const batch = { rowCount: count, columns };
    pending = selected.map(() => []);
    count = 0;
    return batch;
  };
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (let index = 0; index < selected.length; index++) {
      const values: unknown[] = chunk.getColumnValues(index);
      const before = pending[index];
      pending[index] = before === undefined || before.length === 0 ? values : before.concat(values);
    }
    count += chunk.rowCount;
    if (count >= batchRows) yield take();
  }
  if (count > 0) yield take();
}
