import { createSqsTaskQueue } from '../../src/adapters/aws/task-queue.js';
import type { Moto } from '../../src/adapters/aws/testing/moto.js';
import { createStepFunctionsEngine } from '../../src/adapters/aws/workflow-engine.js';
import { createLocalTaskLedger } from '../../src/adapters/local/task-ledger.js';
import { type RunRef, jobKey } from '../../src/contracts/run-ref.js';
import { openDatabase } from '../../src/db.js';
import type { TaskLedger, WaitingTask } from '../../src/ports/task-ledger.js';
import type { TaskQueue } from '../../src/ports/task-queue.js';
import type {
  ExecutionDescription,
  HistoryEvent,
  TaskTokens,
  WorkflowEngine,
} from '../../src/ports/workflow-engine.js';
import type { AgentResult } from '../../src/workflow/agent-result.js';
import { createEmbeddedEngine } from '../../src/workflow/engine/durable/embedded-engine.js';
import { definitionFor } from '../../src/workflow/state-machine.js';
import type { TaskMessage } from '../../src/workflow/task-message.js';
import { FakeJobs } from '../../src/workflow/testing/fake-jobs.js';
import { TaskWorker } from '../../src/workflow/worker.js';

export const trainingId = 'train-000001';
/** For a whole run, of which all stories tell one at once. */
const watchdogMs = 120_000;

/** An engine with its queue; everything else of a world is the same on both. */
export interface Engine {
  engine: WorkflowEngine & TaskTokens;
  queue: TaskQueue;
  close(): void;
}

/** What a world consists of when a story plays in it. */
export interface World extends Engine {
  ledger: TaskLedger;
  jobs: FakeJobs;
  worker: TaskWorker;
}

type Agent = (
  message: TaskMessage,
  run: RunRef,
  world: World,
  signal: AbortSignal,
) => AgentResult | Promise<AgentResult>;
export type Agents = Record<string, Agent>;

/** Limits of states, by name: what to write over the definition's own. */
export type Limits = Record<string, { TimeoutSeconds?: number; HeartbeatSeconds?: number }>;

export const done = (output: Record<string, unknown> = {}): AgentResult => ({ kind: 'done', output });

/** Stand-ins that lead from the proposal to the model in service, with a person and a job on the way. */
const passing: Agents = {
  workflow_optimizer: () => done({ plan_hash: 'a' }),
  approval: () => ({ kind: 'wait_for_person', question: { plan_hash: 'a' } }),
  operator_input: () => ({ kind: 'wait_for_person', question: { parameters: {} } }),
  judge: () => done({ decision: 'pass', message: 'good' }),
  async training(_message, run, { jobs }) {
    const { jobName, status } = await jobs.startJob({ jobName: jobKey(run) });
    return status === 'Completed' ? done({ job_name: jobName, score: 0.9 }) : { kind: 'wait_for_job', jobName };
  },
};

/** The product's definition with shorter limits, so that a time-out is over within seconds. */
function withLimits(definition: unknown, limits: Limits): unknown {
  const machine = definition as { States: Record<string, object> };
  const states = Object.entries(machine.States).map(([name, state]) => [name, { ...state, ...limits[name] }]);
  return { ...machine, States: Object.fromEntries(states) };
}

/** Step Functions and SQS; polls are short, because a worker that stops waits for the poll it began. */
export async function onMoto(moto: Moto, limits: Limits): Promise<Engine> {
  const queueUrl = await moto.makeQueue();
  const stateMachineArn = await moto.makeStateMachine(withLimits(definitionFor(queueUrl), limits));
  const queue = createSqsTaskQueue({ client: moto.sqs, queueUrl });
  return {
    engine: createStepFunctionsEngine({ client: moto.sfn, stateMachineArn }),
    queue: {
      receive: (params) => queue.receive(params),
      delete: (params) => queue.delete(params),
      changeVisibility: (params) => queue.changeVisibility(params),
      waitForMessages: () => queue.waitForMessages({ timeoutMs: 1000 }),
    },
    close: () => undefined,
  };
}

export function onEmbedded(limits: Limits): Engine {
  const definition = withLimits(definitionFor('local'), limits);
  const db = openDatabase(':memory:');
  const engine = createEmbeddedEngine({ db, definition, stateMachineName: 'dandori' });
  engine.start();
  const close = () => {
    engine.close();
    db.close();
  };
  return { engine, queue: engine, close };
}

/** A world with the real worker loop, not yet started. */
export function makeWorld(
  parts: Engine,
  agents: Agents,
  options: { beatMs?: number; tokens?: TaskTokens; kept?: Pick<World, 'ledger' | 'jobs'> } = {},
): World {
  const { beatMs = 60_000, tokens = parts.engine, kept } = options;
  const ledger = kept?.ledger ?? createLocalTaskLedger({ db: openDatabase(':memory:') });
  const jobs = kept?.jobs ?? new FakeJobs();
  const all: Agents = { ...passing, ...agents };
  const worker = new TaskWorker({
    queue: parts.queue,
    tokens,
    ledger,
    jobs,
    beatMs,
    log: { info: () => undefined, error: () => undefined },
    runAgent: async (message, run, signal) => all[message.agent]?.(message, run, world, signal) ?? done(),
  });
  const world: World = { ...parts, ledger, jobs, worker };
  return world;
}

/** Polls until `condition` answers something true. */
export async function until<T>(condition: () => T | Promise<T>): Promise<T & {}> {
  const deadline = Date.now() + watchdogMs;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited ${watchdogMs} ms in vain`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export async function start(world: World, maxRetry = 1): Promise<void> {
  world.worker.start();
  const input = {
    training_id: trainingId,
    issue_number: 1,
    ask: { request: { max_retry: maxRetry } },
    counters: { visit: 1, current_retry: 0 },
  };
  await world.engine.startExecution({ name: trainingId, input });
}

/** Answers a waiting person's question, as the issue controller does. */
export async function answer(world: World, task: WaitingTask, output: object): Promise<void> {
  await world.engine.sendTaskSuccess({ taskToken: task.taskToken, output });
  await world.ledger.remove({ taskToken: task.taskToken });
}

/** What the world around the workflow does when a task waits: people approve and jobs end well. */
export async function goOn(task: WaitingTask, world: World): Promise<void> {
  if (task.waitingFor.kind === 'job') world.jobs.end(task.waitingFor.jobName, 'Completed');
  else await answer(world, task, { decision: 'approved' });
}

/** Lets a started execution run to its end; `onWaiting` is called once for each task that waits. */
export async function play(
  world: World,
  onWaiting: (task: WaitingTask, world: World) => Promise<void>,
): Promise<{ outcome: ExecutionDescription; history: HistoryEvent[] }> {
  const seen = new Set<string>();
  const outcome = await until(async () => {
    for (const task of await world.ledger.list({ trainingId })) {
      if (seen.has(task.taskToken)) continue;
      seen.add(task.taskToken);
      await onWaiting(task, world);
    }
    const found = await world.engine.describeExecution({ name: trainingId });
    return found.status === 'RUNNING' ? null : found;
  });
  return { outcome, history: await world.engine.getExecutionHistory({ name: trainingId }) };
}
