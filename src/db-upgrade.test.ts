import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from './db.js';
import { codeOf } from './errors.js';

const cats = 'CREATE TABLE cat (name TEXT PRIMARY KEY); CREATE INDEX cat_by_name ON cat (name)';
const dogs = 'CREATE TABLE dog (name TEXT PRIMARY KEY)';
const age = 'ALTER TABLE cat ADD COLUMN age INTEGER';
const broken = 'ALTER TABLE horse ADD COLUMN age INTEGER';

let folder: string;
let path: string;
let day: number;
const opened: Database[] = [];

/** One start of the program, a day after the one before. */
function start(): Database {
  day += 1;
  const db = openDatabase(path, { now: () => new Date(Date.UTC(2026, 10, day)) });
  opened.push(db);
  return db;
}

function stop(): void {
  for (const db of opened.splice(0)) db.close();
}

/** A state directory as an older version left it: cats of version 1, one of them called Mia. */
function older(): void {
  const db = start();
  db.migrate('cats', [cats]);
  db.run("INSERT INTO cat VALUES ('Mia')");
  stop();
}

const copies = (): string[] => (existsSync(join(folder, 'backups')) ? readdirSync(join(folder, 'backups')) : []);
const columnsOf = (db: Database, table: string): unknown[] =>
  db.all(`SELECT name FROM pragma_table_info('${table}') ORDER BY cid`).map((row) => row['name']);

function thrown(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dandori-upgrade-'));
  path = join(folder, 'dandori.db');
  day = 0;
});
afterEach(() => {
  stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a new database', () => {
  test('gets its tables without a copy', () => {
    const db = start();
    db.migrate('cats', [cats, age]);
    db.migrate('dogs', [dogs]);
    expect(columnsOf(db, 'cat')).toEqual(['name', 'age']);
    expect(copies()).toEqual([]);
  });

  test('in memory has no copy either, whatever it holds', () => {
    const db = openDatabase(':memory:');
    opened.push(db);
    db.migrate('cats', [cats]);
    db.migrate('cats', [cats, age]);
    expect(columnsOf(db, 'cat')).toEqual(['name', 'age']);
    expect(existsSync('backups')).toBe(false);
  });
});

describe('an older database', () => {
  test('is brought up to date, with a copy of what it was', () => {
    older();
    const db = start();
    db.migrate('cats', [cats, age]);
    expect(db.all('SELECT * FROM cat')).toEqual([{ name: 'Mia', age: null }]);
    expect(copies()).toEqual(['dandori-v1-20261102T000000000Z.db']);
    const copy = openDatabase(join(folder, 'backups', copies()[0] ?? ''));
    opened.push(copy);
    expect(copy.all('SELECT * FROM cat')).toEqual([{ name: 'Mia' }]);
    expect(copy.all('SELECT * FROM schema_version')).toEqual([{ module: 'cats', version: 1 }]);
  });

  test('is copied once a start, before the first of several modules', () => {
    older();
    const db = start();
    db.transaction(() => {
      db.migrate('cats', [cats, age]);
      db.migrate('dogs', [dogs]);
    });
    expect(copies()).toEqual(['dandori-v1-20261102T000000000Z.db']);
    const copy = openDatabase(join(folder, 'backups', copies()[0] ?? ''));
    opened.push(copy);
    expect(copy.all("SELECT name FROM sqlite_master WHERE type = 'table'")).toEqual([
      { name: 'schema_version' },
      { name: 'cat' },
    ]);
  });

  test('that needs nothing is neither copied nor written', () => {
    older();
    const written: string[] = [];
    const db = openDatabase(path, { onCommit: (statements) => written.push(...statements) });
    opened.push(db);
    db.migrate('cats', [cats]);
    expect(written).toEqual([]);
    expect(copies()).toEqual([]);
  });

  test('keeps the newest copy of each of the last three versions', () => {
    older();
    const steps = [cats];
    for (const letter of ['a', 'b', 'c', 'd']) {
      steps.push(`ALTER TABLE cat ADD COLUMN ${letter} TEXT`);
      // A start that fails again and again pushes out only its own copies.
      for (let failed = 0; failed < 2; failed += 1) {
        expect(() => start().migrate('cats', [...steps, broken])).toThrow('cannot be brought up to date');
        stop();
      }
      start().migrate('cats', steps);
      stop();
    }
    writeFileSync(join(folder, 'backups', 'notes.txt'), 'not ours');
    writeFileSync(join(folder, 'backups', 'dandori-v5-20261101T000000000Z.db.part'), 'left by a kill');
    start().migrate('cats', [...steps, 'ALTER TABLE cat ADD COLUMN e TEXT']);
    expect(copies().toSorted()).toEqual([
      'dandori-v3-20261110T000000000Z.db',
      'dandori-v4-20261113T000000000Z.db',
      'dandori-v5-20261114T000000000Z.db',
      'notes.txt',
    ]);
  });
});

describe('a migration that fails', () => {
  test('leaves all modules as they were, names the copy and what to do', () => {
    older();
    const db = start();
    const error = thrown(() =>
      db.transaction(() => {
        db.migrate('cats', [cats, age]);
        db.migrate('dogs', [dogs, broken]);
      }),
    );
    expect(error.message).toMatch(/tables of dogs cannot be brought up to date: nothing was changed/);
    expect(error.message).toContain('no such table: horse');
    expect(error.message).toContain(join(folder, 'backups', 'dandori-v1-20261102T000000000Z.db'));
    stop();
    const before = start();
    before.migrate('cats', [cats]);
    expect(columnsOf(before, 'cat')).toEqual(['name']);
    expect(columnsOf(before, 'dog')).toEqual([]);
  });

  test('of a new database is told as it is', () => {
    expect(() => start().migrate('dogs', [broken])).toThrow(/no such table: horse/);
  });
});

describe('a newer database', () => {
  test('is refused, untouched and without a copy', () => {
    const newer = start();
    newer.migrate('cats', [cats, age]);
    stop();
    const db = start();
    const error = thrown(() => db.migrate('cats', [cats]));
    expect(codeOf(error)).toBe('wrong_state');
    expect(error.message).toMatch(/newer than this Dandori \(module cats\).*version 2.*up to 1.*last used it/);
    expect(columnsOf(db, 'cat')).toEqual(['name', 'age']);
    expect(copies()).toEqual([]);
  });
});

describe('a copy that cannot be made', () => {
  function refusal(): string {
    const db = start();
    const error = thrown(() => db.migrate('cats', [cats, age]));
    expect(codeOf(error)).toBe('unavailable');
    expect(error.message).toContain(join(folder, 'backups'));
    expect(columnsOf(db, 'cat')).toEqual(['name']);
    return error.message;
  }

  test.skipIf(!existsSync('/dev/full'))(
    'because the disk is full refuses the start; nothing half-written stays',
    () => {
      older();
      mkdirSync(join(folder, 'backups'));
      symlinkSync('/dev/full', join(folder, 'backups', 'dandori-v1-20261102T000000000Z.db.part'));
      expect(refusal()).toMatch(/cannot be copied, so it is not brought up to date: nothing was changed.*disk is full/);
      expect(copies()).toEqual([]);
    },
  );

  test('because something else has its place refuses the start', () => {
    older();
    writeFileSync(join(folder, 'backups'), 'a file');
    expect(refusal()).toMatch(/EEXIST|ENOTDIR/);
  });
});
