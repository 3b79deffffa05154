import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLocalIssueTracker } from '../adapters/local/issue-tracker.js';
import { createLocalRunIndex } from '../adapters/local/run-index.js';
import { createLocalTaskLedger } from '../adapters/local/task-ledger.js';
import { type Database, openDatabase } from '../db.js';
import type { RunIndex } from '../ports/run-index.js';
import type { TaskLedger } from '../ports/task-ledger.js';
import { createEmbeddedEngine, type EmbeddedEngine } from '../workflow/engine/durable/embedded-engine.js';
import { definitionFor } from '../workflow/state-machine.js';
import type { TaskMessage } from '../workflow/task-message.js';
import { taskMessageOf } from '../workflow/testing/task-message-of.js';
import { FakeJobs } from '../workflow/testing/fake-jobs.js';
import { StatusKeeper } from './status-keeper.js';

interface World {
  engine: EmbeddedEngine;
  runs: RunIndex;
  ledger: TaskLedger;
  keeper: StatusKeeper;
  jobs: FakeJobs;
  /** Runs that were looked at, in order. */
  looks: string[];
  close: () => Promise<void>;
}

/** Issues of which the tracker says nothing. */
const away = new Set<number>();
let ledgerFails = false;

function makeWorld(db: Database): World {
  const looks: string[] = [];
  const poke = (trainingId: string) => keeper.poke(trainingId);
  const engine = createEmbeddedEngine({
    db,
    definition: definitionFor('local'),
    stateMachineName: 'dandori',
    onChange: (names) => names.forEach(poke),
  });
  const watched = {
    ...engine,
    getExecutionHistory: engine.getExecutionHistory.bind(engine),
    describeExecution: async ({ name }: { name: string }) => {
      looks.push(name);
      return engine.describeExecution({ name });
    },
  };
  const runs = createLocalRunIndex({ db });
  const kept = createLocalTaskLedger({ db, onChange: poke });
  const list: TaskLedger['list'] = async (which) => {
    if (ledgerFails) throw new Error('the ledger is locked');
    return kept.list(which);
  };
  const ledger = { ...kept, list };
  const jobs = new FakeJobs();
  const tracker = createLocalIssueTracker({ db, user: 'owner' });
  const { listComments } = tracker;
  tracker.listComments = async (which) => {
    if (away.has(which.issueNumber)) throw new Error('no answer');
    return listComments(which);
  };
  const log = { error: (details: object) => looks.push(`error ${JSON.stringify(details)}`) };
  const keeper: StatusKeeper = new StatusKeeper({ runs, ledger, engine: watched, jobs, tracker, log, everyMs: 5 });
  engine.start();
  keeper.start();
  const close = async () => {
    await keeper.stop();
    engine.close();
  };
  return { engine, runs, ledger, keeper, jobs, looks, close };
}

describe('the status keeper', () => {
  let db: Database;
  let world: World;
  beforeEach(() => {
    away.clear();
    ledgerFails = false;
    db = openDatabase(':memory:');
    world = makeWorld(db);
  });
  afterEach(async () => {
    await world.close();
    db.close();
  });

  /** Opens a run; answers the message of its first task. */
  async function open(number: number): Promise<TaskMessage> {
    const tracker = createLocalIssueTracker({ db, user: 'owner' });
    const issue = await tracker.createIssue({ title: 't', body: '', labels: ['mlops:train'], author: 'owner' });
    const trainingId = `train-20260102-030405-${number}`;
    const of = { trainingId, issueNumber: issue.number, modelName: 'm', requestedBy: 'owner', eventId: `${number}` };
    await world.runs.add({ ...of, status: 'running', createdAt: '2026-01-02T03:04:05Z' });
    const counters = { visit: 1, current_retry: 0 };
    await world.engine.startExecution({
      name: trainingId,
      input: { training_id: trainingId, issue_number: issue.number, ask: {}, counters },
    });
    const [received] = await world.engine.receive({ maxMessages: 1, visibilityTimeoutMs: 60_000 });
    return taskMessageOf(received?.body);
  }

  const ask = ({ task_token: taskToken, training_id: trainingId, state }: TaskMessage) =>
    world.ledger.put({
      taskToken,
      trainingId,
      state,
      body: {},
      waitingFor: { kind: 'person', question: {} },
      since: '2026-01-02T03:04:05Z',
    });

  async function settle(): Promise<void> {
    let before = -1;
    while (before !== world.looks.length) {
      before = world.looks.length;
      await new Promise((resolve) => setTimeout(resolve, 20));
      await world.keeper.refresh();
    }
  }

  async function looksAfter(act: () => Promise<unknown>): Promise<string[]> {
    await settle();
    world.looks.length = 0;
    await act();
    await settle();
    return [...new Set(world.looks)];
  }

  test('looks only at the run that moved, or waits for something else', async () => {
    const [one, two] = [await open(1), await open(2)];
    expect(await looksAfter(() => ask(one))).toEqual([one.training_id]);
    expect((await world.runs.get({ trainingId: one.training_id })).status).toBe('waiting');
    expect((await world.runs.get({ trainingId: two.training_id })).status).toBe('running');
    const answer = () => world.engine.sendTaskFailure({ taskToken: two.task_token, error: 'E', cause: 'c' });
    expect(await looksAfter(answer)).toEqual([two.training_id]);
  });

  test('looks at the run whose job says something', async () => {
    const [one] = [await open(1), await open(2)];
    const { jobName } = await world.jobs.startJob({ jobName: 'job' });
    const { task_token: taskToken, training_id: trainingId, state } = one;
    const since = '2026-01-02T03:04:05Z';
    await world.ledger.put({ taskToken, trainingId, state, body: {}, waitingFor: { kind: 'job', jobName }, since });
    expect(await looksAfter(async () => world.jobs.end('job', 'Completed'))).toEqual([trainingId]);
  });

  test('after a start, leaves alone what waits as it was shown, and looks at the rest', async () => {
    const [shown, changed, working] = [await open(1), await open(2), await open(3)];
    await ask(shown);
    await ask(changed);
    await settle();
    await world.close();
    // Asked anew while nobody kept the status: an edited issue, right before the end.
    await ask(changed);
    world = makeWorld(db);
    await settle();
    expect([...new Set(world.looks)].toSorted()).toEqual([changed.training_id, working.training_id]);
  });

  test('shows a run later when the tracker is away now, and the others at once', async () => {
    const [one, two] = [await open(1), await open(2)];
    await settle();
    away.add(1);
    await ask(one);
    await ask(two);
    await settle();
    expect((await world.runs.get({ trainingId: one.training_id })).status).toBe('running');
    expect((await world.runs.get({ trainingId: two.training_id })).status).toBe('waiting');
    expect(world.looks.filter((look) => look.startsWith('error'))).toEqual([expect.stringContaining('no answer')]);
    away.clear();
    world.keeper.poke(one.training_id);
    await settle();
    expect((await world.runs.get({ trainingId: one.training_id })).status).toBe('waiting');
  });

  test('waits for a run that is listed and not started yet', async () => {
    const of = { issueNumber: 1, modelName: 'm', requestedBy: 'owner', eventId: '1', status: 'running' } as const;
    await world.runs.add({ trainingId: 'train-soon', ...of, createdAt: '2026-01-02T03:04:05Z' });
    expect(await looksAfter(async () => world.keeper.poke('train-soon'))).toEqual(['train-soon']);
  });

  test('works on though what a job says cannot be looked up', async () => {
    const one = await open(1);
    await settle();
    ledgerFails = true;
    await world.jobs.startJob({ jobName: 'job' });
    await expect
      .poll(() => world.looks.join(), { timeout: 30_000 })
      .toContain('error {"error":"the ledger is locked"}');
    ledgerFails = false;
    expect(await looksAfter(() => ask(one))).toEqual([one.training_id]);
  });

  test('writes the end of a run down, and opens it again when it is run again', async () => {
    const { training_id: trainingId } = await open(1);
    await world.engine.stopExecution({ name: trainingId });
    await settle();
    const ended = await world.runs.get({ trainingId });
    expect(ended).toMatchObject({ status: 'cancelled' });
    expect(ended.endedAt).not.toBeNull();
    await world.engine.redriveExecution({ name: trainingId });
    await settle();
    expect(await world.runs.get({ trainingId })).toMatchObject({ status: 'running', endedAt: null });
  });
});
