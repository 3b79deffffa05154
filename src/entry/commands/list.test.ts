import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalRunIndex } from '../../adapters/local/run-index.js';
import { openDatabase } from '../../db.js';
import type { RunLine } from '../api-types.js';
import { main } from '../cli.js';
import { collect } from '../testing/collect.js';
import { freshStateDir } from '../testing/state-dir.js';

const closing: (() => unknown)[] = [];
const dir = freshStateDir(closing);
const usual = 1000;

beforeAll(async () => {
  mkdirSync(dir);
  const db = openDatabase(join(dir, 'dandori.db'));
  const runs = createLocalRunIndex({ db });
  for (let n = 0; n <= usual; n += 1) {
    const about = { issueNumber: n, modelName: 'loans', requestedBy: 'owner', eventId: String(n) };
    const createdAt = new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
    const status = n < 3 ? 'failed' : 'running';
    await runs.add({ ...about, trainingId: `train-20260101-000000-${n}`, createdAt, status });
  }
  db.close();
});
afterAll(() => closing.forEach((close) => close()));

async function list(...args: string[]): Promise<{ code: number; runs: RunLine[]; note: string }> {
  const output = collect();
  const code = await main(['node', 'dandori', 'list', '--json', ...args, '--dir', dir], output);
  return { code, runs: JSON.parse(output.results() || '[]') as RunLine[], note: output.notes() };
}

const cut = (shown: number) => `Only the newest ${shown} are shown. "npx dandori list --all" shows every one.`;

describe('the list of runs', () => {
  it.each([
    ['the usual ones, newest first', [], { count: usual, first: usual, note: cut(usual) }],
    ['fewer', ['--limit', '2'], { count: 2, first: usual, note: cut(2) }],
    ['as many as there are', ['--limit', '1001'], { count: 1001, first: usual, note: '' }],
    ['every one', ['--all'], { count: 1001, first: usual, note: '' }],
    ['the open ones', ['--open'], { count: 998, first: usual, note: '' }],
    ['some of the open ones', ['--open', '--limit', '997'], { count: 997, first: usual, note: cut(997) }],
  ])('shows %s and says when there are older ones', async (_what, args, { count, first, note }) => {
    const found = await list(...args);
    expect(found).toMatchObject({ code: 0, note });
    expect(found.runs).toHaveLength(count);
    expect(found.runs[0]).toMatchObject({ issue_number: first });
  });

  it('says to people in the last line that there are older ones', async () => {
    const output = collect();
    await main(['node', 'dandori', 'list', '--limit', '1', '--dir', dir], output);
    expect(output.results().match(/^train-/gm)).toHaveLength(1);
    expect(output.notes()).toBe(cut(1));
  });

  it.each([
    [['--limit', '0'], /a whole number from 1/],
    [['--limit', '5', '--all'], /cannot be used with option/],
  ])('refuses %j as wrong use', async (args, message) => {
    const found = await list(...args);
    expect(found.code).toBe(2);
    expect(found.note).toMatch(message);
  });
});
