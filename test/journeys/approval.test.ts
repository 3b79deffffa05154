import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loansRequest } from './rows.js';
import { startWorld, type StoryWorld } from './start-world.js';
import { eventually, owner } from './world.js';

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('approval');
  await world.people.allow('alice', 'write');
  await world.people.allow('reader', 'read');
});
afterAll(() => world.stop());

/** The comment that shows the plan which waits. */
async function proposalOf(issue: number): Promise<string> {
  const run = await world.waiting(issue);
  const { comment_id: id } = run.data['optimization'] as { comment_id: string };
  return id;
}

/** The hidden keys of Dandori's comments on an issue: of each kind, and for each event, there is one. */
async function keysOf(issue: number): Promise<string[]> {
  const comments = (await world.people.comments(issue)).filter((one) => one.bySelf);
  return comments.map(({ body }) => /^<!-- dandori:(\S+) -->/.exec(body)?.[1] ?? body.slice(0, 60));
}

describe.concurrent('who approves what', () => {
  it('counts only the right person, unedited, for the hash that stands; then 👍 starts the run', async () => {
    const issue = await world.ask({ deploy_to: 'production', model_name: 'prod' });
    const proposal = await proposalOf(issue);
    expect(await world.heard(issue, /Workflow optimization proposal/)).toContain(
      'somebody other than the requester approves it',
    );

    await world.people.comment(issue, '/approve', 'stranger');
    await world.heard(issue, /`stranger` may not \/approve here: that needs the permission `write`/);
    await world.people.react(proposal, '+1', 'reader');
    await world.heard(issue, /`reader` does not have the permission `write`/);
    await world.people.comment(issue, '/approve', owner);
    await world.heard(issue, /`owner` made this request, and a request for production is approved by somebody else/);
    await world.people.comment(issue, '/approve 0123456789ab', 'alice');
    await world.heard(issue, /it names the plan `0123456789ab`, and the plan that waits is/);
    await world.people.comment(issue, '/approve please', 'alice');
    await world.heard(issue, /Allowed: nothing, or at least 7 characters/);
    await world.people.comment(issue, '/aprove', 'alice');
    await world.heard(issue, /Did you mean `\/approve`/);
    const id = await world.people.comment(issue, 'Looks fine.', 'alice');
    await world.people.editComment(id, '/approve', 'alice');
    await world.people.react(id, '+1', 'alice');
    await world.people.react(proposal, 'heart', 'alice');
    await world.people.comment(issue, '/status', 'alice');
    await world.heard(issue, /is \*\*waiting\*\*, in `WaitForOptimizationApproval`/);
    await world.waiting(issue);

    await world.people.react(proposal, '+1', 'alice');
    await world.heard(issue, /Approved by `alice`/);
    const run = await world.inService(issue);
    expect(run).toMatchObject({
      version: '1.0.0',
      data: { approval: { approved: { by: 'alice', how: 'reaction' } } },
    });
    await world.labelled(issue, ['mlops:train', 'mlops:deployed']);
    const keys = await keysOf(issue);
    expect(keys).toHaveLength(new Set(keys).size);
    expect(keys.filter((key) => key.endsWith('/status'))).toEqual([`${run.training_id}/status`]);
    const answer = await world.predict('prod-production', { income: 80, debt: 10, colour: 'red', luck: 0.3 });
    expect(answer.status).toBe(200);
  });

  it('does not let a stranger start a training', async () => {
    const issue = await world.ask({}, 'stranger');
    await world.heard(issue, /`stranger` may not start a training here/);
    expect(await world.run(issue)).toBeNull();
    await world.labelled(issue, ['mlops:train']);
  });
});

describe.concurrent('a request that changes', () => {
  it('folds the proposal that an edit replaced: the old hash is dead, the new one runs', async () => {
    const issue = await world.ask({ model_name: 'folded' });
    const before = await world.waiting(issue);
    const oldHash = before.question?.plan_hash ?? '';
    await world.people.edit(issue, loansRequest({ model_name: 'folded', seed: 5 }), owner);
    await world.heard(issue, /The request was changed: a new proposal follows/);
    const after = await world.waiting(issue, 'WaitForOptimizationApproval', oldHash);
    expect(after.training_id).toBe(before.training_id);
    const newHash = after.question?.plan_hash ?? '';
    const old = await world.heard(issue, new RegExp(`<summary>Replaced by the plan <code>${newHash.slice(0, 12)}`));
    expect(old).toContain(oldHash);
    expect(old).not.toContain('/approve');
    await world.people.comment(issue, `/approve ${oldHash}`, owner);
    await world.heard(issue, /it names the plan/);
    await world.people.comment(issue, `/approve ${newHash}`, owner);
    await world.heard(issue, /Approved by `owner`/);
    await world.people.edit(issue, loansRequest({ model_name: 'folded', seed: 6 }), owner);
    await world.heard(issue, /The plan was approved before this, so this changes nothing/);
    const { data } = (await world.run(issue)) ?? {};
    expect(data).toMatchObject({ approval: { plan_hash: newHash, plan: { request: { seed: 5 } } } });
    await world.people.comment(issue, '/cancel', owner);
    await world.ended(issue);
  });

  it('cannot be approved while the edited issue is no valid request, and can again once it is mended', async () => {
    const issue = await world.ask({ model_name: 'mended' });
    const { question } = await world.waiting(issue);
    await world.people.edit(issue, loansRequest({ model_name: 'mended', cv_folds: 'many' }), owner);
    await world.heard(issue, /`cv_folds`/);
    await world.people.comment(issue, '/approve', owner);
    await world.heard(issue, /not a valid request at the moment/);
    await world.people.edit(issue, loansRequest({ model_name: 'mended', cv_folds: 3 }), owner);
    await world.waiting(issue, 'WaitForOptimizationApproval', question?.plan_hash ?? null);
    await world.people.comment(issue, '/cancel', owner);
    expect((await world.ended(issue)).status).toBe('cancelled');
  });

  it('runs an overridden plan with the approval of who overrode it', async () => {
    const issue = await world.ask({ model_name: 'overridden' });
    const { question } = await world.waiting(issue);
    await world.people.comment(issue, '/override\n```yaml\nclass_imbalance_handling: clas_weight\n```', owner);
    await world.heard(issue, /`class_weight`/);
    await world.people.comment(issue, '/override\n```yaml\nclass_imbalance_handling: class_weight\n```', owner);
    await world.heard(issue, /Overridden by `owner`/);
    const run = await world.inService(issue);
    const { plan_hash: hash, approved } = run.data['approval'] as { plan_hash: string; approved: { how: string } };
    expect(hash).not.toBe(question?.plan_hash);
    expect(approved.how).toBe('override');
  });
});

describe.concurrent('/cancel', () => {
  it('ends a run that waits', async () => {
    const issue = await world.ask({ model_name: 'cancelled' });
    await world.waiting(issue);
    await world.people.comment(issue, '/cancel', 'reader');
    await world.heard(issue, /`reader` may not \/cancel here/);
    await world.people.comment(issue, '/cancel', owner);
    const run = await world.ended(issue);
    expect(run).toMatchObject({ status: 'cancelled', version: null });
    await world.labelled(issue, ['mlops:train', 'mlops:cancelled']);
    // Not the last word for sure: the answer to the command comes beside it.
    await world.heard(issue, /The training was cancelled[\s\S]*none is now/);
  });

  it('ends a run that trains, and its job with it', async () => {
    const issue = await world.askApproved({
      model_name: 'cancelled',
      algorithm: 'random_forest',
      hyperparameters: { n_estimators: 5000 },
    });
    await world.in(issue, 'TrainModel');
    await eventually('the training job', async () => (await world.run(issue))?.job);
    await world.labelled(issue, ['mlops:train', 'mlops:running']);
    expect(await world.heard(issue, /^## Training `train-[\d-]+`: .* running/)).toContain('```mermaid');
    await world.people.comment(issue, '/cancel', owner);
    const run = await world.ended(issue);
    expect(run).toMatchObject({ status: 'cancelled', error: 'Dandori.Cancelled' });
    expect(run.states.find((state) => state.state === 'TrainModel')?.error).toBe('Dandori.Cancelled');
    const jobs = await world.server.app.ports.jobs.listJobs({ trainingId: run.training_id });
    expect(jobs.filter((job) => job.status === 'InProgress')).toEqual([]);
    const { file_path: path } = run.data['history'] as { file_path: string };
    expect(path).toContain(run.training_id);
  });
});
