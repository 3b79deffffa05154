import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitHubWorld } from './github-world.js';
import { filledForm, loansForm, loansRequest } from './rows.js';
import { eventually, LocalWorld, owner, type World } from './world.js';

/** The hidden keys of Dandori's comments on an issue: of each kind, and for each event, there is one. */
async function keysOf(world: World, issue: number): Promise<string[]> {
  const comments = (await world.people.comments(issue)).filter((one) => one.bySelf);
  return comments.map(({ body }) => /^<!-- dandori:(\S+) -->/.exec(body)?.[1] ?? body.slice(0, 60));
}

describe.each([
  ['the built-in tracker', () => LocalWorld.start('both')],
  ['GitHub, with webhooks', () => GitHubWorld.start('github', { limits: false })],
] as const)('on %s', (_name, start) => {
  let world: World & { stop(): Promise<void> };
  beforeAll(async () => {
    world = await start();
    await world.people.allow('alice', 'write');
  });
  afterAll(() => world.stop());

  it('a request is proposed, approved by 👍 of somebody with the right, trained, put into service and told', async () => {
    const issue = await world.ask({ model_name: 'first' });
    const run = await world.waiting(issue);
    const { comment_id: proposal } = run.data['optimization'] as { comment_id: string };
    expect(await world.heard(issue, /Workflow optimization proposal/)).toContain(run.question?.plan_hash?.slice(0, 12));
    await world.people.react(proposal, '+1', 'stranger');
    await world.people.comment(issue, '/approve', 'stranger');
    await world.heard(issue, /`stranger` may not \/approve here/);
    await world.people.react(proposal, '+1', 'alice');
    await world.heard(issue, /Approved by `alice`/);

    const ended = await world.inService(issue);
    expect(ended).toMatchObject({
      version: '1.0.0',
      data: { approval: { approved: { by: 'alice', how: 'reaction' } } },
    });
    const answer = await world.predict('first-staging', { income: 80, debt: 10, colour: 'red', luck: 0.3 });
    expect(answer.status).toBe(200);
    await world.heard(issue, /1\.0\.0[\s\S]*f1_score/);
    expect(await world.labels(issue)).toEqual(['mlops:train', 'mlops:deployed']);
    const keys = await keysOf(world, issue);
    expect(keys).toHaveLength(new Set(keys).size);
    expect(keys.filter((key) => key.endsWith('/status'))).toEqual([`${ended.training_id}/status`]);
    const { file_path: path } = ended.data['history'] as { file_path: string };
    expect(path).toContain(ended.training_id);
  });

  it('an issue that is edited while it waits is planned anew: the old hash is dead, the new one runs', async () => {
    const issue = await world.ask({ model_name: 'edited' });
    const before = await world.waiting(issue);
    const oldHash = before.question?.plan_hash ?? '';
    await world.people.edit(issue, loansRequest({ model_name: 'edited', seed: 5 }), owner);
    await world.heard(issue, /The request was changed: a new proposal follows/);
    const after = await world.waiting(issue, 'WaitForOptimizationApproval', oldHash);
    expect(after.training_id).toBe(before.training_id);
    const newHash = after.question?.plan_hash ?? '';
    await world.people.comment(issue, `/approve ${oldHash}`, owner);
    await world.heard(issue, /it names the plan/);
    await world.people.comment(issue, `/approve ${newHash}`, owner);
    await world.heard(issue, /Approved by `owner`/);
    await world.people.edit(issue, loansRequest({ model_name: 'edited', seed: 6 }), owner);
    await world.heard(issue, /The plan was approved before this, so this changes nothing/);
    const run = await world.inService(issue);
    expect(run.data).toMatchObject({ approval: { plan_hash: newHash, plan: { request: { seed: 5 } } } });
  });
});

describe('on GitHub that is only polled', () => {
  let world: GitHubWorld;
  beforeAll(async () => {
    world = await GitHubWorld.start('polled', { webhooks: false, limits: false });
    await world.people.allow('alice', 'write');
  });
  afterAll(() => world.stop());

  it('a filled form is proposed, approved by 👍, trained, put into service and told', async () => {
    const body = filledForm({ ...loansForm, model_name: 'polled' });
    const issue = await world.people.open({ title: '[MLOps] Loans', body, by: 'alice' });
    const { data } = await world.waiting(issue);
    const { comment_id: proposal } = data['optimization'] as { comment_id: string };
    await world.people.comment(issue, '/approve 0123456789ab', owner);
    await world.heard(issue, /it names the plan/);
    await world.people.react(proposal, '+1', 'alice');
    expect(await world.inService(issue)).toMatchObject({
      version: '1.0.0',
      data: { approval: { approved: { by: 'alice', how: 'reaction' } } },
    });
    await world.heard(issue, /1\.0\.0[\s\S]*f1_score/);
    expect(await world.labels(issue)).toEqual(['mlops:train', 'mlops:deployed']);
    expect(world.fake.webhooks.answers).toEqual([]);
    const keys = await keysOf(world, issue);
    expect(keys).toHaveLength(new Set(keys).size);
  });
});

describe('an outage of GitHub', () => {
  let world: GitHubWorld;
  beforeAll(async () => {
    world = await GitHubWorld.start('outage');
  });
  afterAll(() => world.stop());

  it('keeps back what people say, and loses none of it', async () => {
    const issue = await world.ask({ model_name: 'outage' });
    await world.waiting(issue);
    const back = world.fake.outage();
    // The delivery comes all the same: it is GitHub's interface that is out.
    await world.people.comment(issue, '/cancel', owner);
    await eventually('the command to be met', async () =>
      world.errors.find((line) => line.startsWith('an event of the tracker could not be worked')),
    );
    back();
    await world.heard(issue, /Cancelled by `owner`/);
    const run = await world.ended(issue);
    expect(run.status).toBe('cancelled');
    const answers = (await world.said(issue)).filter((text) => /Cancelled by `owner`/.test(text));
    expect(answers).toHaveLength(1);
  });

  it('makes a run wait with its record, without spending a try', async () => {
    const issue = await world.askApproved({ model_name: 'patient' });
    await world.in(issue, 'TrainModel');
    const back = world.fake.outage();
    await eventually('a task to wait', async () => world.errors.find((line) => line.startsWith('GitHub is out')));
    back();
    const { states, data } = await world.inService(issue);
    expect(states.filter(({ attempts }) => attempts > 1)).toEqual([]);
    const { file_path: path } = data['history'] as { file_path: string };
    expect(world.fake.repository.git.file('main', path)).toContain('patient');
  });
});
