import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { executeJob, openJob, type Job } from './job-context.js';

const base = mkdtempSync(join(tmpdir(), 'dandori-job-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

function tree(files: Record<string, string> = {}): string {
  const root = mkdtempSync(join(base, 'ml-'));
  for (const [path, body] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), body);
  }
  return root;
}

const failure = (root: string) => readFileSync(join(root, 'output', 'failure'), 'utf8');

describe('openJob', () => {
  it('reads hyperparameters as strings, files and documents of channels', () => {
    const root = tree({
      'input/config/hyperparameters.json': '{"a":"1","b":2}',
      'input/data/raw/data.csv': 'x',
      'input/data/spec/s.json': '{"seed":42}',
    });
    const job = openJob({ root });
    expect(job.hyperparameters).toEqual({ a: '1', b: '2' });
    expect(job.channelFiles('raw')).toEqual(['data.csv']);
    expect(job.channelFiles('absent')).toEqual([]);
    expect(job.channelFile('raw', 'data.csv')).toBe(join(root, 'input/data/raw/data.csv'));
    expect(job.document('spec', 's.json', z.object({ seed: z.number() }))).toEqual({ seed: 42 });
    for (const folder of [job.outputDir, job.modelDir, job.tempDir]) expect(existsSync(folder)).toBe(true);
  });

  it('does without hyperparameters', () => {
    expect(openJob({ root: tree() }).hyperparameters).toEqual({});
  });

  it.each<[string, Record<string, string>, (job: Job) => unknown, RegExp]>([
    [
      'an absent file',
      { 'input/data/raw/b.csv': '' },
      (job) => job.channelFile('raw', 'a.csv'),
      /no file a\.csv in its channel "raw".*Found: b\.csv/,
    ],
    ['an empty channel', {}, (job) => job.channelFile('raw', 'a.csv'), /an empty channel/],
    [
      'broken JSON',
      { 'input/data/spec/s.json': '{' },
      (job) => job.document('spec', 's.json', z.object({})),
      /spec\/s\.json cannot be read as JSON/,
    ],
    [
      'a wrong document, every problem',
      { 'input/data/spec/s.json': '{"a":"x"}' },
      (job) => job.document('spec', 's.json', z.object({ a: z.number(), b: z.string() })),
      /not valid: a: .*; b: /,
    ],
    ['fail', {}, (job) => job.fail('There is nothing to learn.'), /There is nothing to learn/],
  ])('refuses %s', (_, files, use, expected) => {
    expect(() => use(openJob({ root: tree(files) }))).toThrow(expected);
  });

  it('writes progress lines as the contract has them', () => {
    const lines: string[] = [];
    const job = openJob({ root: tree(), write: (line) => lines.push(line) });
    job.progress({ percent: 40, phase: 'reading', rows: 12345 });
    job.progress({ percent: 140, phase: 'done' });
    job.log('a line');
    expect(lines).toEqual([
      '[dandori] progress=40.0 phase=reading rows=12345',
      '[dandori] progress=100.0 phase=done',
      'a line',
    ]);
  });
});

describe('executeJob', () => {
  it('answers 0 and leaves no failure when all goes well', async () => {
    const root = tree();
    expect(await executeJob(async () => undefined, { root })).toBe(0);
    expect(existsSync(join(root, 'output', 'failure'))).toBe(false);
  });

  it.each<[string, Record<string, string>, (job: Job) => Promise<void>, string]>([
    ['a refusal', {}, async (job) => job.fail('No rows.'), 'No rows.'],
    ['any error', {}, () => Promise.reject(new Error('broken')), 'broken'],
    [
      'hyperparameters that are no object',
      { 'input/config/hyperparameters.json': '3' },
      async () => undefined,
      'not an object of strings',
    ],
  ])('answers 1 and records %s', async (_, files, main, expected) => {
    const root = tree(files);
    expect(await executeJob(main, { root })).toBe(1);
    expect(failure(root)).toContain(expected);
  });
});
