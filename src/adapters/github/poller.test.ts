import { describe, expect, test } from 'vitest';
import { fixtures } from '../../../test/fake-github/fixtures.js';
import type { Fixture } from '../../../test/fake-github/open-fixture.js';

const open = fixtures();
async function fixture(): Promise<Fixture> {
  const made = await open({ polls: true });
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
    const hooked = await open({ webhooks: true });
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
    const made = await open({ polls: true });
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

  test('hears of an issue that was opened while the first look failed', async () => {
    let nowMs = Date.parse('2026-01-01T00:00:00Z');
    const made = await open({
      polls: true,
      nowMs: () => nowMs,
      clock: { nowMs: () => nowMs, sleep: async () => {} },
    });
    const back = made.fake.outage();
    await made.github.poller.poll();
    nowMs += 60_000;
    made.fake.asUser('mia').openIssue(draft);
    nowMs += 60_000;
    back();
    await made.github.poller.poll();
    expect(await ids(made)).toEqual(['issue_opened/1']);
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

describe('a server that only polls', () => {
  const minutes = 6;
  const proposals = 2;

  /** Every sleep is over at once and has lasted its time; after the last minute nobody wakes any more. */
  class QuickClock {
    atMs = Date.parse('2026-01-01T00:00:00Z');
    readonly endMs = this.atMs + minutes * 60_000;
    onSleep: () => void = () => undefined;

    nowMs = (): number => this.atMs;

    sleep(ms: number, signal?: AbortSignal): Promise<void> {
      this.onSleep();
      this.atMs += ms;
      if (this.atMs < this.endMs) return Promise.resolve();
      return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
    }
  }

  async function polled(clock: QuickClock, onEvent: () => void = () => undefined): Promise<Fixture> {
    const every = { everyMs: 25_000, repositoryEveryMs: 25_000 };
    const made = await open({ ...every, clock, nowMs: clock.nowMs, onEvent });
    return made;
  }

  async function run({ github }: Fixture, clock: QuickClock): Promise<void> {
    github.start();
    await expect.poll(() => clock.atMs >= clock.endMs, { timeout: 30_000 }).toBe(true);
    await github.stop();
  }

  test('asks a handful of times a minute when nothing happens, and is answered "not modified"', async () => {
    const clock = new QuickClock();
    const made = await polled(clock);
    const { fake, github, watch } = made;
    const { number: issueNumber } = fake.asUser('mia').openIssue(draft);
    for (let at = 0; at < proposals; at += 1) {
      watch((await github.issues.createComment({ issueNumber, body: `proposal ${at}` })).id);
    }
    const startedMs = clock.atMs;
    await run(made, clock);
    const perMinute = Array.from({ length: minutes }, (_, minute) =>
      fake.requests.filter(({ atMs }) => Math.floor((atMs - startedMs) / 60_000) === minute && atMs > startedMs),
    );
    // Three lists, and one for each proposal that waits; two or three looks a minute.
    for (const requests of perMinute) {
      expect(requests.length).toBeGreaterThanOrEqual(3 + proposals);
      expect(requests.length).toBeLessThanOrEqual(3 * (3 + proposals));
    }
    expect(new Set(perMinute.slice(1).flatMap((requests) => requests.map(({ status }) => status)))).toEqual(
      new Set([304]),
    );
  });

  test('hears of an issue, a comment and a thumb within 30 seconds each', async () => {
    const [clock, heard] = [new QuickClock(), [] as number[]];
    const made = await polled(clock, () => void heard.push(clock.atMs));
    const { fake, watch } = made;
    const happenings = [
      () => fake.asUser('mia').openIssue(draft),
      () => watch(String(fake.asUser('ken').comment(1, 'proposal').id)),
      () => fake.asUser('mia').react(fake.commentsOf(1)[0]?.id ?? 0, '+1'),
    ];
    const happened: number[] = [];
    // Right after a look: nothing waits longer for the next one.
    clock.onSleep = () => {
      const happening = clock.atMs > clock.endMs - 5 * 60_000 ? happenings.shift() : undefined;
      if (happening !== undefined) happened.push(clock.atMs);
      happening?.();
    };
    await run(made, clock);
    expect(heard).toHaveLength(3);
    heard.forEach((atMs, at) => expect(atMs - (happened[at] ?? 0)).toBeLessThanOrEqual(30_000));
  });

  test('looks at a hundred proposals at a time, at each in its turn', async () => {
    const { fake, github, watch } = await fixture();
    fake.asUser('mia').openIssue(draft);
    const ids = Array.from({ length: 150 }, () => String(fake.asUser('mia').comment(1, 'proposal').id));
    for (const id of ids) watch(id);
    const looked = async () => {
      const before = fake.requests.length;
      await github.poller.poll();
      return fake.requests.slice(before).filter(({ route }) => route.endsWith('/reactions')).length;
    };
    fake.asUser('ken').react(ids.at(-1) ?? '', '+1');
    expect([await looked(), await looked(), await looked()]).toEqual([100, 50, 100]);
    const [cursor = ''] = (await github.issues.listEvents({ cursor: null })).slice(-1).map(({ id }) => id);
    const events = await github.issues.listEvents({ cursor });
    expect(events.filter(({ kind }) => kind === 'reaction_added').map(({ actor }) => actor)).toEqual(['ken']);
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
