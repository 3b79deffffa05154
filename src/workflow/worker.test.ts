import { afterEach, describe, expect, it } from 'vitest';
import { createLocalTaskLedger } from '../adapters/local/task-ledger.js';
import { type Database, openDatabase } from '../db.js';
import { DandoriError } from '../errors.js';
import type { AgentResult } from './agent-result.js';
import { type EngineClock, systemClock } from './engine/durable/clock.js';
import { createEmbeddedEngine, type EmbeddedEngine } from './engine/durable/embedded-engine.js';
import { virtualClock } from './engine/testing/virtual-clock.js';
import { definitionFor } from './state-machine.js';
import { FakeJobs } from './testing/fake-jobs.js';
import type { TaskMessage } from './task-message.js';
import { TaskWorker } from './worker.js';

type Agents = Record<string, (message: TaskMessage) => AgentResult | Promise<AgentResult>>;

const done = (output: Record<string, unknown> = {}): AgentResult => ({ kind: 'done', output });
const day = 24 * 3_600_000;
const silent = { info: () => undefined, error: () => undefined };

const passing: Agents = {
  workflow_optimizer: () => done({ plan_hash: 'a' }),
  approval: () => done({ decision: 'approved' }),
  judge: () => done({ decision: 'pass', message: 'good' }),
};

interface World {
  db: Database;
  engine: EmbeddedEngine;
  jobs: FakeJobs;
  worker: TaskWorker;
  /** States whose agents ran, in order, as `state/visit`. */
  ran: string[];
}

const worlds: World[] = [];

function makeWorld(agents: Agents, parts: { db?: Database; jobs?: FakeJobs; clock?: EngineClock } = {}): World {
  const db = parts.db ?? openDatabase(':memory:');
  const jobs = parts.jobs ?? new FakeJobs();
  const { clock = systemClock } = parts;
  const engine = createEmbeddedEngine({ db, clock, definition: definitionFor('local'), stateMachineName: 'dandori' });
  const ran: string[] = [];
  const worker = new TaskWorker({
    queue: engine,
    tokens: engine,
    ledger: createLocalTaskLedger({ db }),
    jobs,
    log: silent,
    async runAgent(message, run) {
      ran.push(`${run.state}/${run.visit}`);
      const agent = { ...passing, ...agents }[message.agent];
      return agent === undefined ? done() : agent(message);
    },
  });
  const world = { db, engine, jobs, worker, ran };
  worlds.push(world);
  return world;
}

async function start(world: World, maxRetry = 1): Promise<void> {
  world.engine.start();
  world.worker.start();
  const input = {
    training_id: 'train-000001',
    issue_number: 1,
    ask: { request: { max_retry: maxRetry } },
    counters: { visit: 1, current_retry: 0 },
  };
  await world.engine.startExecution({ name: 'train-000001', input });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited 15 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const ended = (world: World) => async () =>
  (await world.engine.describeExecution({ name: 'train-000001' })).status !== 'RUNNING';
const outcome = (world: World) => world.engine.describeExecution({ name: 'train-000001' });

async function stop(world: World): Promise<void> {
  await world.worker.stop();
  world.engine.close();
}

afterEach(async () => {
  for (const world of worlds.splice(0)) await stop(world);
});

describe('the state machine under the worker', () => {
  it('leads a passing run from the proposal to the model in service', async () => {
    const world = makeWorld({});
    await start(world);
    await until(ended(world));
    expect(await outcome(world)).toMatchObject({ status: 'SUCCEEDED', currentState: 'ModelInService' });
    expect(world.ran).toEqual(
      [
        'OptimizeWorkflow',
        'WaitForOptimizationApproval',
        'PrepareData',
        'TrainModel',
        'EvaluateModel',
        'JudgeResults',
        'PackageModel',
        'DeployModel',
        'StartMonitoring',
        'WriteHistory',
        'NotifySuccess',
      ].map((state) => `${state}/1`),
    );
  });

  it('asks the operator below the threshold, trains again under a new visit and passes', async () => {
    let judged = 0;
    const world = makeWorld({
      judge: () => done({ decision: (judged += 1) === 1 ? 'retrain' : 'pass', message: 'low' }),
      operator_input: () => done({ decision: 'approved' }),
    });
    await start(world);
    await until(ended(world));
    expect((await outcome(world)).status).toBe('SUCCEEDED');
    expect(world.ran.filter((state) => state.startsWith('TrainModel'))).toEqual(['TrainModel/1', 'TrainModel/2']);
  });

  it('keeps the previous model when the retries are spent, and still writes the record', async () => {
    const world = makeWorld({ judge: () => done({ decision: 'retrain', message: 'low' }) });
    await start(world, 0);
    await until(ended(world));
    expect(await outcome(world)).toMatchObject({ status: 'FAILED', error: 'Dandori.RetriesSpent', cause: 'low' });
    expect(world.ran.slice(-3)).toEqual(['RollbackModel/1', 'WriteFailureHistory/1', 'NotifyFailure/1']);
  });

  it('plans again when the approval answers with a new request', async () => {
    const seen: unknown[] = [];
    const world = makeWorld({
      workflow_optimizer: (message) => {
        seen.push(message.input['ask']);
        return done({});
      },
      approval: () =>
        seen.length === 1
          ? done({ decision: 'replan', ask: { request: { max_retry: 0, target: 'other' } } })
          : done({ decision: 'approved' }),
    });
    await start(world);
    await until(ended(world));
    expect(seen[1]).toEqual({ request: { max_retry: 0, target: 'other' } });
    expect(world.ran).toContain('WaitForOptimizationApproval/2');
  });

  it.each(['StartMonitoring', 'WriteHistory', 'NotifySuccess'])(
    'leaves the model in service when %s fails',
    async (state) => {
      const names: Record<string, string> = {
        StartMonitoring: 'monitor',
        WriteHistory: 'history_writer',
        NotifySuccess: 'notification',
      };
      const world = makeWorld({
        [names[state] ?? '']: () => {
          throw new DandoriError('internal', 'broken');
        },
      });
      await start(world);
      await until(ended(world));
      expect((await outcome(world)).status).toBe('SUCCEEDED');
      expect(world.ran.some((one) => one.startsWith('RollbackModel'))).toBe(false);
    },
  );

  it('tries a transient failure again and gives up on any other at once', async () => {
    let tries = 0;
    const world = makeWorld({
      data_preparation: () => {
        tries += 1;
        throw new DandoriError(tries === 1 ? 'unavailable' : 'unusable_data', 'no rows');
      },
    });
    await start(world);
    await until(ended(world));
    expect(tries).toBe(2);
    expect(await outcome(world)).toMatchObject({ error: 'Dandori.UnusableData', cause: 'no rows' });
  });
});

describe('waiting tasks', () => {
  const withJob = (jobs: FakeJobs): Agents => ({
    training: async () => {
      const job = await jobs.startJob({ jobName: 'job' });
      return job.status === 'Completed' ? done({ ended: true }) : { kind: 'wait_for_job', jobName: 'job' };
    },
  });

  it('goes on when the job ends', async () => {
    const jobs = new FakeJobs();
    const world = makeWorld(withJob(jobs), { jobs });
    await start(world);
    await until(() => jobs.jobs.has('job'));
    jobs.end('job', 'Completed');
    await until(ended(world));
    expect(world.ran.filter((state) => state === 'TrainModel/1')).toHaveLength(2);
  });

  it('finds after a restart that the job ended meanwhile', async () => {
    const jobs = new FakeJobs();
    const first = makeWorld(withJob(jobs), { jobs });
    await start(first);
    await until(async () => (await createLocalTaskLedger({ db: first.db }).list({ jobName: 'job' })).length === 1);
    await stop(first);
    jobs.end('job', 'Completed');
    const second = makeWorld(withJob(jobs), { jobs, db: first.db });
    second.engine.start();
    second.worker.start();
    await until(ended(second));
    expect((await outcome(second)).status).toBe('SUCCEEDED');
    expect(second.ran[0]).toBe('TrainModel/1');
  });

  it('takes up at once after a kill what was in hand', async () => {
    const first = makeWorld({ training: () => new Promise(() => undefined) });
    await start(first);
    await until(() => first.ran.includes('TrainModel/1'));
    // A killed process stops in the middle of its work and says nothing.
    void first.worker.stop();
    first.engine.close();
    const second = makeWorld({}, { db: first.db });
    second.engine.start();
    second.worker.start();
    await until(ended(second));
    expect(second.ran[0]).toBe('TrainModel/1');
    worlds.splice(worlds.indexOf(first), 1);
  });

  it('keeps the question of a person until the token is answered', async () => {
    const world = makeWorld({ approval: () => ({ kind: 'wait_for_person', question: { plan_hash: 'abc' } }) });
    await start(world);
    const ledger = createLocalTaskLedger({ db: world.db });
    await until(async () => (await ledger.list({ trainingId: 'train-000001' })).length === 1);
    const [task] = await ledger.list({ trainingId: 'train-000001' });
    expect(task?.waitingFor).toEqual({ kind: 'person', question: { plan_hash: 'abc' } });
    await world.engine.sendTaskSuccess({ taskToken: task?.taskToken ?? '', output: { decision: 'approved' } });
    await until(ended(world));
  });

  it.each([
    ['WaitForOptimizationApproval', 'pass'],
    ['WaitForOperatorInput', 'retrain'],
  ])('ends a run whose %s nobody answers for 30 days, with its record', async (state, decision) => {
    const clock = virtualClock(Date.parse('2026-01-31T09:30:00Z'));
    const asked = (): AgentResult => ({ kind: 'wait_for_person', question: {} });
    const waits: Agents = state === 'WaitForOperatorInput' ? { operator_input: asked } : { approval: asked };
    const world = makeWorld({ judge: () => done({ decision, message: 'low' }), ...waits }, { clock });
    await start(world);
    const ledger = createLocalTaskLedger({ db: world.db });
    await until(async () => (await ledger.list({ trainingId: 'train-000001' })).length === 1);
    clock.advance(30 * day - 1_000);
    expect(await outcome(world)).toMatchObject({ status: 'RUNNING', currentState: state });
    clock.advance(1_000);
    await until(ended(world));
    expect(await outcome(world)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(world.ran.slice(-3)).toEqual(['RollbackModel/1', 'WriteFailureHistory/1', 'NotifyFailure/1']);
  });

  it('ends a run that waits for a job as cancelled, with its record and its job stopped', async () => {
    const jobs = new FakeJobs();
    const world = makeWorld(withJob(jobs), { jobs });
    await start(world);
    await until(() => jobs.jobs.has('job'));
    await world.worker.cancel({ trainingId: 'train-000001', by: 'aiko', reason: '/cancel' });
    await until(ended(world));
    expect(await outcome(world)).toMatchObject({
      status: 'FAILED',
      error: 'Dandori.Cancelled',
      cause: 'Cancelled by aiko: /cancel',
    });
    expect(jobs.jobs.get('job')?.status).toBe('Stopped');
    expect(world.ran.slice(-2)).toEqual(['WriteCancelHistory/1', 'NotifyCancelled/1']);
  });

  it('stops the job of a run that was cancelled while the agent started it', async () => {
    const jobs = new FakeJobs();
    let world: World | null = null;
    const training = async (): Promise<AgentResult> => {
      await jobs.startJob({ jobName: 'job' });
      await world?.worker.cancel({ trainingId: 'train-000001', by: 'aiko', reason: '/cancel' });
      return { kind: 'wait_for_job', jobName: 'job' };
    };
    world = makeWorld({ training }, { jobs });
    await start(world);
    await until(ended(world));
    expect(await outcome(world)).toMatchObject({ status: 'FAILED', error: 'Dandori.Cancelled' });
    expect(jobs.jobs.get('job')?.status).toBe('Stopped');
  });

  it('fails a task whose agent answers more than 16 KB', async () => {
    const world = makeWorld({ data_preparation: () => done({ rows: 'x'.repeat(20_000) }) });
    await start(world);
    await until(ended(world));
    expect(await outcome(world)).toMatchObject({ error: 'Dandori.LimitExceeded' });
  });

  it('gives a re-run visits of its own', async () => {
    let broken = true;
    const world = makeWorld({
      training: () => {
        if (broken) throw new DandoriError('job_failed', 'no memory');
        return done();
      },
    });
    await start(world);
    await until(ended(world));
    broken = false;
    await world.engine.redriveExecution({ name: 'train-000001', fromState: 'TrainModel' });
    await until(ended(world));
    expect((await outcome(world)).status).toBe('SUCCEEDED');
    expect(world.ran).toContain('TrainModel/1001');
  });
});
