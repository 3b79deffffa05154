import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrawnRun } from '../../src/entry/api-types.js';
import type { Rerun } from '../../src/issue/rerun.js';
import { verifyChain } from '../../src/history/chain.js';
import { projectRoot } from '../../src/root.js';
import { startWorld, type StoryWorld } from './start-world.js';
import { eventually, owner } from './world.js';

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('rerun');
});
afterAll(() => world.stop());

const row = { income: 80, debt: 10, colour: 'red', luck: 0.3 };

const rerun = (id: string, from: string | null = null): Promise<Rerun> =>
  world.api.post<Rerun>(`/api/runs/${id}/rerun`, { from });

const drawn = (id: string): Promise<DrawnRun> => world.api.get<DrawnRun>(`/api/runs/${id}/graph`);

/** A training program that works only while a file is there that somebody else looks after. */
function programNeeding(path: string): string {
  const source = readFileSync(join(projectRoot, 'examples/custom-script/train.py'), 'utf8');
  const check = `if not os.path.exists(${JSON.stringify(path)}):\n    raise SystemExit("the shared disk is away")\n`;
  return source.replace('\n\ndef main()', `\n${check}\n\ndef main()`);
}

/** An issue whose training failed because the file was away. */
async function failedTraining(name: string): Promise<{ issue: number; id: string; mend: () => void }> {
  const disk = join(world.folders.root, `disk-of-${name}`);
  world.write(`${name}.py`, programNeeding(disk));
  const change = { algorithm: undefined, training_script: `${name}.py`, hyperparameters: { n_estimators: 10 } };
  const issue = await world.askApproved({ ...change, model_name: name });
  const run = await world.ended(issue);
  expect(run).toMatchObject({ status: 'failed', error: 'Dandori.JobFailed' });
  return { issue, id: run.training_id, mend: () => writeFileSync(disk, '') };
}

/** It is refused where it makes no sense, with what does. */
async function expectSense(id: string): Promise<void> {
  const refused = (from: string, code: string, message: RegExp) =>
    expect(rerun(id, from)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  await refused('TrainModle', 'invalid_input', /no state of the workflow.*did you mean --from TrainModel\?/s);
  await refused('DeployModel', 'wrong_state', /never entered\. Allowed: OptimizeWorkflow, .*, TrainModel\./s);
  await refused('RollbackModel', 'wrong_state', /no work is done that could be done again/);
  await expect(rerun('train-nobody')).rejects.toMatchObject({ code: 'not_found' });
}

describe.concurrent('a run that failed in its training', { timeout: 180_000 }, () => {
  it('is run again from there, and from nowhere else, when the cause is mended; the approval still counts', async () => {
    const { issue, id, mend } = await failedTraining('mended');
    await world.labelled(issue, ['mlops:train', 'mlops:failed']);
    await expectSense(id);
    mend();
    expect(await rerun(id)).toMatchObject({ from: 'TrainModel', number: 1, by: owner, issue_number: issue });
    expect(await world.heard(issue, /runs `train-[\d-]+` again, from `TrainModel`/)).toContain('`owner`');
    await expect(rerun(id)).rejects.toMatchObject({
      code: 'wrong_state',
      message: expect.stringMatching(/one open run/),
    });
    const run = await world.inService(issue);

    expect(run).toMatchObject({ training_id: id, version: '1.0.0', error: null });
    await world.labelled(issue, ['mlops:train', 'mlops:deployed']);
    expect((await world.predict('mended-staging', row)).status).toBe(200);
    const jobs = (await world.server.app.ports.jobs.listJobs({ trainingId: id })).map((job) => job.jobName);
    for (const visit of [1, 1001]) expect(jobs).toContain(`${id}/TrainModel/${visit}/0`);
    // Nothing before the training was done again.
    expect(jobs.filter((job) => job.includes('/PrepareData/'))).toHaveLength(1);
    const proposals = (await world.said(issue)).filter((text) => /Workflow optimization proposal/.test(text));
    expect(proposals).toHaveLength(1);
    const { graph } = await drawn(id);
    expect(graph.reruns).toMatchObject([{ number: 1, from: 'TrainModel', by: owner }]);
    expect(graph.states.filter((state) => state.name === 'TrainModel').map((state) => state.status)).toEqual([
      'failed',
      'succeeded',
    ]);
    // Each ending has its record, and the chain over all of them is whole.
    expect(await verifyChain(world.server.app.ports.history)).toEqual([]);
    expect(await world.record(`training_history/${id}.md`)).toContain('1.0.0');
  });

  it('asks for approval anew when it is planned again, whoever approved it with the asking', async () => {
    const { issue, id, mend } = await failedTraining('replanned');
    mend();
    await rerun(id, 'OptimizeWorkflow');
    await world.heard(issue, /The approval of before does not count again/);
    await world.waiting(issue);
    expect((await drawn(id)).graph.waits_for).toMatchObject({ permission: 'write', other_than: null });
    await world.people.comment(issue, '/approve', owner);
    const run = await world.in(issue, 'TrainModel');
    expect(run.data).toMatchObject({ approval: { approved: { by: owner, how: 'approve' } } });
    await world.people.comment(issue, '/cancel', owner);
    await world.ended(issue);
  });
});

describe.concurrent('a run that was cancelled', { timeout: 180_000 }, () => {
  it('is run again from where it was cancelled, and is not cancelled at once', async () => {
    const slow = { algorithm: 'random_forest', hyperparameters: { n_estimators: 5000 } };
    const issue = await world.askApproved({ model_name: 'stopped', ...slow });
    await eventually('the training job', async () => {
      const run = await world.run(issue);
      return run?.current_state === 'TrainModel' ? run.job : null;
    });
    await world.people.comment(issue, '/cancel', owner);
    const { training_id: id, status } = await world.ended(issue);
    expect(status).toBe('cancelled');

    expect(await rerun(id)).toMatchObject({ from: 'TrainModel' });
    await eventually('the training job of the re-run', async () => {
      const jobs = await world.server.app.ports.jobs.listJobs({ trainingId: id });
      return jobs.find((job) => job.jobName.includes('/TrainModel/1001/') && job.status === 'InProgress');
    });
    await eventually('the label', async () => ((await world.labels(issue)).includes('mlops:running') ? true : null));
    // The order of the re-run is a run's like any other.
    await world.people.comment(issue, '/cancel', owner);
    const again = await world.ended(issue);
    expect(again).toMatchObject({ status: 'cancelled', training_id: id });
    expect((await drawn(id)).graph.states.filter((one) => one.status === 'cancelled')).not.toEqual([]);
  });

  it('waits for the same plan again when it was cancelled while it waited', async () => {
    const issue = await world.ask({ model_name: 'undecided' });
    const { question, training_id: id } = await world.waiting(issue);
    await world.people.comment(issue, '/cancel', owner);
    expect((await world.ended(issue)).status).toBe('cancelled');
    expect(await rerun(id)).toMatchObject({ from: 'WaitForOptimizationApproval' });
    const waiting = await world.waiting(issue);
    expect(waiting.question).toMatchObject({ plan_hash: question?.plan_hash, comment_id: question?.comment_id });
    await world.people.comment(issue, '/approve', owner);
    await world.in(issue, 'TrainModel');
    await world.people.comment(issue, '/cancel', owner);
    await world.ended(issue);
  });
});

describe.concurrent('a run whose model is in service', { timeout: 180_000 }, () => {
  it('is run again only after the release, and the model goes on serving', async () => {
    const issue = await world.askApproved({ model_name: 'serving' });
    const { training_id: id } = await world.inService(issue);
    await expect(rerun(id)).rejects.toThrow(/its model is in service/);
    await expect(rerun(id, 'TrainModel')).rejects.toThrow(
      /before the release of a model that is in service.*Allowed: StartMonitoring, WriteHistory, NotifySuccess/s,
    );
    expect(await rerun(id, 'WriteHistory')).toMatchObject({ number: 1 });
    expect(await world.inService(issue)).toMatchObject({ version: '1.0.0' });
    expect((await world.predict('serving-staging', row)).body).toMatchObject({ model_version: '1.0.0' });
  });
});
