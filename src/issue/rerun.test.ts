import { afterEach, describe, expect, it } from 'vitest';
import { createLocalAuditLog } from '../adapters/local/audit-log.js';
import { createLocalEffectJournal } from '../adapters/local/effect-journal.js';
import { createLocalIssueTracker } from '../adapters/local/issue-tracker.js';
import { createLocalRunIndex } from '../adapters/local/run-index.js';
import { createLocalTaskLedger } from '../adapters/local/task-ledger.js';
import { requestOf } from '../capabilities/testing/fixtures.js';
import type { Plan } from '../contracts/plan.js';
import { type Database, openDatabase } from '../db.js';
import type { RunStatus } from '../ports/run-index.js';
import { createEmbeddedEngine } from '../workflow/engine/durable/embedded-engine.js';
import { definitionFor } from '../workflow/state-machine.js';
import { type ControllerParts, issueValue } from './controller-parts.js';
import { finishRerun, listReruns, rerun } from './rerun.js';
import { mortal } from './testing/mortal.js';

const id = 'train-20260131-093000-1';
const hash = 'a'.repeat(64);
const at = '2026-01-31T09:30:00.000Z';
const approvedBy = { by: 'aya', how: 'yes', at, comment_id: null };

const plan: Plan = {
  format: 1,
  request: requestOf(),
  proposal: {},
  dataset: { dataset_id: 'churn', version: '1.0.0', digest: hash },
  code_digest: hash,
  environment_digest: hash,
  policy: { minimum: 'write', production_requires_second_person: true },
  deploy_target: { endpoint_name: 'churn-staging', deploy_to: 'staging' },
};

/** What each state answers when nothing is wrong. */
const answers: Record<string, unknown> = {
  OptimizeWorkflow: { plan, plan_hash: hash },
  WaitForOptimizationApproval: { decision: 'approved', plan_hash: hash, plan, approved: approvedBy },
  JudgeResults: { decision: 'pass', message: 'good' },
};

const databases: Database[] = [];
afterEach(() => {
  for (const db of databases.splice(0)) db.close();
});

/** One installation without agents: its tasks are answered here, state by state. */
async function makeWorld() {
  const db = openDatabase(':memory:');
  databases.push(db);
  const engine = createEmbeddedEngine({ db, definition: definitionFor('local'), stateMachineName: 'dandori' });
  const tracker = createLocalIssueTracker({ db, user: 'owner' });
  const errors: string[] = [];
  const parts: ControllerParts = {
    tracker,
    engine,
    tokens: engine,
    ledger: createLocalTaskLedger({ db }),
    runs: createLocalRunIndex({ db }),
    effects: createLocalEffectJournal({ db }),
    audit: createLocalAuditLog({ db }),
    quota: { openRuns: 100, openRunsPerAuthor: 50 },
    policy: plan.policy,
    log: { info: () => undefined, error: (_, message) => void errors.push(message) },
    detect: async () => {
      throw new Error('nothing is detected here');
    },
    cancel: async () => undefined,
    rollBack: async () => ({}),
    promote: async () => ({}),
  };
  await tracker.createIssue({ title: 'Churn', body: '', labels: ['mlops:train'], author: 'aya' });
  const counters = { visit: 1, current_retry: 0 };
  const ask = { request: requestOf(), requested_by: 'aya', pre_approval: approvedBy };
  const run = { trainingId: id, issueNumber: 1, modelName: 'churn', requestedBy: 'aya', createdAt: at };
  await parts.runs.add({ ...run, status: 'running', eventId: 'e-1' });
  await engine.startExecution({ name: id, input: { training_id: id, issue_number: 1, ask, counters } });

  /** Answers the task that waits; `change` instead of what its state answers when nothing is wrong. */
  const answer = async (change: { output?: unknown; error?: string } = {}): Promise<Record<string, unknown>> => {
    const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 60_000 });
    if (message === undefined) throw new Error('no task waits');
    await engine.delete(message);
    const body = message.body as Record<string, unknown>;
    const taskToken = String(body['task_token']);
    if (change.error !== undefined) await engine.sendTaskFailure({ taskToken, error: change.error, cause: 'why' });
    else {
      const output = change.output ?? answers[String(body['state'])] ?? {};
      await engine.sendTaskSuccess({ taskToken, output });
    }
    return body;
  };
  /** Works until a task of the state waits. */
  const upTo = async (state: string): Promise<void> => {
    while ((await engine.describeExecution({ name: id })).currentState !== state) await answer();
  };
  /** Works to the end, as the keeper of the status would see it. */
  const toTheEnd = async (): Promise<RunStatus> => {
    while ((await engine.describeExecution({ name: id })).status === 'RUNNING') await answer();
    const { status, error } = await engine.describeExecution({ name: id });
    const ended = status === 'SUCCEEDED' ? 'in_service' : error === 'Dandori.Cancelled' ? 'cancelled' : 'failed';
    await parts.runs.update({ trainingId: id, status: ended, endedAt: at });
    return ended;
  };
  const order = (from: string | null = null, by = 'owner', changed: string[] = []) =>
    rerun(parts, { trainingId: id, from, by, changedSince: async () => changed });
  return { db, engine, tracker, parts, errors, answer, upTo, toTheEnd, order };
}

async function failedIn(state: string, error = 'Dandori.JobFailed') {
  const world = await makeWorld();
  await world.upTo(state);
  await world.answer({ error });
  await world.toTheEnd();
  return world;
}

describe('a re-run', () => {
  it('starts from the state that failed, works anew under visits of its own and tells the issue', async () => {
    const { order, answer, parts, tracker, toTheEnd } = await failedIn('TrainModel');
    const made = await order();
    expect(made).toMatchObject({ training_id: id, issue_number: 1, from: 'TrainModel', by: 'owner', number: 1 });
    expect(await parts.runs.get({ trainingId: id })).toMatchObject({ status: 'running', endedAt: null });
    expect(await answer()).toMatchObject({ state: 'TrainModel', visit: 1, redrive_count: 1 });
    const [comment] = await tracker.listComments({ issueNumber: 1 });
    expect(comment?.body).toMatch(/\n`owner` runs `train-20260131-093000-1` again, from `TrainModel`\.$/);
    expect(await toTheEnd()).toBe('in_service');
    expect(await listReruns(parts.runs, id, 1)).toEqual([made]);
  });

  it.each([
    ['a person', 'Dandori.Cancelled', 'cancelled'],
    ['its time-out', 'States.Timeout', 'failed'],
  ])('of a run that %s ended while it waited forgets the question and the cancellation', async (_, error, status) => {
    const { order, parts, upTo, answer, toTheEnd } = await makeWorld();
    await upTo('WaitForOptimizationApproval');
    await parts.ledger.requestCancel({ trainingId: id, by: 'aya', reason: '/cancel' });
    const task = { taskToken: 'old', trainingId: id, state: 'WaitForOptimizationApproval', body: {}, since: at };
    await parts.ledger.put({ ...task, waitingFor: { kind: 'person', question: {} } });
    await answer({ error });
    expect(await toTheEnd()).toBe(status);
    await order();
    expect(await parts.ledger.cancelRequest({ trainingId: id })).toBeNull();
    expect(await parts.ledger.list({ trainingId: id })).toEqual([]);
  });

  it.each(['OptimizeWorkflow', 'WaitForOptimizationApproval'])(
    'from %s does not take the approval that came with the asking',
    async (from) => {
      const { order, answer } = await failedIn('TrainModel');
      await order(from);
      expect(await answer()).toMatchObject({
        state: from,
        input: { ask: { pre_approval: null, requested_by: 'aya' } },
      });
    },
  );

  it('is told in the language of the request', async () => {
    const { order, parts, tracker } = await failedIn('TrainModel');
    await parts.runs.setValue({ key: issueValue.language(1), value: 'ja' });
    await order('OptimizeWorkflow');
    const [comment] = await tracker.listComments({ issueNumber: 1 });
    expect(comment?.body).toMatch(/OptimizeWorkflow` から再実行します。以前の承認は引き継がれません。/);
  });

  it('can be followed by another one', async () => {
    const { order, answer, toTheEnd } = await failedIn('TrainModel');
    await order();
    await answer({ error: 'Dandori.JobFailed' });
    await toTheEnd();
    expect(await order('PrepareData')).toMatchObject({ number: 2 });
    expect(await answer()).toMatchObject({ state: 'PrepareData', redrive_count: 2 });
  });

  it('works on, though the tracker cannot be reached to tell of it', async () => {
    const { order, parts, errors, answer } = await failedIn('TrainModel');
    parts.tracker = Object.assign(Object.create(parts.tracker) as typeof parts.tracker, {
      createComment: () => Promise.reject(new Error('offline')),
    });
    await order();
    expect(errors).toEqual(['the issue could not be told of a re-run']);
    expect(await answer()).toMatchObject({ state: 'TrainModel' });
  });
});

describe('a re-run that a stop interrupts', () => {
  it.each([
    ['before it is forgotten what was cancelled', 'forget'],
    ['before the engine begins it', 'redriveExecution'],
    ['before the list shows it', 'update'],
    ['before the issue is told', 'createComment'],
  ])('%s is carried out by the next start, once', async (_, end) => {
    const { order, parts, tracker, engine, answer } = await failedIn('TrainModel');
    const life = { end, over: false };
    const killed: ControllerParts = {
      ...parts,
      engine: mortal(parts.engine, life),
      ledger: mortal(parts.ledger, life),
      runs: mortal(parts.runs, life),
      tracker: mortal(parts.tracker, life),
      effects: mortal(parts.effects, life),
    };
    const ordered = rerun(killed, { trainingId: id, from: null, by: 'owner', changedSince: async () => [] });
    await expect(ordered).rejects.toThrow('killed');

    await finishRerun(parts);
    await finishRerun(parts);
    expect(await engine.describeExecution({ name: id })).toMatchObject({ status: 'RUNNING', redriveCount: 1 });
    expect(await parts.runs.get({ trainingId: id })).toMatchObject({ status: 'running', endedAt: null });
    expect(await tracker.listComments({ issueNumber: 1 })).toHaveLength(1);
    expect(await answer()).toMatchObject({ state: 'TrainModel' });
    await expect(order()).rejects.toThrow(/it is running/);
  });

  it('is over when the engine refuses it', async () => {
    const { order, parts, engine } = await failedIn('TrainModel');
    parts.engine = new Proxy(parts.engine, {
      get(target, name) {
        if (name === 'redriveExecution') return () => Promise.reject(new Error('the history is full'));
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    await expect(order()).rejects.toThrow('the history is full');
    await finishRerun({ ...parts, engine });
    expect(await parts.runs.get({ trainingId: id })).toMatchObject({ status: 'failed', endedAt: at });
  });
});

describe('a re-run is refused', () => {
  const expectRefused = (order: Promise<unknown>, code: string, message: RegExp) =>
    expect(order).rejects.toMatchObject({ code, message: expect.stringMatching(message) });

  it('for a person without the right, and for a bot', async () => {
    const { order, tracker } = await failedIn('TrainModel');
    await tracker.setPermission({ user: 'reader', permission: 'read' });
    await tracker.setPermission({ user: 'ci[bot]', permission: 'admin' });
    await expectRefused(order(null, 'reader'), 'not_allowed', /reader may not .*"read".*"write"/);
    await expectRefused(order(null, 'ci[bot]'), 'not_allowed', /for a person/);
    expect(await tracker.listComments({ issueNumber: 1 })).toEqual([]);
  });

  it('while a run of the issue is open, and for a run that another one followed', async () => {
    const { order, parts } = await failedIn('TrainModel');
    const later = { trainingId: `${id}-2`, issueNumber: 1, modelName: 'churn', requestedBy: 'aya' };
    await parts.runs.add({ ...later, createdAt: '2026-02-01T00:00:00.000Z', status: 'running', eventId: 'e-2' });
    await expectRefused(order(), 'wrong_state', /train-20260131-093000-1-2 of the issue is running/);
    await parts.runs.update({ trainingId: later.trainingId, status: 'failed', endedAt: at });
    await expectRefused(order(), 'wrong_state', /not the last run.*npx dandori rerun train-20260131-093000-1-2/);
  });

  it('while the issue is no valid request', async () => {
    const { order, tracker } = await failedIn('TrainModel');
    await tracker.updateIssue({ number: 1, labels: ['mlops:train', 'mlops:invalid'], actor: 'aya' });
    await expectRefused(order(), 'wrong_state', /was edited and is not a valid request/);
  });

  it.each([
    ['TrainModel', true],
    ['PrepareData', true],
    ['WaitForOptimizationApproval', true],
    ['OptimizeWorkflow', false],
    ['EvaluateModel', false],
  ])('from %s when its plan is out of date: %s', async (from, expected) => {
    const { order } = await failedIn('EvaluateModel');
    const ordered = order(from, 'owner', ['the training code']);
    if (!expected) return expect(await ordered).toMatchObject({ from });
    await expectRefused(ordered, 'wrong_state', /changed since: the training code.*--from OptimizeWorkflow plans anew/);
  });

  it('without a state when the judge ended the run, which no step failed', async () => {
    const { order, upTo, answer, toTheEnd } = await makeWorld();
    await upTo('JudgeResults');
    await answer({ output: { decision: 'fail', message: 'no model' } });
    expect(await toTheEnd()).toBe('failed');
    await expectRefused(
      order(),
      'wrong_state',
      /the judge did not accept the model.*--from OptimizeWorkflow plans anew/,
    );
    expect(await order('EvaluateModel')).toMatchObject({ from: 'EvaluateModel' });
  });

  it.each([
    ['TrainModle', 'invalid_input', /no state of the workflow.*did you mean --from TrainModel\?/],
    ['DeployModel', 'wrong_state', /this run never entered.*OptimizeWorkflow, .*, TrainModel\./],
    ['RollbackModel', 'wrong_state', /no work is done/],
    ['DecisionSwitch', 'wrong_state', /no work is done/],
  ])('from %s', async (from, code, message) => {
    const { order, parts } = await failedIn('TrainModel');
    await expectRefused(order(from), code, message);
    expect(await parts.runs.get({ trainingId: id })).toMatchObject({ status: 'failed', endedAt: at });
  });

  it('before the release of a model that is in service, and altogether once it was rolled back', async () => {
    const { order, parts, toTheEnd } = await makeWorld();
    expect(await toTheEnd()).toBe('in_service');
    await expectRefused(
      order(),
      'wrong_state',
      /its model is in service.*StartMonitoring, WriteHistory, NotifySuccess/,
    );
    await expectRefused(order('DeployModel'), 'wrong_state', /before the release .* submit FILE/);
    expect(await order('WriteHistory')).toMatchObject({ number: 1 });
    expect(await toTheEnd()).toBe('in_service');
    await parts.runs.update({ trainingId: id, status: 'failed' });
    await expectRefused(order('WriteHistory'), 'wrong_state', /its version was rolled back/);
  });
});
