import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fixtures } from '../../../test/fake-github/fixtures.js';
import type { Fixture } from '../../../test/fake-github/open-fixture.js';
import type { TrackerEvent } from '../../ports/issue-tracker.js';
import { projectRoot } from '../../root.js';
import { isSigned, maxWebhookBytes } from './webhook.js';
import { readPayload } from './webhook-events.js';

const fixture = fixtures({ webhooks: true });

const request = { body: 'task_type: classification', labels: ['mlops:train'] };
const hear = ({ github }: Fixture): Promise<TrackerEvent[]> => github.issues.listEvents({ cursor: null });
const kinds = async (from: Fixture): Promise<string[]> =>
  (await hear(from)).map(({ kind, actor }) => `${kind} ${actor}`);

describe('the signature', () => {
  const secret = "It's a Secret to Everybody";
  const vector = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

  test("is GitHub's own test vector", () => {
    expect(isSigned(Buffer.from('Hello, World!'), vector, [secret])).toBe(true);
  });

  test('holds under a new secret while the old one is still in use', () => {
    expect(isSigned(Buffer.from('Hello, World!'), vector, ['new', secret])).toBe(true);
  });

  test.each([
    ['another byte', 'Hello, World?', vector, [secret]],
    ['another secret', 'Hello, World!', vector, ['guess']],
    ['no secret at all', 'Hello, World!', vector, []],
    ['an empty secret', 'x', `sha256=${createHmac('sha256', '').update('x').digest('hex')}`, ['']],
    ['no signature', 'Hello, World!', '', [secret]],
    ['a cut one', 'Hello, World!', vector.slice(0, -1), [secret]],
    ['capitals', 'Hello, World!', vector.toUpperCase(), [secret]],
  ])('does not hold with %s', (_name, body, signature, secrets) => {
    expect(isSigned(Buffer.from(body), signature, secrets)).toBe(false);
  });
});

describe('a delivery that GitHub did not send', () => {
  const forged = (headers: Record<string, string>, body: string | Buffer, secret?: string) => {
    const rawBody = Buffer.from(body);
    const signature = `sha256=${createHmac('sha256', secret ?? 'guess')
      .update(rawBody)
      .digest('hex')}`;
    const common = {
      'content-type': 'application/json',
      'x-github-delivery': randomUUID(),
      'x-github-event': 'issues',
    };
    return { headers: { ...common, 'x-hub-signature-256': signature, ...headers }, rawBody };
  };

  test.each([
    ['a guessed secret', {}, '{}', 401],
    ['only a SHA-1 signature', { 'x-hub-signature-256': '', 'x-hub-signature': 'sha1=x' }, '{}', 401],
    ['more than GitHub ever sends', {}, Buffer.alloc(maxWebhookBytes + 1), 413],
  ])('leaves no trace: %s', async (_name, headers, body, status) => {
    const made = await fixture();
    expect((await made.github.webhook.receive(forged(headers, body))).status).toBe(status);
    expect(made.db.all('SELECT * FROM github_deliveries')).toEqual([]);
    expect(await hear(made)).toEqual([]);
  });

  test.each([
    ['another content type', { 'content-type': 'application/x-www-form-urlencoded' }, '{}', 415],
    ['no delivery id', { 'x-github-delivery': '' }, '{}', 400],
    ['no JSON', {}, '{', 400],
    [
      'an issue that is none',
      {},
      JSON.stringify({ action: 'opened', issue: 7, repository: { full_name: 'octo/models' } }),
      400,
    ],
    ['another repository', {}, JSON.stringify({ action: 'opened', repository: { full_name: 'evil/models' } }), 202],
    [
      'an event that is not used',
      { 'x-github-event': 'star' },
      JSON.stringify({ action: 'created', repository: { full_name: 'octo/models' } }),
      202,
    ],
    ['a ping', { 'x-github-event': 'ping' }, '{}', 200],
  ])('is answered although signed, and does nothing: %s', async (_name, headers, body, status) => {
    const made = await fixture();
    const answer = await made.github.webhook.receive(forged(headers, body, made.fake.webhookSecret));
    expect(answer).toMatchObject({ status, isNew: false });
    expect(await hear(made)).toEqual([]);
  });
});

describe('deliveries', () => {
  test('that come again do nothing again, by the button and under another id', async () => {
    const made = await fixture();
    const { fake } = made;
    const issue = fake.asUser('mia').openIssue(request);
    fake.asUser('ken').comment(issue.number, '/approve');
    await fake.webhooks.settled();
    const before = await hear(made);
    for (const { guid, event, action, body } of fake.webhooks.deliveries.slice()) {
      fake.webhooks.redeliver(guid);
      fake.webhooks.push(event, action, body);
    }
    await fake.webhooks.settled();
    expect(await hear(made)).toEqual(before);
    expect(before.map(({ kind }) => kind)).toEqual(['issue_opened', 'comment_created']);
  });

  test('that come in the wrong order tell the same, an old text last is no edit', async () => {
    const made = await fixture();
    const { fake } = made;
    fake.webhooks.hold();
    const { number } = fake.asUser('mia').openIssue(request);
    fake.asUser('ken').comment(number, '/status');
    fake.webhooks.release((held) => held.toReversed());
    await fake.webhooks.settled();
    expect((await kinds(made)).toSorted()).toEqual(['comment_created ken', 'issue_labeled mia']);
    expect((await made.github.issues.getIssue({ number })).labels).toEqual(['mlops:train']);
  });

  test('about issues without one of its labels, and about pull requests, are nobody’s business', async () => {
    const made = await fixture();
    const { number } = made.fake.asUser('mia').openIssue({ ...request, labels: ['bug'] });
    made.fake.asUser('ken').comment(number, '/approve');
    await made.fake.webhooks.settled();
    expect(await hear(made)).toEqual([]);
    made.fake.asUser('ken').addLabel(number, 'mlops:train');
    await made.fake.webhooks.settled();
    expect(await kinds(made)).toEqual(['issue_labeled ken']);
  });

  test('that were lost are found by polling, and what both tell is one event', async () => {
    const made = await fixture({ polls: true });
    const { fake, github } = made;
    await github.poller.poll();
    const { number } = fake.asUser('mia').openIssue(request);
    await fake.webhooks.settled();
    fake.webhooks.to(null);
    fake.asUser('ken').comment(number, 'lost');
    fake.asUser('mia').editIssue(number, { body: 'changed' });
    await fake.webhooks.settled();
    await github.poller.poll();
    await github.poller.poll();
    expect((await kinds(made)).toSorted()).toEqual(['comment_created ken', 'issue_edited mia', 'issue_opened mia']);
  });
});

const examples = z.array(
  z.object({ name: z.string(), examples: z.array(z.looseObject({ action: z.string().optional() })) }),
);
const file = join(projectRoot, 'node_modules/@octokit/webhooks-examples/api.github.com/index.json');

describe("GitHub's own examples", () => {
  const all = examples
    .parse(JSON.parse(readFileSync(file, 'utf8')))
    .flatMap(({ name, examples: payloads }) => payloads.map((payload) => ({ name, payload })));
  const read = all.map(({ name, payload }) => ({
    name: `${name} ${payload.action ?? ''}`,
    ...readPayload(name, payload),
  }));

  test('are all understood', () => {
    expect(read.filter(({ kind }) => kind === 'unusable')).toEqual([]);
  });

  test('cover every event that is taken', () => {
    const names = read.filter(({ kind }) => kind === 'taken').map(({ name }) => name);
    expect([...new Set(names)].toSorted()).toEqual([
      'issue_comment created',
      'issue_comment edited',
      'issues edited',
      'issues labeled',
      'issues opened',
    ]);
  });
});
