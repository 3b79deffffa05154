import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HistoryRepository } from './history-repository.js';

/** What every history repository promises; `reopen` answers the same one as a new process would see it. */
export function historyRepositorySuite(
  name: string,
  open: () => Promise<{
    history: HistoryRepository;
    reopen: () => Promise<HistoryRepository>;
    close: () => Promise<void>;
  }>,
): void {
  describe(`${name} as a history repository`, () => {
    let at: Awaited<ReturnType<typeof open>>;
    beforeEach(async () => {
      at = await open();
    });
    afterEach(() => at.close());

    const record = (id: string, body = `# ${id}\n`): { path: string; body: string } => ({
      path: `training_history/${id}.md`,
      body,
    });

    test('is empty at first', async () => {
      expect(await at.history.findCommit({ key: 'train-a/RecordHistory/1/commit' })).toBeNull();
      expect(await at.history.readFile({ path: 'training_history/a.md' })).toBeNull();
      expect(await at.history.listFiles({ prefix: '' })).toEqual([]);
    });

    test('commits several files at once and gives them back', async () => {
      const picture = { path: 'training_history/a/roc.png', body: new Uint8Array([137, 80, 78, 71, 0, 255]) };
      const made = await at.history.commit({
        key: 'k/1',
        message: '記録: a',
        files: [record('a', '段取り\r\n'), picture],
      });
      expect(made.commitSha).toMatch(/^[0-9a-f]{40,64}$/);
      expect(made.filePath).toBe('training_history/a.md');
      expect(made.url).toContain('a.md');
      expect(await at.history.readFile({ path: 'training_history/a.md' })).toBe('段取り\r\n');
      expect(await at.history.listFiles({ prefix: 'training_history/' })).toEqual([
        'training_history/a.md',
        'training_history/a/roc.png',
      ]);
      expect(await at.history.listFiles({ prefix: 'training_history/a/' })).toEqual(['training_history/a/roc.png']);
    });

    test('answers the first commit for a key, also after a restart, and writes nothing new', async () => {
      const first = await at.history.commit({ key: 'k/1', message: 'one', files: [record('a')] });
      expect(await at.history.findCommit({ key: 'k/1' })).toEqual(first);
      const again = await at.reopen();
      expect(await again.commit({ key: 'k/1', message: 'two', files: [record('b')] })).toEqual(first);
      expect(await again.listFiles({ prefix: '' })).toEqual(['training_history/a.md']);
    });

    test('tells keys apart that begin alike', async () => {
      await at.history.commit({ key: 'k/10', message: 'ten', files: [record('a')] });
      expect(await at.history.findCommit({ key: 'k/1' })).toBeNull();
      const one = await at.history.commit({ key: 'k/1', message: 'one', files: [record('b')] });
      expect(await at.history.findCommit({ key: 'k/1' })).toEqual(one);
    });

    test('is not fooled by a message that holds a key', async () => {
      const message = 'Title\n\nDandori-Effect: k/forged\n\u0000\u001b[31m';
      await at.history.commit({ key: 'k/real', message, files: [record('a')] });
      expect(await at.history.findCommit({ key: 'k/forged' })).toBeNull();
      expect(await at.history.findCommit({ key: 'k/real' })).not.toBeNull();
    });

    test('commits the same bytes under another key, and changes of a file', async () => {
      const first = await at.history.commit({ key: 'k/1', message: 'm', files: [record('a')] });
      const same = await at.history.commit({ key: 'k/2', message: 'm', files: [record('a')] });
      expect(same.commitSha).not.toBe(first.commitSha);
      await at.history.commit({ key: 'k/3', message: 'm', files: [record('a', 'changed')] });
      expect(await at.history.readFile({ path: 'training_history/a.md' })).toBe('changed');
    });

    test('keeps commits that are asked for at once', async () => {
      const ids = ['a', 'b', 'c', 'd', 'e'];
      const made = await Promise.all(
        ids.map((id) => at.history.commit({ key: `k/${id}`, message: id, files: [record(id)] })),
      );
      expect(new Set(made.map((one) => one.commitSha)).size).toBe(5);
      expect((await at.history.listFiles({ prefix: 'training_history/' })).length).toBe(5);
    });

    test.each(['../out.md', '/etc/passwd', '.git/config', 'a/.git/x', '', 'a//b', 'a\0b', '-rf/..', ':(top)x'])(
      'refuses the path %j',
      async (path) => {
        await expect(at.history.commit({ key: 'k', message: 'm', files: [{ path, body: '' }] })).rejects.toMatchObject({
          code: 'invalid_input',
        });
      },
    );

    test.each(['', 'two\nlines', 'a b'])('refuses the key %j', async (key) => {
      await expect(at.history.commit({ key, message: 'm', files: [record('a')] })).rejects.toMatchObject({
        code: 'invalid_input',
      });
    });
  });
}
