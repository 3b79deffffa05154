import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, DandoriError, messageOf } from './errors.js';

/** What an upgrade does with the database; see Database. */
interface Upgraded {
  first(sql: string, ...params: (string | number)[]): Record<string, unknown> | undefined;
  run(sql: string, ...params: (string | number)[]): number;
  transaction<T>(body: () => T): T;
}

const copiesKept = 3;

function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Of each schema version the newest copy stays, of the last three versions; what a kill left half-written goes. */
function tidyCopies(folder: string, prefix: string): void {
  const name = new RegExp(`^${prefix}-v(?<version>\\d+)-(?<at>\\w+)\\.db(?<aside>\\.part)?$`);
  const kept = new Set<string>();
  const copies = readdirSync(folder).flatMap((file) => {
    const groups = name.exec(file)?.groups;
    return groups === undefined ? [] : [{ file, at: '', version: '', ...groups }];
  });
  for (const { file, version } of copies.toSorted((one, other) => other.at.localeCompare(one.at))) {
    if (!file.endsWith('.part') && !kept.has(version) && kept.size < copiesKept) kept.add(version);
    else rmSync(join(folder, file), { force: true });
  }
}

/** Splits a migration at the semicolons that end a line; schema text holds no other such lines. */
function splitStatements(step: string): string[] {
  return step
    .split(/;\s*(?:\n|$)/)
    .map((sql) => sql.trim())
    .filter((sql) => sql !== '');
}

function tooNew(module: string, at: number, known: number): DandoriError {
  return new DandoriError('wrong_state', `The state directory is newer than this Dandori (module ${module}).`, {
    found: `schema version ${at}`,
    allowed: `up to ${known}`,
    next: 'start it with the Dandori version that last used it, or a later one.',
  });
}

/**
 * The migrations of one start. A database that holds something is copied before the first of them, as it was before the open
 * transaction if there is one: whoever migrates several modules in one transaction has all of them or none.
 */
export class Upgrade {
  readonly #db: Upgraded;
  readonly #path: string;
  readonly #copyTo: (path: string) => void;
  readonly #now: () => Date;
  /** Path of the copy; null: a new database needs none. */
  #copy: string | null | undefined;

  constructor(parts: { db: Upgraded; path: string; copyTo: (path: string) => void; now: () => Date }) {
    this.#db = parts.db;
    this.#path = parts.path;
    this.#copyTo = parts.copyTo;
    this.#now = parts.now;
  }

  migrate(module: string, steps: readonly string[]): void {
    const at = this.#versionOf(module);
    if (at === steps.length) return;
    if (at > steps.length) throw tooNew(module, at, steps.length);
    if (this.#copy === undefined) this.#copy = this.#isNew() ? null : this.#keepCopy();
    try {
      this.#apply(module, steps, at);
    } catch (error) {
      if (this.#copy === null) throw error;
      throw new DandoriError(
        codeOf(error),
        `The tables of ${module} cannot be brought up to date: nothing was changed.`,
        {
          found: messageOf(error),
          next: `mend the cause and start again, or start the Dandori version that last used ${this.#path}; a copy of it is ${this.#copy}.`,
          cause: error,
        },
      );
    }
  }

  #isNew(): boolean {
    return this.#path === ':memory:' || this.#db.first('SELECT 1 FROM sqlite_master LIMIT 1') === undefined;
  }

  #hasVersions(): boolean {
    return this.#db.first("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'") !== undefined;
  }

  #versionOf(module: string): number {
    if (!this.#hasVersions()) return 0;
    return Number(this.#db.first('SELECT version FROM schema_version WHERE module = ?', module)?.['version'] ?? 0);
  }

  /** Version of the whole: the sum of its modules', so that every step raises it. */
  #wholeVersion(): number {
    return this.#hasVersions() ? Number(this.#db.first('SELECT total(version) AS v FROM schema_version')?.['v']) : 0;
  }

  #apply(module: string, steps: readonly string[], at: number): void {
    const db = this.#db;
    db.transaction(() => {
      db.run('CREATE TABLE IF NOT EXISTS schema_version (module TEXT PRIMARY KEY, version INTEGER NOT NULL)');
      for (const step of steps.slice(at)) for (const sql of splitStatements(step)) db.run(sql);
      db.run(
        'INSERT INTO schema_version (module, version) VALUES (?, ?) ON CONFLICT (module) DO UPDATE SET version = excluded.version',
        module,
        steps.length,
      );
    });
  }

  /** Written aside, then renamed: what bears the name of a copy is whole. */
  #keepCopy(): string {
    const folder = join(dirname(this.#path), 'backups');
    const prefix = basename(this.#path, '.db');
    const at = this.#now().toISOString().replaceAll(/[-:.]/g, '');
    const copy = join(folder, `${prefix}-v${this.#wholeVersion()}-${at}.db`);
    const aside = `${copy}.part`;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#copyTo(aside);
      syncPath(aside);
      renameSync(aside, copy);
      syncPath(folder);
      tidyCopies(folder, prefix);
      return copy;
    } catch (error) {
      if (existsSync(aside)) rmSync(aside);
      throw new DandoriError(
        'unavailable',
        `${this.#path} cannot be copied, so it is not brought up to date: nothing was changed.`,
        {
          found: messageOf(error),
          next: `see that ${folder} can be written and has room for another ${basename(this.#path)}, then start again.`,
          cause: error,
        },
      );
    }
  }
}
