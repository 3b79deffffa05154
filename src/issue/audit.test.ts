import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DandoriError } from '../errors.js';
import { mortal } from './testing/mortal.js';
import { bodyOf } from './testing/people.js';
import { IssueWorld } from './testing/world.js';

let world: IssueWorld;
beforeEach(async () => {
  world = await IssueWorld.make();
});
afterEach(() => world.close());

/** What the audit log says of an issue: `by action outcome`, in order. */
async function told(issueNumber: number): Promise<string[]> {
  const records = await world.parts.audit.list({ issueNumber });
  return records.map(({ by, action, outcome }) => `${by} ${action} ${outcome}`);
}

async function waiting(fields: Record<string, unknown> = {}): Promise<{ issue: number; hash: string }> {
  const issue = await world.people.open(bodyOf(fields));
  await world.work();
  const { plan_hash: hash } = await world.questionOf(issue);
  return { issue, hash: String(hash) };
}

describe('the audit log', () => {
  it('has the request, the approval with its plan, and the rollback', async () => {
    const { issue, hash } = await waiting();
    await world.people.say(issue, '/approve');
    await world.work();
    await world.people.say(issue, '/rollback', 'ken');
    expect(await told(issue)).toEqual(['aya submit done', 'aya approve done', 'ken rollback done']);
    const { trainingId } = await world.lastRun(issue);
    const records = await world.parts.audit.list({ trainingId });
    expect(records).toMatchObject([{ planHash: null }, { planHash: hash }, { planHash: hash }]);
    expect(await world.parts.audit.verify()).toEqual([]);
  });

  it('has the plan that was promoted, and the run and the plan of a promotion that was refused', async () => {
    const { issue, hash } = await waiting();
    await world.people.say(issue, '/approve', 'ken');
    await world.work();
    await world.people.say(issue, '/promote');
    await world.people.say(issue, '/promote', 'ken');
    expect(await told(issue)).toEqual([
      'aya submit done',
      'ken approve done',
      'aya promote refused',
      'ken promote done',
    ]);
    const { trainingId } = await world.lastRun(issue);
    const about = { trainingId, planHash: hash };
    expect((await world.parts.audit.list({ issueNumber: issue })).slice(1)).toMatchObject([about, about, about]);
  });

  it.each([
    ['waits', false],
    ['was approved', true],
  ])('has the plan that %s with a cancellation', async (_, isApproved) => {
    const { issue, hash } = await waiting();
    if (isApproved) await world.people.say(issue, '/approve');
    await world.people.say(issue, '/cancel');
    const [last] = (await world.parts.audit.list({ issueNumber: issue })).slice(-1);
    expect(last).toMatchObject({ action: 'cancel', outcome: 'done', planHash: hash });
  });

  it.each([
    ['/approve', 'reader', 'approve', /may not \/approve/],
    ['/approve 0123456789ab', 'aya', 'approve', /it names the plan/],
    ['/retry\nadjusted_hyperparameters: {}', 'aya', 'retry', /Nothing waits for a retry/],
    ['/promote', 'aya', 'promote', /nothing to promote/],
  ])('has why %j of %s was refused, with the plan that waits', async (text, by, action, why) => {
    const { issue, hash } = await waiting();
    await world.people.say(issue, text, by);
    const [, refusal] = await world.parts.audit.list({ issueNumber: issue });
    const { trainingId } = await world.lastRun(issue);
    const detail = expect.stringMatching(why);
    expect(refusal).toMatchObject({ by, action, outcome: 'refused', planHash: hash, trainingId, detail });
  });

  it('has the 👍 of who may not, and of who may', async () => {
    const { issue } = await waiting();
    const { comment_id: comment } = await world.questionOf(issue);
    await world.people.react(issue, String(comment), 'reader');
    await world.people.react(issue, String(comment), 'ken');
    expect(await told(issue)).toEqual(['aya submit done', 'reader approve refused', 'ken approve done']);
  });

  it('has edits: a new plan, no valid request, too late', async () => {
    const { issue } = await waiting();
    await world.people.edit(issue, bodyOf({ seed: 7 }));
    await world.work();
    await world.people.edit(issue, bodyOf({ seed: 'many' }));
    await world.people.edit(issue, bodyOf({ seed: 8 }));
    await world.work();
    await world.people.say(issue, '/approve');
    await world.people.edit(issue, bodyOf({ seed: 9 }));
    const edits = ['aya edit done', 'aya edit refused', 'aya edit done'];
    expect(await told(issue)).toEqual(['aya submit done', ...edits, 'aya approve done', 'aya edit refused']);
    const records = await world.parts.audit.list({ issueNumber: issue });
    expect(records[2]).toMatchObject({ detail: 'no valid request: seed' });
  });

  it('has no question after the status, and no talk', async () => {
    const { issue } = await waiting();
    await world.people.say(issue, '/status');
    await world.people.say(issue, 'Looks fine.', 'reader');
    expect(await told(issue)).toEqual(['aya submit done']);
  });

  it('has an approval that came with the request', async () => {
    const issue = await world.people.open(bodyOf({ workflow_optimization: { auto_approve: true } }));
    const [record] = await world.parts.audit.list({ issueNumber: issue });
    expect(record).toMatchObject({ action: 'submit', detail: 'approved with it: auto_approve' });
  });

  it('has one entry for an order whose process was killed while it was carried out', async () => {
    const { issue } = await waiting();
    const life = { end: 'sendTaskSuccess', after: true, over: false };
    const { tokens, runs, audit } = world.parts;
    await world.restart({ tokens: mortal(tokens, life), runs: mortal(runs, life), audit: mortal(audit, life) });
    await world.people.say(issue, '/approve');
    await world.restart();
    expect(await told(issue)).toEqual(['aya submit done', 'aya approve done']);
  });

  it('has an order that could not be carried out as failed', async () => {
    const { issue } = await waiting();
    const cancel = () => Promise.reject(new Error('the disk is full'));
    await world.restart({ cancel });
    await world.people.say(issue, '/cancel');
    expect(await told(issue)).toEqual(['aya submit done', 'aya cancel done', 'aya cancel failed']);
  });

  it('tells an order that a rule refused from one that met a fault', async () => {
    const { issue } = await waiting();
    await world.people.say(issue, '/approve');
    await world.work();
    const { trainingId } = await world.lastRun(issue);
    for (const [code, outcome] of [
      ['wrong_state', 'refused'],
      ['unavailable', 'failed'],
    ] as const) {
      await world.restart({ rollBack: () => Promise.reject(new DandoriError(code, 'It does not work.')) });
      await world.people.say(issue, '/rollback');
      // Of the run that ended: it is found by its id too.
      const record = (await world.parts.audit.list({ trainingId })).at(-1);
      expect(record).toMatchObject({ by: 'aya', action: 'rollback', outcome });
    }
  });

  it('has a refused retry with the plan that the operator was asked about', async () => {
    world.decisions.push('retrain');
    const { issue, hash } = await waiting();
    await world.people.say(issue, '/approve');
    await world.work();
    await world.people.say(issue, '/retry\nadjusted_hyperparameters: {max_depth: 3}', 'reader');
    const records = await world.parts.audit.list({ issueNumber: issue });
    expect(records.at(-1)).toMatchObject({ action: 'retry', outcome: 'refused', planHash: hash });
  });

  it('has a re-run that was refused, with what was found', async () => {
    const { issue } = await waiting();
    const { trainingId } = await world.lastRun(issue);
    const order = { trainingId, from: null, by: 'aya', changedSince: async () => [] };
    await expect(world.controller.rerun(order)).rejects.toThrow(/cannot be run again now/);
    const [, refusal] = await world.parts.audit.list({ trainingId });
    expect(refusal).toMatchObject({ by: 'aya', action: 'rerun', outcome: 'refused', issueNumber: issue });
  });
});

describe('a person without the right', () => {
  it('is told once an issue, whatever is ordered; each order is in the audit log', async () => {
    const { issue } = await waiting();
    const answers = [];
    for (const text of ['/approve', '/cancel', '/approve']) answers.push(await world.people.say(issue, text, 'reader'));
    expect(answers.map(({ length }) => length)).toEqual([1, 0, 0]);
    expect(await world.people.say(issue, '/cancel', 'stranger')).toHaveLength(1);
    const refused = ['reader approve refused', 'reader cancel refused', 'reader approve refused'];
    expect(await told(issue)).toEqual(['aya submit done', ...refused, 'stranger cancel refused']);
  });

  it('who gave a thumb is told of a command all the same', async () => {
    const { issue } = await waiting();
    const { comment_id: proposal } = await world.questionOf(issue);
    const counts = /does not have the permission `write`/;
    expect(await world.people.react(issue, String(proposal), 'reader')).toEqual([expect.stringMatching(counts)]);
    expect(await world.people.say(issue, '/approve', 'reader')).toEqual([expect.stringMatching(/may not \/approve/)]);
  });

  it.each<{ what: string; act: (issue: number, count: number) => Promise<string[]> }>([
    { what: 'commands that cannot be read', act: (issue) => world.people.say(issue, '/aprove', 'reader') },
    { what: 'corrected blocks', act: (issue) => world.people.say(issue, bodyOf({ seed: 7 }), 'reader') },
    {
      what: 'edits of the issue',
      act: (issue, count) => world.people.edit(issue, bodyOf({ seed: count }), 'reader'),
    },
    {
      what: 'thumbs that are given and taken back',
      async act(issue) {
        const { comment_id: comment } = await world.questionOf(issue);
        const said = await world.people.react(issue, String(comment), 'reader');
        world.db.run("DELETE FROM issue_reactions WHERE user = 'reader'");
        return said;
      },
    },
  ])('gets one answer to many: $what', async ({ act }) => {
    const { issue } = await waiting();
    const answers = [await act(issue, 1), await act(issue, 2), await act(issue, 3)];
    expect(answers.map(({ length }) => length)).toEqual([1, 0, 0]);
  });
});

describe('an approval while the issue says something else', () => {
  it('counts only when the edit was worked, or was taken back', async () => {
    const { issue } = await waiting();
    // The edit is on the tracker, and its event is not told yet.
    const tracker = new Proxy(world.parts.tracker, {
      get(target, name) {
        if (name === 'getIssue')
          return async (of: { number: number }) => ({ ...(await target.getIssue(of)), body: bodyOf({ seed: 7 }) });
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    await world.restart({ tracker });
    for (const text of ['/approve', '/override\nseed: 8']) {
      expect(await world.people.say(issue, text)).toEqual([
        expect.stringMatching(/the issue was edited after this plan/),
      ]);
    }
    await world.restart();
    expect(await world.people.say(issue, '/approve')).toEqual([expect.stringMatching(/^Approved by `aya`/)]);
  });
});

describe('an edit', () => {
  it('that was worked lets the new plan be approved, though the process was killed behind its answer', async () => {
    const { issue } = await waiting();
    const { tokens, runs, effects, tracker } = world.parts;
    const life = { end: 'sendTaskSuccess', after: true, over: false };
    await world.restart({
      tokens: mortal(tokens, life),
      runs: mortal(runs, life),
      effects: mortal(effects, life),
      tracker: mortal(tracker, life),
    });
    await world.people.edit(issue, bodyOf({ seed: 7 }));
    await world.restart();
    await world.work();
    expect(await world.people.say(issue, '/approve')).toEqual([expect.stringMatching(/^Approved by `aya`/)]);
  });

  it('that came while the label was off is worked when it is there again', async () => {
    const { issue, hash } = await waiting();
    const { labels } = await world.people.tracker.getIssue({ number: issue });
    await world.people.tracker.updateIssue({ number: issue, labels: labels.filter((one) => one !== 'mlops:train') });
    await world.people.edit(issue, bodyOf({ seed: 7 }));
    expect(await world.people.say(issue, '/approve')).toEqual([expect.stringMatching(/the issue was edited after/)]);
    await world.people.label(issue, 'mlops:train');
    await world.work();
    expect((await world.questionOf(issue)).plan_hash).not.toBe(hash);
    expect(await world.people.say(issue, '/approve')).toEqual([expect.stringMatching(/^Approved by `aya`/)]);
  });

  it('of who has no right leaves the plan that waits, and its approval', async () => {
    const { issue } = await waiting();
    await world.people.edit(issue, bodyOf({ seed: 7 }), 'reader');
    expect(await world.people.say(issue, '/approve')).toEqual([expect.stringMatching(/^Approved by `aya`/)]);
  });
});

describe('more open runs than are allowed', () => {
  it('are refused to the one person, then to everybody, until one has ended', async () => {
    await world.restart({ quota: { openRuns: 2, openRunsPerAuthor: 1 } });
    const first = await world.people.open();
    await world.work();
    const second = await world.people.open();
    expect(await world.people.heard(second)).toEqual([expect.stringMatching(/at most 1 open run of one person/)]);
    await world.people.open(bodyOf(), 'ken');
    await world.people.tracker.setPermission({ user: 'mia', permission: 'write' });
    const third = await world.people.open(bodyOf({ language: 'ja' }), 'mia');
    expect(await world.people.heard(third)).toEqual([expect.stringMatching(/上限の2件/)]);
    expect(await told(third)).toEqual(['mia submit refused']);

    await world.people.say(first, '/cancel');
    await world.work();
    await world.people.tracker.updateIssue({ number: second, labels: [] });
    await world.people.label(second, 'mlops:train');
    expect(await told(second)).toContain('aya submit done');
  });
});
