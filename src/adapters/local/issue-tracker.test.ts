import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../db.js';
import { issueTrackerSuite } from '../../ports/issue-tracker.testsuite.js';
import { createLocalIssueTracker, selfName } from './issue-tracker.js';

issueTrackerSuite('the local tracker', async () => {
  const tracker = createLocalIssueTracker({ db: openDatabase(':memory:'), user: 'operator' });
  return {
    tracker,
    react: async (params) => void (await tracker.addReaction(params)),
    permit: (params) => tracker.setPermission(params),
  };
});

describe('the local tracker', () => {
  const draft = { title: 't', body: 'b', labels: ['x', 'x'], author: 'mia' };

  test('gives whoever runs Dandori every right', async () => {
    const named = createLocalIssueTracker({ db: openDatabase(':memory:'), user: 'Operator' });
    await named.setPermission({ user: 'operator', permission: 'none' });
    expect(await named.getPermission({ user: 'operator' })).toBe('admin');
    const own = createLocalIssueTracker({ db: openDatabase(':memory:') });
    expect(await own.getPermission({ user: userInfo().username })).toBe('admin');
  });

  test('goes on where it was after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dandori-tracker-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'a.db');
    const first = openDatabase(path);
    const before = await createLocalIssueTracker({ db: first }).createIssue(draft);
    first.close();
    const db = openDatabase(path);
    const tracker = createLocalIssueTracker({ db });
    expect(await tracker.getIssue({ number: before.number })).toEqual(before);
    expect(await tracker.listEvents({ cursor: null })).toHaveLength(1);
    db.close();
  });

  test('a permission that nobody knows is none', async () => {
    const db = openDatabase(':memory:');
    const tracker = createLocalIssueTracker({ db });
    db.run("INSERT INTO issue_permissions VALUES ('eve', 'owner')");
    expect(await tracker.getPermission({ user: 'eve' })).toBe('none');
  });

  test('lists issues newest first, by state', async () => {
    const tracker = createLocalIssueTracker({ db: openDatabase(':memory:') });
    for (let i = 0; i < 3; i += 1) await tracker.createIssue(draft);
    await tracker.updateIssue({ number: 2, state: 'closed' });
    expect((await tracker.listIssues({})).map((issue) => issue.number)).toEqual([3, 2, 1]);
    expect((await tracker.listIssues({ state: 'open', limit: 1 })).map((issue) => issue.number)).toEqual([3]);
    expect((await tracker.getIssue({ number: 1 })).labels).toEqual(['x']);
  });

  test('an issue that Dandori opens itself is no news to it, a comment in its name by somebody else is', async () => {
    const tracker = createLocalIssueTracker({ db: openDatabase(':memory:'), now: () => new Date(0) });
    const { number, createdAt } = await tracker.createIssue({ ...draft, author: selfName });
    expect(createdAt).toBe('1970-01-01T00:00:00.000Z');
    expect(await tracker.listEvents({ cursor: null })).toEqual([]);
    const comment = await tracker.createComment({ issueNumber: number, body: '<!-- dandori:x -->', author: selfName });
    expect(comment.bySelf).toBe(false);
    expect(await tracker.getComment({ id: comment.id })).toEqual(comment);
    expect(await tracker.listEvents({ cursor: null })).toHaveLength(1);
  });

  test('the same text again is no edit', async () => {
    const tracker = createLocalIssueTracker({ db: openDatabase(':memory:') });
    const { number } = await tracker.createIssue(draft);
    const { id } = await tracker.createComment({ issueNumber: number, body: 'x', author: 'ken' });
    expect((await tracker.updateComment({ id, body: 'x', actor: 'ken' })).edited).toBe(false);
    await tracker.updateIssue({ number, body: draft.body, labels: ['x'], actor: 'ken' });
    expect(await tracker.listEvents({ cursor: null })).toHaveLength(2);
  });

  test.each(['x', '1; DROP TABLE issues', '-1', ''])('refuses a foreign cursor: %j', async (cursor) => {
    const tracker = createLocalIssueTracker({ db: openDatabase(':memory:') });
    await expect(tracker.listEvents({ cursor })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(tracker.addReaction({ commentId: cursor, content: '+1', user: 'mia' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(tracker.getIssue({ number: Number.NaN })).rejects.toMatchObject({ code: 'not_found' });
  });
});
