import { afterEach, describe, expect, test } from 'vitest';
import { type Fixture, openFixture } from '../../../test/fake-github/open-fixture.js';

const open: Fixture[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
async function fixture(): Promise<Fixture> {
  const made = await openFixture({ polls: true });
  open.push(made);
  await made.github.poller.poll();
  return made;
}

const draft = { body: 'task_type: classification', labels: ['mlops:train'] };
const ids = async ({ github }: Fixture): Promise<string[]> =>
  (await github.issues.listEvents({ cursor: null })).map(({ id }) => id);

describe('polling', () => {
  test('costs three requests when nothing happened, all answered "not modified"', async () => {
    const { fake, github } = await fixture();
    fake.asUser('mia').openIssue(draft);
    await github.poller.poll();
    await github.poller.poll();
    const before = fake.requests.length;
    await github.poller.poll();
    expect(fake.requests.slice(before).map(({ status }) => status)).toEqual([304, 304, 304]);
  });

  test('tells the same event ids as webhooks do', async () => {
    const polled = await fixture();
    const { fake } = polled;
    const hooked = await openFixture({ webhooks: true });
    open.push(hooked);
    for (const github of [fake, hooked.fake]) {
      const { number } = github.asUser('mia').openIssue(draft);
      github.asUser('ken').comment(number, '/status');
    }
    await polled.github.poller.poll();
    await hooked.fake.webhooks.settled();
    expect(await ids(polled)).toEqual(await ids(hooked));
    expect(await ids(polled)).toHaveLength(2);
  });

  test('leaves alone what lay in the repository before the first look', async () => {
    const made = await openFixture({ polls: true });
    open.push(made);
    // GitHub's times are cut to seconds: these are from well before.
    const old = made.fake.asUser('mia').openIssue(draft);
    old.createdAt = old.updatedAt = '2020-01-01T00:00:00Z';
    for (const event of made.fake.repository.labelEvents) event.createdAt = old.createdAt;
    await made.github.poller.poll();
    expect(await ids(made)).toEqual([]);
    made.fake.asUser('ken').comment(old.number, '/status');
    await made.github.poller.poll();
    expect(await ids(made)).toHaveLength(1);
  });

  test('hears a thumb that was taken back and given by somebody else', async () => {
    const { fake, github, watch } = await fixture();
    const { number } = fake.asUser('mia').openIssue(draft);
    const { id } = await github.issues.createComment({ issueNumber: number, body: 'proposal' });
    watch(id);
    fake.asUser('mia').react(id, '+1');
    await github.poller.poll();
    fake.asUser('mia').unreact(id, '+1');
    fake.asUser('ken').react(id, '+1');
    await github.poller.poll();
    const events = await github.issues.listEvents({ cursor: null });
    expect(events.filter(({ kind }) => kind === 'reaction_added').map(({ actor }) => actor)).toEqual(['mia', 'ken']);
  });

  test('waits an outage out, says so once, and loses nothing', async () => {
    const made = await fixture();
    const { fake, github, errors } = made;
    const back = fake.outage();
    fake.asUser('mia').openIssue(draft);
    await github.poller.poll();
    await github.poller.poll();
    expect(errors).toHaveLength(1);
    back();
    await github.poller.poll();
    expect(await ids(made)).toEqual(['issue_opened/1']);
  });
});

describe('permissions', () => {
  test.each([
    ['a failing answer', { status: 500, message: 'oops' }],
    ['a refusal', { status: 403, message: 'Resource not accessible by integration' }],
  ])('are none after %s, however high they are', async (_name, answer) => {
    const { fake, github } = await fixture();
    fake.permit('mia', 'admin');
    const undo = fake.trouble({ on: /permission$/, answer });
    expect(await github.issues.getPermission({ user: 'mia' })).toBe('none');
    undo();
    expect(await github.issues.getPermission({ user: 'mia' })).toBe('admin');
  });

  test('of a name that is none are not asked for', async () => {
    const { fake, github } = await fixture();
    const before = fake.requests.length;
    for (const user of ['../../evil', 'dependabot[bot]', 'a b', '']) {
      expect(await github.issues.getPermission({ user })).toBe('none');
    }
    expect(fake.requests).toHaveLength(before);
  });
});
