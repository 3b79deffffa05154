import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listProcesses, sendSignal } from '../../src/adapters/local/process.js';
import { ChildWorld } from '../journeys/child-world.js';
import { eventually } from '../journeys/world.js';

const everyState = [
  'OptimizeWorkflow',
  'WaitForOptimizationApproval',
  'PrepareData',
  'TrainModel',
  'EvaluateModel',
  'JudgeResults',
  'PackageModel',
  'DeployModel',
  'WriteHistory',
  'NotifySuccess',
];
const states = process.env['KILL_MATRIX'] === 'all' ? everyState : ['TrainModel', 'DeployModel'];

function mentions(pid: number, text: string): boolean {
  try {
    return ['cmdline', 'environ'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(text));
  } catch {
    // It has ended, or belongs to somebody else.
    return false;
  }
}

/** Server, supervisors, jobs, router and model servers of a state directory; nothing else names it. */
function treeOf(stateDir: string): number[] {
  const pids = listProcesses().map((one) => one.pid);
  return pids.filter((pid) => pid !== process.pid && mentions(pid, stateDir));
}

describe.skipIf(process.platform !== 'linux')('a machine that stops (needs /proc to find every process)', () => {
  let world: ChildWorld;
  beforeAll(async () => {
    world = await ChildWorld.start('tree');
  });
  afterAll(() => world.stop());

  it.each(states)('in %s ends the run after the restart with one of each', { timeout: 120_000 }, async (state) => {
    const issue = await world.askApproved();
    await eventually(state, async () => {
      const run = await world.run(issue);
      return run?.states.some((one) => one.state === state) === true ? true : null;
    });
    await eventually('the end of every process', async () => {
      const pids = treeOf(world.folders.stateDir);
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
      return pids.length === 0 ? true : null;
    });
    await world.kill();
    await world.up();
    const run = await world.inService(issue);
    const comments = (await world.people.comments(issue)).filter((one) => one.bySelf);
    const count = (pattern: RegExp) => comments.filter((one) => pattern.test(one.body)).length;
    expect([/optimization_proposal -->/, /\/status -->/, /is in service\n/].map(count)).toEqual([1, 1, 1]);
    const listed = await world.tool('list_model_versions', { model_name: 'loans' });
    const versions = (listed['versions'] as { version: string; training_id: string }[]).filter(
      (one) => one.training_id === run.training_id,
    );
    expect(versions.map((one) => one.version)).toEqual([run.version]);
    const answer = await world.predict('loans-staging', { income: 80, debt: 10, colour: 'red', luck: 0.3 });
    expect(answer.body).toMatchObject({ model_version: run.version });
  });
});
