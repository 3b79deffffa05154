import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { historyRepositorySuite } from '../../ports/history-repository.testsuite.js';
import { createGitHistoryRepository } from './history-repository.js';

historyRepositorySuite('a git repository', async () => {
  const root = mkdtempSync(join(tmpdir(), 'dandori-history-'));
  const open = (): ReturnType<typeof createGitHistoryRepository> =>
    createGitHistoryRepository({ dir: join(root, 'history') });
  return {
    history: open(),
    reopen: async () => open(),
    close: async () => rmSync(root, { recursive: true, force: true }),
  };
});

describe('createGitHistoryRepository', () => {
  let root = '';
  let dir = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'dandori-history-')));
    dir = join(root, 'history');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const git = (...args: string[]): string => execFileSync('git', args, { cwd: dir, encoding: 'utf8', stdio: 'pipe' });
  const files = [{ path: 'training_history/a.md', body: 'a' }];

  test('stays in its own folder when that lies in another repository', async () => {
    execFileSync('git', ['init', '--quiet', root]);
    const history = createGitHistoryRepository({ dir });
    await history.commit({ key: 'k', message: 'm', files });
    expect(() => execFileSync('git', ['-C', root, 'rev-parse', '--verify', 'HEAD'], { stdio: 'pipe' })).toThrow('HEAD');
    expect(git('status', '--porcelain')).toBe('');
    expect(git('log', '--format=%an <%ae> %s%n%b').trim()).toBe(
      'Dandori <dandori@localhost> m\nDandori-Effect: k\nDandori-File: training_history/a.md',
    );
    expect(git('branch', '--show-current').trim()).toBe('main');
  });

  test('runs no hooks and leaves what a person staged', async () => {
    const history = createGitHistoryRepository({ dir });
    await history.commit({ key: 'k1', message: 'm', files });
    const hooks = join(dir, '.git', 'hooks');
    mkdirSync(hooks, { recursive: true });
    for (const name of ['pre-commit', 'post-commit', 'commit-msg', 'reference-transaction']) {
      writeFileSync(join(hooks, name), `#!/bin/sh\ntouch ${join(root, 'hooked')}\nexit 1\n`);
      chmodSync(join(hooks, name), 0o755);
    }
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    git('add', 'notes.txt');
    await history.commit({ key: 'k2', message: 'm', files: [{ path: 'training_history/b.md', body: 'b' }] });
    expect(existsSync(join(root, 'hooked'))).toBe(false);
    expect(git('status', '--porcelain').trim()).toBe('A  notes.txt');
  });

  test.each(['index.lock', 'HEAD.lock', 'refs/heads/main.lock'])(
    'goes on when a process that died left %s',
    async (lock) => {
      const history = createGitHistoryRepository({ dir, staleLockMs: 100 });
      await history.commit({ key: 'k1', message: 'm', files });
      writeFileSync(join(dir, '.git', lock), '');
      await history.commit({ key: 'k2', message: 'm', files: [{ path: 'training_history/b.md', body: 'b' }] });
      expect(await history.listFiles({ prefix: 'training_history/' })).toHaveLength(2);
    },
  );

  test('commits files that a killed process had written or staged only', async () => {
    const history = createGitHistoryRepository({ dir });
    await history.commit({ key: 'k1', message: 'm', files });
    writeFileSync(join(dir, 'training_history', 'b.md'), 'half');
    git('add', 'training_history/b.md');
    await history.commit({ key: 'k2', message: 'm', files: [{ path: 'training_history/b.md', body: 'whole' }] });
    expect(await history.readFile({ path: 'training_history/b.md' })).toBe('whole');
    expect(git('status', '--porcelain')).toBe('');
  });

  test('does not write through a link that leads out', async () => {
    const history = createGitHistoryRepository({ dir });
    await history.commit({ key: 'k1', message: 'm', files });
    symlinkSync(root, join(dir, 'out'));
    const out = { key: 'k2', message: 'm', files: [{ path: 'out/x.md', body: '' }] };
    await expect(history.commit(out)).rejects.toMatchObject({ code: 'conflict' });
    expect(existsSync(join(root, 'x.md'))).toBe(false);
  });

  test('says that git is missing, and works once it is there', async () => {
    const empty = createGitHistoryRepository({ dir, searchPath: join(root, 'nowhere') });
    await expect(empty.listFiles({ prefix: '' })).rejects.toThrow(/git was not found.*install git/);
  });

  test('does not take over a folder with other things in it', async () => {
    mkdirSync(dir);
    writeFileSync(join(dir, 'thesis.txt'), '');
    await expect(createGitHistoryRepository({ dir }).listFiles({ prefix: '' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});
