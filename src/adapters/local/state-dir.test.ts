import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DandoriError } from '../../errors.js';
import { projectRoot } from '../../root.js';
import { acquireStateDir } from './state-dir.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dandori-state-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const lockedBy = (action: () => unknown): DandoriError => {
  try {
    action();
  } catch (error) {
    if (error instanceof DandoriError) return error;
    throw error;
  }
  throw new Error('expected the lock to be refused');
};

describe('acquireStateDir', () => {
  test('makes the folder for its owner only', () => {
    const state = acquireStateDir(join(dir, 'a', 'b'));
    expect(statSync(state.path).mode & 0o777).toBe(0o700);
    state.release();
  });

  test('refuses a second holder and names the first', () => {
    const first = acquireStateDir(dir, { now: () => new Date('2026-01-02T03:04:05Z') });
    const error = lockedBy(() => acquireStateDir(dir));
    expect(error.code).toBe('locked');
    expect(error.message).toContain(`process ${process.pid} since 2026-01-02T03:04:05.000Z`);
    first.release();
    first.release();
    acquireStateDir(dir).release();
  });

  test('takes over from a process that was killed', async () => {
    const module = pathToFileURL(join(projectRoot, 'dist/adapters/local/state-dir.js')).href;
    const script = `const { acquireStateDir } = await import(${JSON.stringify(module)}); acquireStateDir(${JSON.stringify(dir)}); console.log('held'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const error = lockedBy(() => acquireStateDir(dir));
    expect(error.details.data?.['pid']).toBe(holder.pid);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    acquireStateDir(dir).release();
  });
});
