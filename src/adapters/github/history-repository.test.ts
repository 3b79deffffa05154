import { describe, expect, test } from 'vitest';
import { historyRepositorySuite } from '../../ports/history-repository.testsuite.js';
import { fixtures } from '../../../test/fake-github/fixtures.js';
import { type Fixture, openFixture } from '../../../test/fake-github/open-fixture.js';

historyRepositorySuite('GitHub', async () => {
  const made = await openFixture();
  return { history: made.github.history, reopen: async () => (await made.reopen()).history, close: () => made.close() };
});

describe.each(['classic', 'ruleset'] as const)('a default branch under %s protection', (kind) => {
  historyRepositorySuite(`GitHub, ${kind},`, async () => {
    const made = await openFixture();
    made.fake.repository.protectedBranches.set('main', kind);
    return {
      history: made.github.history,
      reopen: async () => (await made.reopen()).history,
      close: () => made.close(),
    };
  });
});

describe('the history on GitHub', () => {
  const fixture = fixtures();
  const record = (id: string) => ({
    key: `k/${id}`,
    message: id,
    files: [{ path: `training_history/${id}.md`, body: id }],
  });
  const branch = 'dandori/training-history';

  test('goes straight to an open default branch, without a pull request', async () => {
    const { fake, github } = await fixture();
    const made = await github.history.commit(record('a'));
    expect(fake.repository.git.file('main', 'training_history/a.md')).toBe('a');
    expect(made.url).toBe(`${fake.url}/octo/models/blob/${made.commitSha}/training_history/a.md`);
    expect(fake.repository.pulls).toEqual([]);
  });

  test.each(['classic', 'ruleset'] as const)(
    'opens one pull request for all records of a protected branch (%s)',
    async (kind) => {
      const { fake, github } = await fixture();
      fake.repository.protectedBranches.set('main', kind);
      await github.history.commit(record('a'));
      await github.history.commit(record('b'));
      expect(fake.repository.git.file('main', 'training_history/a.md')).toBeUndefined();
      expect(fake.repository.git.file(branch, 'training_history/b.md')).toBe('b');
      expect(fake.repository.pulls.map(({ head, base, state }) => ({ head, base, state }))).toEqual([
        { head: branch, base: 'main', state: 'open' },
      ]);
    },
  );

  test.each(['merge', 'squash'] as const)(
    'begins anew on the base after the pull request was merged (%s)',
    async (how) => {
      const { fake, github } = await fixture();
      fake.repository.protectedBranches.set('main', 'classic');
      await github.history.commit(record('a'));
      fake.repository.mergePull(fake.repository.pulls[0]?.number ?? 0, how);
      await github.history.commit(record('b'));
      expect(fake.repository.pulls.map((one) => one.state)).toEqual(['closed', 'open']);
      expect(await github.history.listFiles({ prefix: '' })).toEqual([
        'training_history/a.md',
        'training_history/b.md',
      ]);
      const [main, head] = [
        fake.repository.git.branches.get('main') ?? '',
        fake.repository.git.branches.get(branch) ?? '',
      ];
      expect(fake.repository.git.contains(head, main)).toBe(true);
    },
  );

  test('keeps what somebody else pushed in between', async () => {
    const { fake, github } = await fixture();
    const { git } = fake.repository;
    fake.trouble({
      on: /^PATCH .*git\/refs/,
      times: 1,
      answer: { status: 422, message: 'Update is not a fast forward' },
    });
    const before = git.commits.get(git.branches.get('main') ?? '');
    const tree = git.tree(new Map([['README.md', git.blob(Buffer.from('hello'))]]));
    const author = { name: 'mia', email: 'mia@example.com', date: '2026-01-01T00:00:00Z' };
    git.branches.set('main', git.commit({ tree, parents: [before?.sha ?? ''], message: 'theirs', author }).sha);
    await github.history.commit(record('a'));
    expect(await github.history.listFiles({ prefix: '' })).toEqual(['README.md', 'training_history/a.md']);
  });

  test('makes one commit although the answer to the push was lost', async () => {
    const { fake, github } = await fixture();
    fake.trouble({ on: /^PATCH .*git\/refs/, times: 1, answer: 'lost' });
    const made = await github.history.commit(record('a'));
    expect([...fake.repository.git.log(fake.repository.git.branches.get('main'))]).toHaveLength(2);
    expect(await github.history.findCommit({ key: 'k/a' })).toEqual(made);
  });

  test.each([
    ['committed again', (history: Fixture['github']['history']) => history.commit(record('a'))],
    ['looked for', (history: Fixture['github']['history']) => history.findCommit({ key: 'k/a' })],
  ])('opens the pull request that a killed process did not come to when its record is %s', async (_, again) => {
    const { fake, github } = await fixture();
    fake.repository.protectedBranches.set('main', 'classic');
    const undo = fake.trouble({
      on: /^POST .*\/pulls/,
      answer: { status: 403, message: 'Resource not accessible by integration' },
    });
    await expect(github.history.commit(record('a'))).rejects.toMatchObject({ code: 'not_allowed' });
    undo();
    await again(github.history);
    expect(fake.repository.pulls).toHaveLength(1);
    expect([...fake.repository.git.log(fake.repository.git.branches.get(branch))]).toHaveLength(2);
  });

  test('says what to do with an empty repository', async () => {
    const { fake, github } = await fixture();
    fake.repository.git.branches.clear();
    await expect(github.history.commit(record('a'))).rejects.toMatchObject({
      code: 'wrong_state',
      message: expect.stringContaining('add a README'),
    });
  });
});
