import { describe, expect, test } from 'vitest';
import { fixtures } from '../../../test/fake-github/fixtures.js';
import { maxBodyLength } from './own-text.js';
import { defaultWindows } from './rate-limit.js';

const fixture = fixtures();

const draft = { body: 'task_type: classification', labels: ['mlops:train'] };
const posting = /^POST .*\/comments/;

/** Time that passes only when somebody waits for it, so that a minute's pause takes no minute. */
function manualClock() {
  const clock = {
    atMs: Date.parse('2026-01-01T00:00:00Z'),
    nowMs: () => clock.atMs,
    sleep: async (ms: number, signal?: AbortSignal) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted !== true) clock.atMs += ms;
    },
  };
  return clock;
}

/** Waits until `look` is true. */
async function until(look: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!look()) {
    if (Date.now() > deadline) throw new Error('It never happened.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a comment', () => {
  test('is written once although the answer to it was lost', async () => {
    const { fake, github } = await fixture();
    const { number } = fake.asUser('mia').openIssue(draft);
    fake.trouble({ on: posting, times: 1, answer: 'lost' });
    const comment = await github.issues.createComment({ issueNumber: number, body: 'result' });
    expect(fake.commentsOf(number).map(({ id }) => String(id))).toEqual([comment.id]);
  });

  test('is written once although the process was killed between GitHub and its own note', async () => {
    const made = await fixture({ patienceMs: 0 });
    const { fake, github } = made;
    const { number } = fake.asUser('mia').openIssue(draft);
    const undo = fake.trouble({ on: posting, answer: 'lost' });
    const { id } = await github.issues.createComment({ issueNumber: number, body: 'result' });
    await until(() => fake.commentsOf(number).length === 1);
    undo();
    const again = await made.reopen();
    again.start();
    await until(() => made.db.all("SELECT * FROM github_outbox WHERE state = 'written'").length === 1);
    expect(fake.commentsOf(number)).toHaveLength(1);
    expect(await again.issues.listComments({ issueNumber: number })).toMatchObject([
      { id, body: 'result', bySelf: true },
    ]);
  });

  test('waits through an outage and a restart, under one id, with the newest text', async () => {
    const made = await fixture({ patienceMs: 0 });
    const { fake, github } = made;
    const { number } = fake.asUser('mia').openIssue(draft);
    const back = fake.outage();
    const first = await github.issues.createComment({ issueNumber: number, body: 'early' });
    await github.issues.updateComment({ id: first.id, body: 'late' });
    expect(fake.commentsOf(number)).toEqual([]);
    back();
    const again = await made.reopen();
    again.start();
    await until(() => fake.commentsOf(number).length === 1);
    const [comment] = await again.issues.listComments({ issueNumber: number });
    expect(comment).toMatchObject({ id: first.id, body: 'late' });
    expect(fake.commentsOf(number)[0]?.body).toContain('late');
  });

  test('longer than GitHub takes is cut, and the whole lies in the repository', async () => {
    const { fake, github } = await fixture();
    const { number } = fake.asUser('mia').openIssue(draft);
    const body = Array.from({ length: 9000 }, (_, line) => `line ${line}`).join('\n');
    await github.issues.createComment({ issueNumber: number, body });
    const [comment] = fake.commentsOf(number);
    expect(comment?.body.length).toBeLessThanOrEqual(maxBodyLength);
    const path = /training_history\/texts\/[0-9a-f-]+\.md/.exec(comment?.body ?? '')?.[0] ?? '';
    expect(fake.repository.git.file('main', path)).toBe(body);
  });

  test('of a person at the command line says who speaks, and is that person’s', async () => {
    const { fake, github } = await fixture();
    const { number } = fake.asUser('mia').openIssue(draft);
    await github.issues.createComment({ issueNumber: number, body: '/status', author: 'ken' });
    expect(fake.commentsOf(number)[0]?.body).toContain('`ken`:');
    expect(await github.issues.listComments({ issueNumber: number })).toMatchObject([
      { body: '/status', author: 'ken', bySelf: false, edited: false },
    ]);
  });

  test('of a stranger who copies the hidden line is the stranger’s', async () => {
    const { fake, github } = await fixture({ webhooks: true });
    const { number } = fake.asUser('mia').openIssue(draft);
    fake.asUser('eve').comment(number, '<!-- dandori-post:00000000-0000-0000-0000-000000000000 -->\nApproved');
    await fake.webhooks.settled();
    expect(await github.issues.listComments({ issueNumber: number })).toMatchObject([{ author: 'eve', bySelf: false }]);
  });

  test('on an issue that is gone fails at once and is not tried again', async () => {
    const made = await fixture();
    await expect(made.github.issues.createComment({ issueNumber: 9, body: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(made.db.all('SELECT * FROM github_outbox')).toEqual([]);
  });
});

describe("GitHub's limits", () => {
  test.each([
    [
      'the secondary limit',
      { status: 403, message: 'You have exceeded a secondary rate limit', headers: { 'retry-after': '30' } },
      30_000,
    ],
    [
      'an empty budget',
      {
        status: 429,
        message: 'API rate limit exceeded',
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767225690' },
      },
      90_000,
    ],
  ])('are waited out: %s', async (_name, answer, pauseMs) => {
    const clock = manualClock();
    const { fake, github } = await fixture({ clock });
    const { number } = fake.asUser('mia').openIssue(draft);
    await github.client.self();
    fake.trouble({ on: posting, times: 1, answer });
    const from = clock.atMs;
    // The caller goes on after its patience; the comment comes when GitHub wants to hear of us again.
    await github.issues.createComment({ issueNumber: number, body: 'result' });
    await until(() => fake.commentsOf(number).length === 1);
    expect(clock.atMs - from).toBeGreaterThanOrEqual(pauseMs);
    const asked = fake.requests.filter(({ route }) => posting.test(route)).map(({ status }) => status);
    expect(asked).toEqual([answer.status, 201]);
  });

  test('are never met by a storm of progress, and the last text of each comment arrives', async () => {
    const clock = manualClock();
    const { fake, github } = await fixture({ clock, windows: defaultWindows, nowMs: clock.nowMs });
    const { number } = fake.asUser('mia').openIssue(draft);
    const status = await github.issues.createComment({ issueNumber: number, body: '<!-- dandori:x/status -->\n0' });
    for (let i = 1; i <= 300; i += 1)
      await github.issues.updateComment({ id: status.id, body: `<!-- dandori:x/status -->\n${i}` });
    await until(() => fake.commentsOf(number)[0]?.body.endsWith('\n300') ?? false);
    expect(fake.refusedByLimit).toBe(0);
    expect(fake.requests.filter(({ route }) => route.startsWith('PATCH')).length).toBeLessThan(300);
  });
});

describe('a refused token', () => {
  test('is never told, neither in an error nor in the log', async () => {
    const made = await fixture({ patienceMs: 0 });
    const token = `ghp_${'t'.repeat(36)}`;
    const { number } = made.fake.asUser('mia').openIssue(draft);
    made.fake.trouble({ answer: { status: 401, message: `Bad credentials ${token}` } });
    const failure = await made.github.issues.getIssue({ number }).catch((error: unknown) => String(error));
    await made.github.issues.createComment({ issueNumber: number, body: 'x' }).catch(() => null);
    await until(() => made.errors.length > 0);
    expect(failure).toContain('make a new one');
    expect(`${failure} ${made.errors.join()}`).not.toContain(token);
  });
});
