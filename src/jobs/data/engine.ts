import { availableParallelism } from 'node:os';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { DandoriError, messageOf } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { jobMessages } from '../job-messages.js';

/** What a query takes and gives: BIGINT comes back as number where it is exact, dates as ISO text. */
export type Cell = string | number | boolean | null | Cell[] | { [field: string]: Cell };
export type Row = Record<string, Cell>;

/** One in-process DuckDB that streams and spills: memory stays under its limit whatever the size of the file. */
export interface DataEngine {
  /** Every row; values are bound to $1, $2 ... */
  all(sql: string, values?: (string | number | boolean | null)[]): Promise<Row[]>;
  /** The first row; `internal` when there is none. */
  one(sql: string, values?: (string | number | boolean | null)[]): Promise<Row>;
  run(sql: string, values?: (string | number | boolean | null)[]): Promise<void>;
  /** Share of the running query, 0..100; null when DuckDB does not know. */
  percent(): number | null;
  close(): void;
}

export interface EngineOptions {
  /** Where DuckDB spills. */
  tempDir: string;
  /** Default 1,536 MB. */
  memoryLimitMb?: number;
  /** Default `DANDORI_THREADS`, else every core; at least 2, because with one DuckDB cuts the row groups of what it writes elsewhere. */
  threads?: number;
}

function plain(value: unknown): Cell {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  return String(value);
}

function translate(error: unknown): DandoriError {
  const message = messageOf(error);
  const why = message.split('\n')[0] ?? message;
  if (/Out of Memory|failed to (allocate|pin)/i.test(message)) {
    return failure('limit_exceeded', jobMessages.noMemory({ why }), { cause: error });
  }
  if (/No space left|could not write|disk full/i.test(message)) {
    return failure('limit_exceeded', jobMessages.diskFull({ why }), { cause: error });
  }
  return new DandoriError('internal', `DuckDB refused a query: ${message}`, { cause: error });
}

function threadCount(options: EngineOptions): number {
  const wanted = options.threads ?? Number(process.env['DANDORI_THREADS'] ?? '');
  return Math.max(2, Number.isInteger(wanted) && wanted > 0 ? wanted : availableParallelism());
}

function wrap(instance: DuckDBInstance, connection: DuckDBConnection): DataEngine {
  const all: DataEngine['all'] = async (sql, values = []) => {
    try {
      const reader = await connection.runAndReadAll(sql, values);
      return reader
        .getRowObjectsJS()
        .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
    } catch (error) {
      throw translate(error);
    }
  };
  return {
    all,
    async one(sql, values) {
      const row = (await all(sql, values))[0];
      if (row === undefined) throw new DandoriError('internal', 'A query that answers one row answered none.');
      return row;
    },
    async run(sql, values) {
      await all(sql, values);
    },
    percent() {
      const percentage = connection.progress.percentage;
      return percentage < 0 ? null : percentage;
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Opens an engine; close it when done. It reaches no network: extensions are never fetched. */
export async function openEngine(options: EngineOptions): Promise<DataEngine> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threadCount(options)),
    memory_limit: `${options.memoryLimitMb ?? 1536}MB`,
    temp_directory: options.tempDir,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  // Rows keep the order of the file: row numbers, and with them the splits, are the same on every machine.
  await connection.run('SET preserve_insertion_order = true');
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run('SET enable_progress_bar = true');
  await connection.run('SET enable_progress_bar_print = false');
  return wrap(instance, connection);
}

/** A figure of a row as a number; null stays null. */
export function numberOf(row: Row, name: string): number | null {
  const value = row[name];
  if (value === null || value === undefined) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** A count of a row; absent is 0. */
export function countOf(row: Row, name: string): number {
  return numberOf(row, name) ?? 0;
}
