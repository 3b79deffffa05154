import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalAuditLog } from '../adapters/local/audit-log.js';
import { openDatabase } from '../db.js';
import type { AuditEntry } from '../ports/audit-log.js';
import { main } from './cli.js';
import { collect } from './testing/collect.js';
import { freshFolder } from './testing/state-dir.js';

const folder = freshFolder();
const dir = join(folder.path, 'state');
const hash = 'c0ffee'.repeat(10);
const trainingId = 'train-20260131-093000-1';

const entries: AuditEntry[] = [
  { by: 'aya', action: 'submit', outcome: 'done', at: '2026-01-31T09:30:00.000Z', planHash: null, detail: null },
  { by: 'ken', action: 'approve', outcome: 'refused', at: '2026-02-01T09:30:00.000Z', planHash: hash, detail: 'a bot' },
  { by: 'aya', action: 'approve', outcome: 'done', at: '2026-02-02T09:30:00.000Z', planHash: hash, detail: 'a\nb' },
].map((one, at) => ({ key: String(at), issueNumber: 1, trainingId, ...one }) as AuditEntry);

beforeAll(async () => {
  mkdirSync(dir, { mode: 0o700 });
  const db = openDatabase(join(dir, 'dandori.db'));
  const audit = createLocalAuditLog({ db });
  for (const entry of entries) await audit.record(entry);
  await audit.record({ ...(entries[0] as AuditEntry), key: 'other', issueNumber: 2, trainingId: null, by: 'mia' });
  db.close();
});
afterAll(() => folder.remove());

async function audit(...args: string[]): Promise<{ code: number; out: string; note: string }> {
  const output = collect();
  const code = await main(['node', 'dandori', 'audit', ...args, '--dir', dir], output);
  return { code, out: output.results(), note: output.notes() };
}

const told = async (...args: string[]): Promise<string[]> => {
  const lines = JSON.parse((await audit(...args, '--json')).out) as { by: string; action: string; outcome: string }[];
  return lines.map(({ by, action, outcome }) => `${by} ${action} ${outcome}`);
};

describe('dandori audit', () => {
  it('says in a line each who did what, with which outcome, in which run and on which plan', async () => {
    const { code, out } = await audit('1');
    expect(code).toBe(0);
    const [heading = '', , , approved = ''] = out.split('\n').filter((line) => /[a-z]/.test(line));
    expect(heading).toMatch(/time.+by.+action.+outcome.+run.+plan.+detail/);
    expect(approved).toMatch(/aya.+approve.+done.+train-20260131-093000-1.+c0ffeec0ffee.+a b/);
  });

  it.each([
    ['of an issue', ['1'], ['aya submit done', 'ken approve refused', 'aya approve done']],
    ['of a run, by one person', [trainingId, '--by', 'aya'], ['aya submit done', 'aya approve done']],
    ['since a day', ['--since', '2026-02-01'], ['ken approve refused', 'aya approve done']],
    ['the last of them', ['1', '--limit', '1'], ['aya approve done']],
  ])('picks those %s', async (_, args, lines) => {
    expect(await told(...args)).toEqual(lines);
  });

  it('says that there is nothing, and what a time looks like', async () => {
    expect((await audit('--by', 'nobody')).out).toContain('Nothing of that kind was done.');
    const wrong = await audit('--since', 'yesterday');
    expect(wrong.code).not.toBe(0);
    expect(wrong.note).toContain('such as 2026-01-31');
  });
});
