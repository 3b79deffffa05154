import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { virtualClock, type VirtualClock } from '../workflow/engine/testing/virtual-clock.js';
import { IssueWorld } from './testing/world.js';

const dayMs = 86_400_000;

let world: IssueWorld;
let clock: VirtualClock;
beforeEach(async () => {
  clock = virtualClock(Date.parse('2026-01-02T03:04:05Z'));
  world = await IssueWorld.make(undefined, clock);
  world.engine.start();
});
afterEach(() => world.close());

async function statusOf(issue: number): Promise<string> {
  await world.work();
  return (await world.lastRun(issue)).status;
}

describe('a question that nobody answers', () => {
  it('waits for 30 days, then the run ends and cannot be approved any more', async () => {
    const issue = await world.people.open();
    expect(await statusOf(issue)).toBe('waiting');
    const { trainingId } = await world.lastRun(issue);
    clock.advance(30 * dayMs - 60_000);
    expect(await statusOf(issue)).toBe('waiting');
    clock.advance(120_000);
    expect(await statusOf(issue)).toBe('failed');
    const { error, status } = await world.engine.describeExecution({ name: trainingId });
    expect([status, error]).toEqual(['FAILED', 'States.Timeout']);
    expect((await world.parts.tracker.getIssue({ number: issue })).labels).toEqual(['mlops:train', 'mlops:failed']);
    expect(await world.people.say(issue, '/approve')).toEqual([expect.stringMatching(/Nothing waits for an approval/)]);
  });
});
