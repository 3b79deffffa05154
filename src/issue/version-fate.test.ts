import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VersionFate } from '../capabilities/model-registry/logic/version-fate.js';
import { bodyOf } from './testing/people.js';
import { IssueWorld } from './testing/world.js';

let world: IssueWorld;
beforeEach(async () => {
  world = await IssueWorld.make();
});
afterEach(() => world.close());

async function inService(fields: Record<string, unknown> = {}): Promise<number> {
  const issue = await world.people.open(bodyOf(fields));
  await world.work();
  await world.people.say(issue, '/approve');
  await world.work();
  expect(await labelsOf(issue)).toEqual(['mlops:train', 'mlops:deployed']);
  return issue;
}

const labelsOf = async (issue: number) => (await world.people.tracker.getIssue({ number: issue })).labels;

async function statusOf(issue: number) {
  const { trainingId } = await world.lastRun(issue);
  const comments = await world.people.tracker.listComments({ issueNumber: issue });
  const found = comments.filter(({ body }) => body.startsWith(`<!-- dandori:${trainingId}/status -->`));
  expect(found).toHaveLength(1);
  return found[0];
}

/** The version of the issue's run has this fate from now on; null: it serves. */
async function befall(issue: number, fate: Partial<VersionFate> | null): Promise<void> {
  const { trainingId } = await world.lastRun(issue);
  const whole = { replaced_by: '1.1.0', replaced_by_training_id: 'train-unknown', rolled_back: null, ...fate };
  if (fate === null) world.fates.delete(trainingId);
  else world.fates.set(trainingId, whole);
  world.keeper.poke(trainingId);
  await world.keeper.refresh();
}

describe('an issue whose version', () => {
  it('was replaced says so in its status and its label, and by which issue', async () => {
    const issue = await inService();
    const other = await inService();
    await befall(issue, { replaced_by_training_id: (await world.lastRun(other)).trainingId });
    expect((await statusOf(issue))?.body).toMatch(/🔁 replaced[^]*- Version 1\.0\.0 was replaced by 1\.1\.0 of #2\./);
    expect((await statusOf(issue))?.body).not.toContain('in service');
    expect(await labelsOf(issue)).toEqual(['mlops:train', 'mlops:replaced']);
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
    expect(await labelsOf(other)).toContain('mlops:deployed');
  });

  it('was rolled back says so, to which and by whom', async () => {
    const issue = await inService();
    await world.people.say(issue, '/rollback');
    await befall(issue, { replaced_by: '0.9.0', rolled_back: { by: 'aya' } });
    expect((await statusOf(issue))?.body).toMatch(/↩️ rolled back[^]*1\.0\.0 was rolled back to 0\.9\.0 by `aya`\./);
    expect(await labelsOf(issue)).toEqual(['mlops:train', 'mlops:rolled-back']);
  });

  it('was replaced and serves again is in service again', async () => {
    const issue = await inService();
    await befall(issue, {});
    await befall(issue, null);
    expect((await statusOf(issue))?.body).toContain('✅ in service');
    expect(await labelsOf(issue)).toEqual(['mlops:train', 'mlops:deployed']);
  });

  it('was replaced, then its successor too, is left as it is', async () => {
    const issue = await inService();
    await befall(issue, {});
    const before = await statusOf(issue);
    await befall(issue, { replaced_by: '1.2.0' });
    expect(await statusOf(issue)).toEqual(before);
  });

  it('was replaced while it is trained again keeps the label of what runs', async () => {
    const issue = await inService();
    const { trainingId } = await world.lastRun(issue);
    await world.people.edit(issue, bodyOf({ cv_folds: 3 }));
    await world.work();
    world.fates.set(trainingId, { replaced_by: '1.1.0', replaced_by_training_id: 'train-x', rolled_back: null });
    world.keeper.poke(trainingId);
    await world.keeper.refresh();
    expect(await labelsOf(issue)).toEqual(['mlops:train', 'mlops:waiting']);
    const comments = await world.people.tracker.listComments({ issueNumber: issue });
    expect(comments.map(({ body }) => body).join()).toContain('Version 1.0.0 was replaced by 1.1.0.');
  });

  it('was replaced keeps the label of a request that is wrong by now', async () => {
    const issue = await inService();
    await world.people.edit(issue, bodyOf({ cv_folds: 'many' }));
    await befall(issue, {});
    expect(await labelsOf(issue)).toEqual(['mlops:train', 'mlops:invalid']);
  });

  it('was replaced right before a stop hears of it after the start', async () => {
    const [issue, other] = [await inService(), await inService()];
    const before = await statusOf(other);
    const { trainingId } = await world.lastRun(issue);
    await world.keeper.stop();
    world.fates.set(trainingId, { replaced_by: '1.1.0', replaced_by_training_id: 'train-x', rolled_back: null });
    world.keeper.start();
    const labels = async () => {
      await world.keeper.refresh();
      return labelsOf(issue);
    };
    await expect.poll(labels, { timeout: 30_000 }).toContain('mlops:replaced');
    expect(await statusOf(other)).toEqual(before);
  });
});

it('takes a corrected block on an issue whose version was rolled back', async () => {
  const issue = await inService();
  await world.people.say(issue, '/rollback');
  await world.people.say(issue, bodyOf({ cv_folds: 3 }));
  expect(await world.runsOf(issue)).toHaveLength(2);
});
