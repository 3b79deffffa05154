import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../db.js';
import { codeOf } from '../../../errors.js';
import { SharedCommit } from './shared-commit.js';

let folder: string;
let path: string;
let db: Database;
let commits: string[];
let shared: SharedCommit;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shared-commit-'));
  path = join(folder, 'x.db');
  commits = [];
  db = openDatabase(path, { onCommit: (statements) => commits.push(`${statements.length} writes`) });
  db.run('CREATE TABLE kept (n INTEGER PRIMARY KEY, ballast TEXT)');
  commits = [];
  shared = new SharedCommit(db);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const add = (n: number, ballast = '') => db.run('INSERT INTO kept (n, ballast) VALUES (?, ?)', n, ballast);
const kept = (on: Database = db): number[] => on.all('SELECT n FROM kept ORDER BY n').map((row) => Number(row['n']));

/** What a process that dies now leaves for the next one. */
function leftByKill(name: string): number[] {
  const copy = join(folder, `${name}.db`);
  cpSync(path, copy);
  cpSync(`${path}-wal`, `${copy}-wal`);
  const next = openDatabase(copy);
  try {
    return kept(next);
  } finally {
    next.close();
  }
}

describe('a shared commit', () => {
  test('takes changes of one turn together, and each caller hears its own result', async () => {
    const results = await Promise.all([1, 2, 3].map((n) => shared.run(() => `${n}: ${add(n)}`)));
    expect(results).toEqual(['1: 1', '2: 1', '3: 1']);
    expect(commits).toEqual(['3 writes']);
  });

  test('is on the disk when a caller goes on', async () => {
    const seen = await Promise.all([1, 2].map((n) => shared.run(() => add(n)).then(() => leftByKill(`after-${n}`))));
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test('is lost whole when the process dies in its middle', async () => {
    const seen: number[][] = [];
    const killed = (n: number): void => {
      add(n);
      seen.push(leftByKill(`during-${n}`));
    };
    await shared.run(() => add(0));
    await Promise.all([1, 2, 3].map((n) => shared.run(() => killed(n))));
    expect(seen).toEqual([[0], [0], [0]]);
    expect(leftByKill('after')).toEqual([0, 1, 2, 3]);
  });

  test('with one that fails keeps the others, and only its own caller is told', async () => {
    const refuse = (why: string): never => {
      throw new Error(why);
    };
    const settled = await Promise.allSettled([
      shared.run(() => add(1)),
      shared.run(() => refuse('not this one')),
      shared.run(() => add(3)),
      shared.run(() => {
        add(4);
        refuse('nor this one');
      }),
    ]);
    expect(settled.map((one) => (one.status === 'rejected' ? String(one.reason) : one.value))).toEqual([
      1,
      'Error: not this one',
      1,
      'Error: nor this one',
    ]);
    expect(kept()).toEqual([1, 3]);
    // What was taken back together is committed alone.
    expect(commits).toEqual(['1 writes', '1 writes']);
  });

  test('for which there is no room refuses those that do not fit, each with the error of the disk', async () => {
    const pages = Number(db.first('PRAGMA page_count')?.['page_count']);
    db.all(`PRAGMA max_page_count = ${pages + 2}`);
    const settled = await Promise.allSettled([
      shared.run(() => add(1, 'x'.repeat(50_000))),
      shared.run(() => add(2)),
      shared.run(() => add(3, 'x'.repeat(50_000))),
    ]);
    expect(settled.map((one) => (one.status === 'rejected' ? codeOf(one.reason) : one.status))).toEqual([
      'unavailable',
      'fulfilled',
      'unavailable',
    ]);
    expect(kept()).toEqual([2]);
  });

  test('that the disk refuses is tried once, and told to all', async () => {
    let tries = 0;
    const busy = new SharedCommit({
      ...db,
      transaction: () => {
        tries += 1;
        throw new Error('database is locked');
      },
    });
    const settled = await Promise.allSettled([1, 2].map((n) => busy.run(() => add(n))));
    expect(settled.map((one) => one.status === 'rejected' && String(one.reason))).toEqual([
      'Error: database is locked',
      'Error: database is locked',
    ]);
    expect({ tries, kept: kept() }).toEqual({ tries: 1, kept: [] });
  });

  test('takes 100 changes at most, in the order in which they came', async () => {
    const order: number[] = [];
    const numbers = Array.from({ length: 250 }, (_none, n) => n);
    await Promise.all(numbers.map((n) => shared.run(() => add(n)).then(() => order.push(n))));
    expect(commits).toEqual(['100 writes', '100 writes', '50 writes']);
    expect(order).toEqual(numbers);
  });

  test('is made at once when the engine is closed', async () => {
    const change = shared.run(() => add(1));
    shared.flush();
    expect(kept()).toEqual([1]);
    expect(await change).toBe(1);
  });
});
