import { describe, expect, test } from 'vitest';
import { fixtures } from '../../../test/fake-github/fixtures.js';
import { type Fixture, openFixture } from '../../../test/fake-github/open-fixture.js';
import { labelDocs } from '../../request/labels.js';

const openOne = fixtures();
async function fixture(options: Parameters<typeof openFixture>[0] = {}): Promise<Fixture> {
  const made = await openOne(options);
  made.fake.repository.labels.push(...labelDocs.map(({ name }) => name));
  return made;
}

const hook = {
  id: 7,
  url: 'https://dandori.example.com/webhook',
  events: ['issues', 'issue_comment'],
  contentType: 'json' as const,
  lastStatus: 202,
};
const refused = { status: 403, message: 'Resource not accessible by personal access token' };

/** `check status` of what is not well, with its detail. */
async function ills({ github }: Fixture): Promise<string[]> {
  return (await github.check())
    .filter(({ status }) => status !== 'ok')
    .map((one) => `${one.check} ${one.status}: ${one.detail}`);
}

describe('the check of GitHub', () => {
  test.each([false, true])('finds everything well, and leaves nothing behind (App: %s)', async (app) => {
    const made = await fixture({ app });
    made.fake.repository.hooks.push(hook);
    expect(await ills(made)).toEqual([]);
    expect([...made.fake.repository.git.branches.keys()]).toEqual(['main']);
    expect(made.fake.repository.labels).toHaveLength(labelDocs.length + 1);
    const findings = await made.github.check();
    expect(findings.map(({ check }) => check)).toEqual([
      'GitHub access',
      'GitHub permission issues',
      'GitHub permission contents',
      'GitHub labels',
      'GitHub webhook',
    ]);
    expect(findings.every(({ fix }) => fix === null)).toBe(true);
  });

  test.each([
    ['labels', /^POST .*\/labels/, 'GitHub permission issues fail'],
    ['commits', /^POST .*\/git\/refs/, 'GitHub permission contents fail'],
  ])('names the permission that is missing for %s', async (_name, on, ill) => {
    const made = await fixture();
    made.fake.repository.hooks.push(hook);
    made.fake.trouble({ on, answer: refused });
    const found = await ills(made);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(ill);
    expect(found[0]).toContain('403');
  });

  test('names the labels that are missing, and the command that makes them', async () => {
    const made = await fixture({ webhookSecrets: [] });
    made.fake.repository.labels.splice(1, 2);
    const finding = (await made.github.check()).find(({ check }) => check === 'GitHub labels');
    expect(finding).toMatchObject({ status: 'fail', fix: 'npx dandori init github' });
    expect(finding?.detail).toContain('mlops:train, mlops:running');
  });

  test.each([
    ['there is none', null, 'the repository has none'],
    ['it sends too little', { ...hook, events: ['issues'] }, 'does not send issue_comment'],
    ['it sends forms', { ...hook, contentType: 'form' as const }, 'application/json'],
    ['its last delivery failed', { ...hook, lastStatus: 401 }, 'answered with 401'],
  ])('warns of the webhook when %s', async (_name, given, detail) => {
    const made = await fixture();
    if (given !== null) made.fake.repository.hooks.push(given);
    const found = await ills(made);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^GitHub webhook warn/);
    expect(found[0]).toContain(detail);
  });

  test('does not mind that the token may not see webhooks', async () => {
    const made = await fixture();
    made.fake.trouble({ on: /\/hooks$/, answer: refused });
    expect(await ills(made)).toEqual([]);
  });

  test('is one line when GitHub cannot be reached', async () => {
    const made = await fixture();
    made.fake.outage();
    expect(await ills(made)).toHaveLength(1);
  });
});
