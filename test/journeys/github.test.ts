import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitHubWorld } from './github-world.js';
import { filledForm, loansForm } from './rows.js';
import './story-time.js';
import { eventually, owner } from './world.js';

// What only GitHub can do to Dandori; the stories that both trackers tell are in the other files.

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
    await world.labelled(issue, ['mlops:train', 'mlops:deployed']);
    expect(world.fake.webhooks.answers).toEqual([]);
  });
});

describe('an outage of GitHub', () => {
  let world: GitHubWorld;
  beforeAll(async () => {
    world = await GitHubWorld.start('outage', { limits: false });
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
    // Or a little further, when that lasted a moment: the record is long to come.
    const training = async () => (await world.run(issue))?.states.find(({ state }) => state === 'TrainModel');
    await eventually('the training', training);
    const back = world.fake.outage();
    await eventually('a task to wait', async () => world.errors.find((line) => line.startsWith('GitHub is out')));
    back();
    const { states, data } = await world.inService(issue);
    expect(states.filter(({ attempts }) => attempts > 1)).toEqual([]);
    const { file_path: path } = data['history'] as { file_path: string };
    expect(world.fake.repository.git.file('main', path)).toContain('patient');
  });
});
