import Libsql from 'libsql';
import { DandoriError, messageOf } from './errors.js';

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
  /** Brings one module's tables up to date: `steps[i]` leads from version i to i + 1; applied steps never run again. */
  migrate(module: string, steps: readonly string[]): void;
  close(): void;
}

type Connection = InstanceType<typeof Libsql>;

function fromDriver(value: unknown): SqlValue {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  throw new DandoriError('internal', `SQLite returned a value of type ${typeof value}.`);
}

function query(connection: Connection, statements: Map<string, ReturnType<Connection['prepare']>>) {
  return (sql: string, params: SqlValue[]): SqlRow[] => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sql);
      statements.set(sql, statement);
    }
    // `.all()` for everything: `.get()` of this driver adds a field of its own to the row.
    const rows = statement.all(params) as Record<string, unknown>[];
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, fromDriver(value)])));
  };
}

function applySteps(db: Database, module: string, steps: readonly string[]): void {
  db.transaction(() => {
    db.run('CREATE TABLE IF NOT EXISTS schema_version (module TEXT PRIMARY KEY, version INTEGER NOT NULL)');
    const at = Number(db.first('SELECT version FROM schema_version WHERE module = ?', module)?.['version'] ?? 0);
    if (at > steps.length) {
      throw new DandoriError('wrong_state', `The state directory is newer than this Dandori (module ${module}).`, {
        found: `schema version ${at}`,
        allowed: `up to ${steps.length}`,
        next: 'start it with the Dandori version that last used it, or a later one.',
      });
    }
    for (const step of steps.slice(at)) for (const sql of splitStatements(step)) db.run(sql);
    db.run(
      'INSERT INTO schema_version (module, version) VALUES (?, ?) ON CONFLICT (module) DO UPDATE SET version = excluded.version',
      module,
      steps.length,
    );
  });
}

/** Splits a migration at the semicolons that end a line; schema text holds no other such lines. */
function splitStatements(step: string): string[] {
  return step
    .split(/;\s*(?:\n|$)/)
    .map((sql) => sql.trim())
    .filter((sql) => sql !== '');
}

/** Opens (or makes) the database file; `:memory:` works in tests. */
export function openDatabase(path: string): Database {
  let connection: Connection;
  try {
    connection = new Libsql(path);
    connection.exec('PRAGMA journal_mode = WAL');
    connection.exec('PRAGMA synchronous = FULL');
    connection.exec('PRAGMA busy_timeout = 5000');
    connection.exec('PRAGMA foreign_keys = ON');
  } catch (error) {
    throw new DandoriError('unavailable', `The database ${path} cannot be opened.`, {
      found: messageOf(error),
      next: 'check that the folder exists, is writable and has free space; "npx dandori doctor" says more.',
      cause: error,
    });
  }
  const statements = new Map<string, ReturnType<Connection['prepare']>>();
  const all = query(connection, statements);
  let depth = 0;
  const db: Database = {
    all: (sql, ...params) => all(sql, params),
    first: (sql, ...params) => all(sql, params)[0],
    run(sql, ...params) {
      let statement = statements.get(sql);
      if (statement === undefined) {
        statement = connection.prepare(sql);
        statements.set(sql, statement);
      }
      return Number(statement.run(params).changes);
    },
    transaction(body) {
      if (depth > 0) return body();
      connection.exec('BEGIN IMMEDIATE');
      depth += 1;
      try {
        const result = body();
        connection.exec('COMMIT');
        return result;
      } catch (error) {
        connection.exec('ROLLBACK');
        throw error;
      } finally {
        depth -= 1;
      }
    },
    migrate: (module, steps) => applySteps(db, module, steps),
    close: () => connection.close(),
  };
  return db;
}
