import Libsql from 'libsql';
import { Upgrade } from './db-upgrade.js';
import { DandoriError, messageOf } from './errors.js';
import { storageError } from './sqlite-error.js';

/** What SQLite takes and gives; JSON is kept as text, bytes come back as Uint8Array. */
export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/** One SQLite file in WAL mode with `synchronous=FULL`: a commit that returned survives a power cut. */
export interface Database {
  /** Every row of a query. */
  all(sql: string, ...params: SqlValue[]): SqlRow[];
  /** The first row, or undefined. */
  first(sql: string, ...params: SqlValue[]): SqlRow | undefined;
  /** Runs one statement and answers the number of changed rows. */
  run(sql: string, ...params: SqlValue[]): number;
  /** Runs `body` in one IMMEDIATE transaction; a call inside another transaction joins it. */
  transaction<T>(body: () => T): T;
  /**
   * Brings one module's tables up to date: `steps[i]` leads from version i to i + 1; applied steps never run again. A database
   * that holds something is copied to `backups/` beside it first, once a start; one that is newer is refused (`wrong_state`).
   */
  migrate(module: string, steps: readonly string[]): void;
  close(): void;
}

type Connection = InstanceType<typeof Libsql>;

/** Runs `body`; what the disk did to it is told as a DandoriError (unavailable, corrupt). */
function explained<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw storageError(error);
  }
}

function fromDriver(value: unknown): SqlValue {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  throw new DandoriError('internal', `SQLite returned a value of type ${typeof value}.`);
}

function rowFrom(given: unknown): SqlRow {
  const row = given as Record<string, unknown>;
  for (const name of Object.keys(row)) row[name] = fromDriver(row[name]);
  return row as SqlRow;
}

type Statement = ReturnType<Connection['prepare']>;

/** Prepares each statement once. */
function preparing(connection: Connection): (sql: string) => Statement {
  const statements = new Map<string, Statement>();
  return (sql) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
}

function firstRow(statement: Statement, params: SqlValue[]): SqlRow | undefined {
  const row = explained(() => statement.get(params)) as Record<string, unknown> | undefined;
  if (row === undefined) return undefined;
  // This driver adds a field of its own: how long the call took.
  delete row['_metadata'];
  return rowFrom(row);
}

export interface DatabaseOptions {
  /** Told after every commit, at once, which statements wrote; nothing may depend on it. Tests stop the world here. */
  onCommit?: (statements: readonly string[]) => void;
  now?: () => Date;
}

const writing = /^\s*(?:INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP)\b/i;

/** Tells of writes once they are committed; those of a transaction together, those of a rolled back one never. */
function createObserver(onCommit: (statements: readonly string[]) => void) {
  let open: string[] | null = null;
  return {
    wrote(sql: string): void {
      if (!writing.test(sql)) return;
      if (open === null) onCommit([sql]);
      else open.push(sql);
    },
    begin: () => (open = []),
    rolledBack: () => (open = null),
    committed(): void {
      const statements = open ?? [];
      open = null;
      if (statements.length > 0) onCommit(statements);
    },
  };
}

/** One transaction at a time; a call inside another one joins it. */
function transactions(connection: Connection, observer: ReturnType<typeof createObserver>): Database['transaction'] {
  let depth = 0;
  return (body) => {
    if (depth > 0) return body();
    explained(() => connection.exec('BEGIN IMMEDIATE'));
    depth += 1;
    observer.begin();
    let result;
    try {
      result = body();
      explained(() => connection.exec('COMMIT'));
    } catch (error) {
      observer.rolledBack();
      // After a full disk SQLite has taken the transaction back by itself: the first error is the one to tell.
      if (connection.inTransaction) connection.exec('ROLLBACK');
      throw error;
    } finally {
      depth -= 1;
    }
    observer.committed();
    return result;
  };
}

function connect(path: string): Connection {
  try {
    const connection = new Libsql(path);
    connection.exec('PRAGMA journal_mode = WAL');
    connection.exec('PRAGMA synchronous = FULL');
    // A page that changes in every commit is copied from the log into the database once for 16 MB of log; SQLite's own 4 MB
    // do it four times as often.
    connection.exec('PRAGMA wal_autocheckpoint = 4000');
    connection.exec('PRAGMA busy_timeout = 5000');
    connection.exec('PRAGMA foreign_keys = ON');
    return connection;
  } catch (error) {
    if (storageError(error) !== error) throw storageError(error);
    throw new DandoriError('unavailable', `The database ${path} cannot be opened.`, {
      found: messageOf(error),
      next: 'check that the folder exists, is writable and has free space; "npx dandori doctor" says more.',
      cause: error,
    });
  }
}

/** Copies what is committed; by a connection of its own, because SQLite copies none inside a transaction. */
function copyDatabase(path: string, target: string): void {
  const connection = connect(path);
  try {
    connection.exec(`VACUUM INTO '${target.replaceAll("'", "''")}'`);
  } finally {
    connection.close();
  }
}

/** Opens (or makes) the database file; `:memory:` works in tests. */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  const connection = connect(path);
  const prepared = preparing(connection);
  const observer = createObserver(options.onCommit ?? (() => undefined));
  const transaction = transactions(connection, observer);
  const db: Database = {
    all(sql, ...params) {
      const rows = explained(() => prepared(sql).all(params)).map(rowFrom);
      // `RETURNING` writes too.
      observer.wrote(sql);
      return rows;
    },
    first(sql, ...params) {
      const row = firstRow(prepared(sql), params);
      observer.wrote(sql);
      return row;
    },
    run(sql, ...params) {
      const changes = Number(explained(() => prepared(sql).run(params)).changes);
      if (changes > 0) observer.wrote(sql);
      return changes;
    },
    transaction,
    migrate: (module, steps) => upgrade.migrate(module, steps),
    close: () => connection.close(),
  };
  const upgrade = new Upgrade({
    db,
    path,
    copyTo: (target) => copyDatabase(path, target),
    now: options.now ?? (() => new Date()),
  });
  return db;
}
