import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DandoriError } from '../errors.js';
import type { ControllerParts } from './controller-parts.js';
import { mortal } from './testing/mortal.js';
import { bodyOf } from './testing/people.js';
import { IssueWorld } from './testing/world.js';

let world: IssueWorld;
beforeEach(async () => {
  world = await IssueWorld.make();
});
afterEach(() => world.close());

/** The part whose methods fail as `fault` says; a fault that answers undefined lets the call pass. */
function faulty<T extends object>(part: T, fault: (method: string, args: unknown[]) => Error | undefined): T {
  return new Proxy(part, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        const error = fault(String(name), args);
        if (error !== undefined) throw error;
        return member.apply(target, args) as unknown;
      };
    },
  });
}

const away = () => new DandoriError('unavailable', 'The tracker does not answer.');

/** The detector of a process that cannot read the requests of one issue, for some time. */
function stumbling(parts: ControllerParts, issue: number, times: number): Pick<ControllerParts, 'detect'> {
  let left = times;
  return {
    detect: async (one) => {
      if (one.number === issue && left-- > 0) throw new Error('the detector stumbled');
      return parts.detect(one);
    },
  };
}

describe('an event of the tracker', () => {
  it('starts one run and gets one answer, however often it is looked for', async () => {
    const issue = await world.people.open();
    await world.work();
    await world.people.say(issue, '/status');
    await world.controller.poke();
    await world.restart();
    expect(await world.runsOf(issue)).toHaveLength(1);
    expect(await world.people.heard(issue)).toHaveLength(1);
  });

  it('is worked again when it fails, before those behind it', async () => {
    await world.restart(stumbling(world.parts, 1, 2));
    const first = await world.people.open();
    expect(await world.runsOf(first)).toEqual([]);
    const second = await world.people.open();
    expect(await world.runsOf(second)).toEqual([]);
    await world.controller.poke();
    expect(await world.runsOf(first)).toHaveLength(1);
    expect(await world.runsOf(second)).toHaveLength(1);
    expect(await world.people.heard(first)).toEqual([]);
    expect(world.errors).toEqual(Array(2).fill('an event of the tracker could not be worked'));
  });

  it('that fails again and again is told on its issue and holds up nobody else', async () => {
    await world.restart(stumbling(world.parts, 1, Infinity));
    const first = await world.people.open();
    const second = await world.people.open();
    await world.controller.poke();
    expect(await world.people.heard(first)).toEqual(['This could not be worked on: the detector stumbled']);
    expect(await world.runsOf(second)).toHaveLength(1);
  });

  it('that comes while the tracker is away is worked when it is back, however long that takes', async () => {
    let isAway = true;
    // The list of events comes from elsewhere: it can be there while the rest is not.
    const tracker = faulty(world.parts.tracker, (method) => (isAway && method !== 'listEvents' ? away() : undefined));
    await world.restart({ tracker });
    const issue = await world.people.open();
    for (let look = 0; look < 10; look += 1) await world.controller.poke();
    expect(await world.runsOf(issue)).toEqual([]);
    isAway = false;
    await world.controller.poke();
    expect(await world.runsOf(issue)).toHaveLength(1);
    expect(await world.people.heard(issue)).toEqual([]);
  });

  it('that nobody can be told of is passed over', async () => {
    // A locked issue, or one that was deleted.
    const tracker = faulty(world.parts.tracker, (method, [params]) => {
      const { number, issueNumber } = params as { number?: number; issueNumber?: number };
      const locked = number === 1 || issueNumber === 1;
      return locked && method !== 'listEvents' ? new DandoriError('not_allowed', 'locked') : undefined;
    });
    await world.restart({ tracker });
    await world.people.open();
    const second = await world.people.open();
    await world.controller.poke();
    expect(await world.runsOf(second)).toHaveLength(1);
  });

  it('is waited for while the tracker cannot be read', async () => {
    let isAway = true;
    await world.restart({ tracker: faulty(world.parts.tracker, () => (isAway ? away() : undefined)) });
    const issue = await world.people.open();
    expect(new Set(world.errors)).toEqual(new Set(['the tracker could not be read; trying again']));
    isAway = false;
    await world.controller.poke();
    expect(await world.runsOf(issue)).toHaveLength(1);
  });

  it('stays for the next start when the process is stopped', async () => {
    await world.controller.stop();
    const issue = await world.people.open();
    expect(await world.runsOf(issue)).toEqual([]);
    await world.restart();
    expect(await world.runsOf(issue)).toHaveLength(1);
  });

  it('is left to the next start by a process that is stopped between two of them', async () => {
    await world.controller.stop();
    const [first, second] = [await world.people.open(), await world.people.open()];
    const detect: ControllerParts['detect'] = async (issue) => {
      void world.controller.stop();
      return world.parts.detect(issue);
    };
    await world.restart({ detect });
    expect(await world.runsOf(first)).toHaveLength(1);
    expect(await world.runsOf(second)).toEqual([]);
    await world.restart();
    expect(await world.runsOf(first)).toHaveLength(1);
    expect(await world.runsOf(second)).toHaveLength(1);
  });
});

describe('an edit that meets a run between two states', () => {
  const edited = bodyOf({ cv_folds: 4 });

  it('waits for the proposal, and holds up nobody else', async () => {
    const issue = await world.people.open();
    await world.work('OptimizeWorkflow');
    expect(await world.people.edit(issue, edited)).toEqual([]);
    const other = await world.people.open();
    expect(await world.runsOf(other)).toHaveLength(1);
    await world.work();
    expect(await world.people.heard(issue)).toEqual([
      expect.stringMatching(/^The request was changed: a new proposal/),
    ]);
    await world.work();
    expect(await world.questionOf(issue)).toMatchObject({ ask: { request: { cv_folds: 4 } } });
  });

  it('is one new proposal, however often the issue was edited meanwhile', async () => {
    const issue = await world.people.open();
    await world.work('OptimizeWorkflow');
    for (const cv_folds of [3, 6, 4]) await world.people.edit(issue, bodyOf({ cv_folds }));
    await world.work();
    await world.work();
    expect(await world.people.heard(issue)).toHaveLength(1);
    expect(await world.questionOf(issue)).toMatchObject({ ask: { request: { cv_folds: 4 } } });
  });

  it('is not forgotten by a restart, and worked once', async () => {
    const issue = await world.people.open();
    await world.work('OptimizeWorkflow');
    await world.people.edit(issue, edited);
    await world.restart();
    await world.work();
    await world.restart();
    expect(await world.people.heard(issue)).toHaveLength(1);
  });
});

describe('an order that a person gives beside the tracker', () => {
  it('is carried out between two events', async () => {
    const issue = await world.people.open();
    await world.work();
    await world.people.say(issue, '/cancel');
    await world.work();
    const { trainingId } = await world.lastRun(issue);
    const again = world.controller.rerun({ trainingId, from: null, by: 'aya', changedSince: async () => [] });
    await expect(again).resolves.toMatchObject({ from: 'WaitForOptimizationApproval', by: 'aya' });
    expect(await world.lastRun(issue)).toMatchObject({ status: 'running', endedAt: null });
  });

  it('that is refused holds up no event', async () => {
    const order = { trainingId: 'train-nothing', from: null, by: 'aya', changedSince: async () => [] };
    await expect(world.controller.rerun(order)).rejects.toThrow(/no run train-nothing/);
    const issue = await world.people.open();
    expect(await world.runsOf(issue)).toHaveLength(1);
  });

  it('that a stop interrupted and that cannot be carried out is logged at the next start, which works on', async () => {
    const issue = await world.people.open();
    await world.work();
    await world.people.say(issue, '/cancel');
    await world.work();
    const { trainingId } = await world.lastRun(issue);
    const order = { trainingId, from: null, by: 'aya', changedSince: async () => [] };
    const life = { end: 'redriveExecution', over: false };
    const { parts } = world;
    await world.restart({ engine: mortal(parts.engine, life), runs: mortal(parts.runs, life) });
    await expect(world.controller.rerun(order)).rejects.toThrow('killed');
    world.errors.length = 0;
    const full = faulty(parts.engine, (method) => (method === 'redriveExecution' ? new Error('full') : undefined));
    await world.restart({ engine: full });
    expect(world.errors).toEqual(['a re-run that was interrupted could not be carried out']);
    const other = await world.people.open();
    expect(await world.runsOf(other)).toHaveLength(1);
  });
});
