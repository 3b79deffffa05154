import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from './db.js';

let folder: string;
let path: string;
let db: Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dandori-db-'));
  path = join(folder, 'test.db');
  db = openDatabase(path);
  db.migrate('test', ['CREATE TABLE number (n INTEGER NOT NULL)']);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a process would find that starts on the files as they are now. */
function foundByNext(): unknown[] {
  const copy = join(folder, 'copy.db');
  for (const end of ['', '-wal']) if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${copy}${end}`);
  const next = openDatabase(copy);
  const rows = next.all('SELECT n FROM number ORDER BY n').map((row) => row['n']);
  next.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
  return rows;
}

describe('a commit', () => {
  it('is written to the log and synced before it returns', () => {
    expect(db.first('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    // 2 is FULL: the log is synced after every commit, and before it is copied into the database.
    expect(db.first('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    db.run('INSERT INTO number VALUES (1)');
    expect(foundByNext()).toEqual([1]);
  });

  it('has all of its transaction or nothing, for who starts next too', () => {
    db.transaction(() => {
      db.run('INSERT INTO number VALUES (1)');
      expect(foundByNext()).toEqual([]);
      db.run('INSERT INTO number VALUES (2)');
    });
    expect(foundByNext()).toEqual([1, 2]);
    const failing = () =>
      db.transaction(() => {
        db.run('INSERT INTO number VALUES (3)');
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    expect(foundByNext()).toEqual([1, 2]);
  });
});
