import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planHash } from '../request/plan-hash.js';
import { plan as planSchema } from '../contracts/plan.js';
import { DandoriError } from '../errors.js';
import { failure } from '../messages/failures.js';
import { orderFailures } from '../messages/order-failures.js';
import { mortal } from './testing/mortal.js';
import { bodyOf } from './testing/people.js';
import { IssueWorld } from './testing/world.js';

let world: IssueWorld;
beforeEach(async () => {
  world = await IssueWorld.make();
});
afterEach(() => world.close());

const like = (text: RegExp): unknown => expect.stringMatching(text);

/** An issue whose run waits for the approval of its plan. */
async function proposed(fields: Record<string, unknown> = {}, by = 'aya'): Promise<number> {
  const issue = await world.people.open(bodyOf(fields), by);
  await world.work();
  return issue;
}

/** An issue whose run waits for the operator. */
async function belowThreshold(fields: Record<string, unknown> = {}): Promise<number> {
  world.decisions.push('retrain');
  const issue = await proposed(fields);
  await world.people.say(issue, '/approve');
  await world.work();
  expect(await world.stateOf(issue)).toBe('WaitForOperatorInput');
  return issue;
}

const hashOf = async (issue: number) => String((await world.questionOf(issue))['plan_hash']);

/** A process that is killed in this method, when the comment is worked; then the next one works on. */
async function killedIn(end: string, after: boolean, act: () => Promise<unknown>): Promise<void> {
  const life = { end, after, over: false };
  const { tracker, tokens, runs, ledger, effects } = world.parts;
  const { cancel, rollBack } = mortal(world.parts, life);
  await world.restart({
    cancel,
    rollBack,
    tracker: mortal(tracker, life),
    tokens: mortal(tokens, life),
    runs: mortal(runs, life),
    ledger: mortal(ledger, life),
    effects: mortal(effects, life),
  });
  await act();
  expect(life.over).toBe(true);
  await world.restart();
}

/** Where a process may be killed that answers a waiting task. */
const deaths: [string, string, boolean][] = [
  ['before the run goes on', 'sendTaskSuccess', false],
  ['when the run goes on', 'sendTaskSuccess', true],
  ['when its question is forgotten', 'remove', true],
  ['before the answer is posted', 'createComment', false],
  ['when the answer is posted', 'createComment', true],
];

describe('/approve', () => {
  it('lets the plan run that waits, and says which', async () => {
    const issue = await proposed();
    const hash = await hashOf(issue);
    expect(await world.people.say(issue, '/approve', 'ken')).toEqual([
      `Approved by \`ken\`: the plan \`${hash.slice(0, 12)}\` runs.`,
    ]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service', version: '1.0.0' });
  });

  it('counts once: a second one finds nothing to approve, and changes nothing', async () => {
    const issue = await proposed();
    await world.people.say(issue, '/approve', 'ken');
    expect(await world.people.say(issue, '/approve')).toEqual(['Nothing waits for an approval here.']);
    expect(await world.stateOf(issue)).toBe('PrepareData');
  });

  it.each([
    ['while the proposal is being made', 'OptimizeWorkflow'],
    ['before the question is asked', 'WaitForOptimizationApproval'],
  ])('%s approves nothing: nobody has seen a plan', async (_, state) => {
    const issue = await world.people.open();
    await world.work(state);
    expect(await world.people.say(issue, '/approve')).toEqual(['Nothing waits for an approval here.']);
    await world.work();
    expect(await world.stateOf(issue)).toBe('WaitForOptimizationApproval');
  });

  it.each<[string, { by: string; text?: string; fields?: object }, RegExp]>([
    ['of a reader', { by: 'reader' }, /`reader` may not \/approve here: that needs the permission `write`/],
    ['of a stranger', { by: 'mallory' }, /`mallory` may not \/approve here/],
    ['of a bot', { by: 'ci[bot]' }, /`ci\[bot\]` may not \/approve here/],
    ['for another plan', { by: 'ken', text: '/approve 0123456789ab' }, /names the plan `0123456789ab`/],
    ['of who asked for production', { by: 'aya', fields: { deploy_to: 'production' } }, /approved by somebody else/],
  ])('%s counts not, and says why', async (_, { by, text = '/approve', fields = {} }, why) => {
    const issue = await proposed({ ...fields });
    expect(await world.people.say(issue, text, by)).toEqual([like(why)]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'waiting' });
  });

  it('counts not when the comment was edited into one', async () => {
    const issue = await proposed();
    const { id } = await world.people.tracker.createComment({ issueNumber: issue, body: '/approve', author: 'ken' });
    await world.people.tracker.updateComment({ id, body: '/approve now', actor: 'ken' });
    await world.people.tracker.updateComment({ id, body: '/approve', actor: 'ken' });
    await world.controller.poke();
    expect(await world.people.heard(issue)).toEqual([like(/the comment was edited after it was posted/)]);
  });

  it.each(deaths)('of a process that is killed %s counts once, and is answered once', async (_, end, after) => {
    const issue = await proposed();
    const before = await hashOf(issue);
    await killedIn(end, after, () => world.people.say(issue, '/approve', 'ken'));
    expect(await world.people.heard(issue)).toEqual([`Approved by \`ken\`: the plan \`${before.slice(0, 12)}\` runs.`]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
  });
});

describe('an answer to a run that is over by then', () => {
  it('says so, and does not count at the next start either', async () => {
    const issue = await proposed();
    const { trainingId } = await world.lastRun(issue);
    await world.engine.stopExecution({ name: trainingId });
    const [answer] = await world.people.say(issue, '/approve', 'ken');
    expect(answer).toMatch(/^That did not work: The task of execution .* is over/);
    await world.restart();
    expect(await world.people.heard(issue)).toEqual([answer]);
  });
});

describe('👍', () => {
  it('on the comment that shows the plan approves it', async () => {
    const issue = await proposed();
    const { comment_id: id } = await world.questionOf(issue);
    expect(await world.people.react(issue, String(id), 'ken')).toEqual([like(/^Approved by `ken`/)]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
  });

  it('of a reader counts not, and says why', async () => {
    const issue = await proposed();
    const { comment_id: id } = await world.questionOf(issue);
    expect(await world.people.react(issue, String(id), 'reader')).toEqual([
      like(/does not have the permission `write`/),
    ]);
  });

  it('on another comment, or another sign, is nothing to speak of', async () => {
    const issue = await proposed();
    const { comment_id: id } = await world.questionOf(issue);
    const other = await world.people.tracker.createComment({ issueNumber: issue, body: 'Nice.', author: 'aya' });
    expect(await world.people.react(issue, other.id, 'ken')).toEqual([]);
    expect(await world.people.react(issue, String(id), 'ken', 'heart')).toEqual([]);
    expect(await world.stateOf(issue)).toBe('WaitForOptimizationApproval');
  });

  it.each(deaths)('of a process that is killed %s counts once, and is answered once', async (_, end, after) => {
    const issue = await proposed();
    const { comment_id: id } = await world.questionOf(issue);
    await killedIn(end, after, () => world.people.react(issue, String(id), 'ken'));
    expect(await world.people.heard(issue)).toEqual([like(/^Approved by `ken`/)]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
  });
});

describe('/override', () => {
  it('plans anew with the change, which its author has approved with it', async () => {
    const issue = await proposed();
    expect(await world.people.say(issue, '/override\nmodel_name: other\ncv_folds: 3', 'ken')).toEqual([
      'Overridden by `ken`: a new plan is made and runs with this approval.',
    ]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service', modelName: 'other' });
    const { output } = await world.engine.describeExecution({ name: (await world.lastRun(issue)).trainingId });
    expect(output).toMatchObject({
      ask: { requested_by: 'aya', explicit_fields: expect.arrayContaining(['target', 'cv_folds']) as unknown },
      approval: { approved: { by: 'ken', how: 'override' }, plan: { request: { cv_folds: 3 } } },
    });
  });

  it('of who may not approve it plans anew and waits for somebody else', async () => {
    const issue = await proposed({ deploy_to: 'production' });
    expect(await world.people.say(issue, '/override\ncv_folds: 3')).toEqual([
      like(/^The request was changed: a new proposal follows.*not counted as an approval: `aya` made this request/),
    ]);
    await world.work();
    expect(await world.questionOf(issue)).toMatchObject({ ask: { request: { cv_folds: 3 }, pre_approval: null } });
  });

  it('with a value that is not allowed says what is, and the plan stays', async () => {
    const issue = await proposed();
    const hash = await hashOf(issue);
    const [answer] = await world.people.say(issue, '/override\ncv_folds: many\nseeed: 3');
    expect(answer).toMatch(/cv_folds/);
    expect(answer).toMatch(/seeed[^]*`seed`/);
    expect(answer).toMatch(/Comment `\/override` again with this mended; until then nothing changes\.$/);
    expect(await hashOf(issue)).toBe(hash);
  });

  it('into another language is answered in it from then on', async () => {
    const issue = await proposed();
    expect(await world.people.say(issue, '/override\nlanguage: ja')).toEqual([like(/が設定を上書きしました/)]);
    expect(await world.people.say(issue, '/status')).toEqual([like(/の状態: /)]);
    expect(await world.people.say(issue, '/rollback')).toEqual([like(/ロールバックできません/)]);
  });

  it('finds nothing to override when nothing waits for an approval', async () => {
    const issue = await proposed();
    await world.people.say(issue, '/approve');
    expect(await world.people.say(issue, '/override\ncv_folds: 3')).toEqual([like(/nothing to override/)]);
  });

  it.each([...deaths, ['before the list names the model', 'update', false]] as typeof deaths)(
    'of a process that is killed %s plans anew once, and is answered once',
    async (_, end, after) => {
      const issue = await proposed({ deploy_to: 'production' });
      await killedIn(end, after, () => world.people.say(issue, '/override\nmodel_name: other'));
      expect(await world.people.heard(issue)).toEqual([like(/^The request was changed: a new proposal follows/)]);
      await world.work();
      expect(await world.lastRun(issue)).toMatchObject({ status: 'waiting', modelName: 'other' });
      const { trainingId } = await world.lastRun(issue);
      const history = await world.engine.getExecutionHistory({ name: trainingId });
      const entered = history.filter((one) => JSON.stringify(one).includes('"name":"OptimizeWorkflow"'));
      expect(entered.filter(({ type }) => type === 'TaskStateEntered')).toHaveLength(2);
    },
  );
});

describe('/retry', () => {
  const adjusted = '/retry\nadjusted_hyperparameters:\n  random_forest:\n    max_depth: 12';

  it('trains again under a plan of its own', async () => {
    const issue = await belowThreshold({ hyperparameters: { random_forest: { n_estimators: 200 } } });
    const before = await world.questionOf(issue);
    const [answer] = await world.people.say(issue, adjusted, 'ken');
    await world.work('TrainModel');
    const { trainingId } = await world.lastRun(issue);
    await world.work();
    const { output } = await world.engine.describeExecution({ name: trainingId });
    const { approval } = output as { approval: { plan: unknown; plan_hash: string } };
    expect(approval).toMatchObject({ approved: { by: 'ken', how: 'retry' } });
    expect(approval.plan_hash).not.toBe(before['plan_hash']);
    expect(approval.plan_hash).toBe(planHash(planSchema.parse(approval.plan)));
    const wanted = { random_forest: { n_estimators: 200, max_depth: 12 } };
    expect(approval.plan).toMatchObject({ request: { hyperparameters: wanted } });
    expect(approval.plan).toMatchObject({ proposal: { hyperparameters: wanted } });
    expect(answer).toBe(
      `\`ken\` adjusted the hyperparameters: the plan \`${approval.plan_hash.slice(0, 12)}\` trains again.`,
    );
  });

  it.each([
    ['a value out of its bounds', 'random_forest:\n    max_depth: -3', /max_depth[^]*-3[^]*1/],
    ['an algorithm that the request does not name', 'xgboost:\n    max_depth: 3', /xgboost[^]*random_forest/],
    ['a name that is nearly right', 'random_forest:\n    max_dept: 3', /max_dept[^]*max_depth/],
  ])('with %s says what is allowed, and goes on waiting', async (_, given, answer) => {
    const issue = await belowThreshold();
    expect(await world.people.say(issue, `/retry\nadjusted_hyperparameters:\n  ${given}`)).toEqual([like(answer)]);
    expect(await world.stateOf(issue)).toBe('WaitForOperatorInput');
  });

  it('without any value asks for it', async () => {
    const issue = await belowThreshold();
    expect(await world.people.say(issue, '/retry')).toEqual([
      like(
        /^## `\/retry` cannot[^]*`adjusted_hyperparameters` \| nothing \| at least one hyperparameter[^]*Comment `\/retry` again/,
      ),
    ]);
    expect(await world.stateOf(issue)).toBe('WaitForOperatorInput');
  });

  it('with an empty mapping says what to give', async () => {
    const issue = await belowThreshold();
    const [answer] = await world.people.say(issue, '/retry\nadjusted_hyperparameters: {}');
    expect(answer).toMatch(/\{\}.*at least one hyperparameter with its new value: .*`C`.*`n_estimators`/);
    expect(await world.stateOf(issue)).toBe('WaitForOperatorInput');
  });

  it.each([
    [
      'the values of now',
      'random_forest: {n_estimators: 200}',
      /Hyperparameters now: `random_forest: n_estimators=200`/,
    ],
    ['a default', 'random_forest: {max_depth: null}', /now: `random_forest: n_estimators=200, max_depth=null`/],
  ])('that gives only %s is refused, and no retry is used', async (_, given, answer) => {
    const issue = await belowThreshold({ hyperparameters: { random_forest: { n_estimators: 200 } } });
    expect(await world.people.say(issue, `/retry\nadjusted_hyperparameters: {${given}}`)).toEqual([
      like(new RegExp(`^That changes nothing[^]*${answer.source}`)),
    ]);
    expect(await world.stateOf(issue)).toBe('WaitForOperatorInput');
    expect(await world.people.say(issue, adjusted)).toEqual([like(/trains again/)]);
  });

  it('of who asked for production is for somebody else to say', async () => {
    world.decisions.push('retrain');
    const issue = await proposed({ deploy_to: 'production' });
    await world.people.say(issue, '/approve', 'ken');
    await world.work();
    expect(await world.people.say(issue, adjusted)).toEqual([like(/not counted as an approval: `aya` made this/)]);
    expect(await world.stateOf(issue)).toBe('WaitForOperatorInput');
    expect(await world.people.say(issue, adjusted, 'ken')).toEqual([like(/trains again/)]);
  });

  it('finds nothing to retry before a model missed its threshold', async () => {
    const issue = await proposed();
    expect(await world.people.say(issue, adjusted)).toEqual([like(/^Nothing waits for a retry here/)]);
  });

  it.each(deaths)('of a process that is killed %s trains again once, and is answered once', async (_, end, after) => {
    const issue = await belowThreshold();
    const said = (await world.people.heard(issue)).length;
    await killedIn(end, after, () => world.people.say(issue, adjusted));
    expect((await world.people.heard(issue)).slice(said)).toEqual([like(/trains again/)]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
  });
});

describe('/cancel', () => {
  it.each(['OptimizeWorkflow', 'WaitForOptimizationApproval', 'TrainModel', 'WaitForOperatorInput'])(
    'ends a run in %s',
    async (state) => {
      world.decisions.push('retrain');
      const issue = await world.people.open(bodyOf({ workflow_optimization: { auto_approve: true } }));
      await world.work(state);
      expect(await world.people.say(issue, '/cancel', 'ken')).toEqual(['Cancelled by `ken`.']);
      await world.work();
      expect(await world.lastRun(issue)).toMatchObject({ status: 'cancelled' });
      expect((await world.people.tracker.getIssue({ number: issue })).labels).toEqual([
        'mlops:train',
        'mlops:cancelled',
      ]);
    },
  );

  it('of somebody without the right ends nothing', async () => {
    const issue = await proposed();
    expect(await world.people.say(issue, '/cancel', 'reader')).toEqual([
      '`reader` may not /cancel here: that needs the permission `write`. Nothing was done.',
    ]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'waiting' });
  });

  it.each([
    ['before it is asked for', 'cancel', false],
    ['when it was asked for', 'cancel', true],
    ['before the answer is posted', 'createComment', false],
  ])('of a process that is killed %s ends the run, and is answered once', async (_, end, after) => {
    const issue = await proposed();
    await killedIn(end, after, () => world.people.say(issue, '/cancel', 'ken'));
    expect(await world.people.heard(issue)).toEqual(['Cancelled by `ken`.']);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'cancelled' });
  });

  it('comes too late when the model is being released', async () => {
    const issue = await proposed();
    await world.people.say(issue, '/approve');
    await world.work('StartMonitoring');
    expect(await world.people.say(issue, '/cancel')).toEqual([like(/too late to cancel[^]*`\/rollback`/)]);
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
  });

  it('finds nothing to cancel before a run and after it', async () => {
    const issue = await world.people.open('no request');
    expect(await world.people.say(issue, '/cancel')).toEqual([like(/nothing to cancel/)]);
    const other = await proposed();
    await world.people.say(other, '/approve');
    await world.work('NotifySuccess');
    const { trainingId } = await world.lastRun(other);
    await world.engine.stopExecution({ name: trainingId });
    // Over, and nobody has looked yet.
    expect(await world.lastRun(other)).toMatchObject({ endedAt: null });
    expect(await world.people.say(other, '/cancel')).toEqual([like(/nothing to cancel/)]);
  });
});

/** An issue whose version serves staging. */
async function inService(fields: Record<string, unknown> = {}): Promise<number> {
  const issue = await proposed(fields);
  await world.people.say(issue, '/approve', 'ken');
  await world.work();
  return issue;
}

describe('/promote', () => {
  it('puts the version into production at the word of a second person, and says which gave way', async () => {
    const issue = await inService();
    expect(await world.people.say(issue, '/promote', 'ken')).toEqual([
      like(/^Promoted\. `churn-production` serves version 1\.1\.0; version 1\.0\.0 gave way\./),
    ]);
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
    const promote = async () => ({
      endpoint_name: 'churn-production',
      version: '1.1.0',
      previous_version: null,
      changed: false,
    });
    await world.restart({ promote });
    expect(await world.people.say(issue, '/promote', 'ken')).toEqual([like(/serves version 1\.1\.0 already/)]);
    const { trainingId } = await world.lastRun(issue);
    const [entry] = (await world.parts.audit.list({ by: 'ken' })).filter(({ action }) => action === 'promote');
    expect(entry).toMatchObject({ outcome: 'done', trainingId, issueNumber: issue });
  });

  it.each([
    ['the requester', 'aya', /`aya`.*production/],
    ['a reader', 'reader', /needs the permission `write`/],
    ['a bot', 'ci[bot]', /bot/],
  ])('of %s changes nothing', async (_, by, answer) => {
    const issue = await inService();
    await world.restart({ promote: () => Promise.reject(new Error('promoted')) });
    expect(await world.people.say(issue, '/promote', by)).toEqual([like(answer)]);
  });

  it('says why it makes no sense before a model serves, and when it serves production', async () => {
    expect(await world.people.say(await proposed(), '/promote', 'ken')).toEqual([like(/nothing to promote/)]);
    const issue = await inService({ deploy_to: 'production' });
    expect(await world.people.say(issue, '/promote', 'ken')).toEqual([like(/serves production already/)]);
  });
});

describe('/rollback', () => {
  it('puts the version before into service, says which, and takes the label away', async () => {
    const issue = await inService();
    expect(await world.people.say(issue, '/rollback')).toEqual([
      'Rolled back. `churn-staging` went back from version 1.1.0 to 1.0.0; version 1.1.0 is archived and rejected.',
    ]);
    expect(await world.lastRun(issue)).toMatchObject({ status: 'failed' });
    expect((await world.people.tracker.getIssue({ number: issue })).labels).toEqual([
      'mlops:train',
      'mlops:rolled-back',
    ]);
    expect(await world.people.say(issue, '/rollback')).toEqual([like(/^No model of this issue is in service/)]);
  });

  it('of production leaves the run in service while its version serves staging', async () => {
    const issue = await inService();
    expect(await world.people.say(issue, '/rollback production')).toEqual([
      like(/`churn-production` went back .* is rejected, and serves staging still\.$/),
    ]);
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
  });

  it.each([
    ['before it is done', 'rollBack', false],
    ['when it is done', 'rollBack', true],
    ['when the list shows it', 'update', true],
    ['before the label shows it', 'updateIssue', false],
    ['before the answer is posted', 'createComment', false],
  ])('of a process that is killed %s is told once', async (_, end, after) => {
    const issue = await inService();
    const said = (await world.people.heard(issue)).length;
    await killedIn(end, after, () => world.people.say(issue, '/rollback'));
    expect((await world.people.heard(issue)).slice(said)).toEqual([like(/^Rolled back/)]);
    expect(await world.lastRun(issue)).toMatchObject({ status: 'failed' });
    expect((await world.people.tracker.getIssue({ number: issue })).labels).toContain('mlops:rolled-back');
  });

  it('that cannot be done says why, and the model stays in service', async () => {
    const issue = await inService();
    const refusal = new DandoriError('not_found', 'There is no version before 1.0.0.');
    await world.restart({ rollBack: () => Promise.reject(refusal) });
    expect(await world.people.say(issue, '/rollback')).toEqual([
      like(/^That did not work: There is no version before 1\.0\.0\.$/),
    ]);
    expect((await world.parts.audit.list({})).at(-1)).toMatchObject({
      action: 'rollback',
      outcome: 'refused',
      detail: 'There is no version before 1.0.0.',
    });
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service' });
  });
});

describe('a comment', () => {
  it('asks where the run stands with /status', async () => {
    const issue = await proposed();
    const { trainingId } = await world.lastRun(issue);
    expect(await world.people.say(issue, '/status', 'ken')).toEqual([
      `\`${trainingId}\` is **waiting**, in \`WaitForOptimizationApproval\`.`,
    ]);
    const other = await world.people.open('no request');
    expect(await world.people.say(other, '/status')).toEqual(['This issue has no run.']);
  });

  it('is told that only its first command counts', async () => {
    const issue = await proposed();
    const [answer] = await world.people.say(issue, '/status\n/approve\n/cancel');
    expect(answer).toMatch(/Only the first command .* not done: `\/approve`, `\/cancel`\.$/);
    expect(await world.stateOf(issue)).toBe('WaitForOptimizationApproval');
  });

  it.each([
    ['a command that is nearly one', '/aprove', /Did you mean `\/approve`/],
    ['a hash that is none', '/approve please', /at least 7 characters/],
    ['a place that is none', '/rollback prod', /^Nothing was rolled back: .*`prod`.* `staging` or `production`/],
  ])('with %s is told so', async (_, text, answer) => {
    expect(await world.people.say(await proposed(), text)).toEqual([like(answer)]);
  });

  it('is answered in the language of the request', async () => {
    const issue = await proposed({ language: 'ja' });
    expect(await world.people.say(issue, '/cancel', 'reader')).toEqual([like(/権限がありません/)]);
    expect(await world.people.say(issue, '/approve', 'ken')).toEqual([like(/`ken` が承認しました/)]);
  });

  it.each([
    [
      failure(
        'not_found',
        orderFailures.noVersionBefore({ modelName: 'm', version: '1.0.0', endpointName: 'm-staging', isFirst: true }),
      ),
      /^実行できませんでした: m-staging の m 1\.0\.0 には戻せるバージョンがありません（最初のバージョンです）。/,
      'There is no version to go back to from m 1.0.0 on m-staging.',
    ],
    [
      new DandoriError('unavailable', 'GitHub was not asked.'),
      /^実行できませんでした: 一時的に利用できません。詳細（原文）: GitHub was not asked\.$/,
      'GitHub was not asked.',
    ],
  ])(
    'that cannot be done is refused in the language of the request, and kept in English',
    async (error, answer, kept) => {
      const issue = await inService({ language: 'ja' });
      await world.restart({ rollBack: () => Promise.reject(error) });
      expect(await world.people.say(issue, '/rollback')).toEqual([like(answer)]);
      expect((await world.parts.audit.list({})).at(-1)?.detail).toContain(kept);
    },
  );

  it('that is no command is left alone', async () => {
    const issue = await proposed();
    expect(await world.people.say(issue, 'Looks good to me.')).toEqual([]);
    expect(await world.people.say(issue, 'It says:\n\n```\nfold 1 of 5\n```')).toEqual([]);
    expect(await world.runsOf(issue)).toHaveLength(1);
  });

  it('that is edited into a command is none: somebody else may have edited it', async () => {
    const issue = await proposed();
    const { id } = await world.people.tracker.createComment({ issueNumber: issue, body: 'Fine.', author: 'ken' });
    await world.controller.poke();
    await world.people.tracker.updateComment({ id, body: '/approve', actor: 'reader' });
    await world.controller.poke();
    expect(await world.people.heard(issue)).toEqual([]);
  });
});
