/**
 * The product's own definition, run by the real worker loop on two engines: Step Functions and SQS (moto's server) and the
 * embedded one. The agents are stand-ins that answer, throw, wait for a job or wait for a person. Both histories must be equal
 * but for what `comparable` of same-record.ts names.
 *
 * Where moto differs from AWS: moto_server.py mends what the definition needs and names it. One difference is left and each
 * test that meets it says so (`motoRefusesError`): a Fail state whose ErrorPath leads to a name that begins with "States."
 * ends in States.Runtime on moto. Nothing recorded from AWS shows whether AWS does the same; there, only the name of the final
 * error would differ. What moto lacks altogether (redrive, a second answer to a token refused, stopping a waiting task) is
 * tested with canned answers in src/adapters/aws/workflow-engine.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Moto, motoIsInstalled, motoSkipReason, startMoto } from '../../src/adapters/aws/testing/moto.js';
import { DandoriError } from '../../src/errors.js';
import type { WaitingTask } from '../../src/ports/task-ledger.js';
import type { TaskTokens } from '../../src/ports/workflow-engine.js';
import { comparable } from './same-record.js';
import {
  type Agents,
  answer,
  done,
  type Engine,
  goOn,
  type Limits,
  makeWorld,
  onEmbedded,
  onMoto,
  play,
  start,
  trainingId,
  until,
  type World,
} from './world.js';

interface Story {
  name: string;
  /** Made anew for each engine: stand-ins may count. */
  agents?: () => Agents;
  onWaiting?: (task: WaitingTask, world: World) => Promise<void>;
  limits?: Limits;
  beatMs?: number;
  maxRetry?: number;
  outcome: object;
  /** States that the run must have entered, in this order (others between them). */
  through: string[];
  motoRefusesError?: boolean;
}

const inService = { status: 'SUCCEEDED', currentState: 'ModelInService' };
const waitsForEver = async (task: WaitingTask, world: World): Promise<void> => {
  if (task.waitingFor.kind === 'person') await goOn(task, world);
};

const failingEnd = ['RollbackModel', 'WriteFailureHistory', 'NotifyFailure', 'TrainingFailed'];

const stories: Story[] = [
  {
    name: 'passes at once: a person approves, a job trains',
    outcome: inService,
    through: ['OptimizeWorkflow', 'WaitForOptimizationApproval', 'TrainModel', 'JudgeResults', 'DeployModel'],
  },
  {
    name: 'stays below the threshold, is adjusted by the operator, trains again and passes',
    agents: () => {
      let judged = 0;
      return { judge: () => done({ decision: (judged += 1) === 1 ? 'retrain' : 'pass', message: 'low' }) };
    },
    onWaiting: async (task, world) =>
      task.state === 'WaitForOperatorInput'
        ? answer(world, task, { decision: 'approved', parameters: { learning_rate: 0.1 } })
        : goOn(task, world),
    outcome: inService,
    through: ['JudgeResults', 'WaitForOperatorInput', 'IncrementRetry', 'TrainModel', 'JudgeResults', 'DeployModel'],
  },
  {
    name: 'spends its retries',
    agents: () => ({ judge: () => done({ decision: 'retrain', message: 'low' }) }),
    maxRetry: 0,
    outcome: { status: 'FAILED', error: 'Dandori.RetriesSpent', cause: 'low' },
    through: ['CheckRetryLimit', 'RetriesSpent', ...failingEnd],
  },
  {
    name: 'plans again when the approval brings a new request',
    agents: () => ({}),
    onWaiting: async (task, world) => {
      const again = task.state === 'WaitForOptimizationApproval' && JSON.stringify(task.body).includes('"visit":1');
      if (again) await answer(world, task, { decision: 'replan', ask: { request: { max_retry: 0, target: 'other' } } });
      else await goOn(task, world);
    },
    outcome: inService,
    through: ['TakeNewRequest', 'Replan', 'OptimizeWorkflow', 'TrainModel', 'DeployModel'],
  },
  {
    name: 'tries a transient error again',
    agents: () => {
      let tries = 0;
      return {
        data_preparation: () => {
          tries += 1;
          if (tries === 1) throw new DandoriError('unavailable', 'the source does not answer');
          return done({ rows: 10 });
        },
      };
    },
    outcome: inService,
    through: ['PrepareData', 'TrainModel', 'DeployModel'],
  },
  {
    name: 'fails, rolls back and writes its record',
    agents: () => ({
      data_preparation: () => {
        throw new DandoriError('unusable_data', 'no rows');
      },
    }),
    outcome: { status: 'FAILED', error: 'Dandori.UnusableData', cause: 'no rows' },
    through: ['PrepareData', ...failingEnd],
  },
  {
    name: 'is judged unusable',
    agents: () => ({ judge: () => done({ decision: 'fail', message: 'worse than before' }) }),
    outcome: { status: 'FAILED', error: 'Dandori.EvaluationFailed', cause: 'worse than before' },
    through: ['DecisionSwitch', 'EvaluationFailed', ...failingEnd],
  },
  {
    name: 'is cancelled while its job runs',
    onWaiting: async (task, world) => {
      if (task.waitingFor.kind === 'person') await goOn(task, world);
      else await world.worker.cancel({ trainingId, by: 'aiko', reason: '/cancel' });
    },
    outcome: { status: 'FAILED', error: 'Dandori.Cancelled', cause: 'Cancelled by aiko: /cancel' },
    through: ['TrainModel', 'WriteCancelHistory', 'NotifyCancelled', 'TrainingCancelled'],
  },
  {
    name: 'runs out of time though the worker beats',
    onWaiting: waitsForEver,
    // On a busy machine beats come late: never so late as this.
    limits: { TrainModel: { TimeoutSeconds: 8, HeartbeatSeconds: 6 } },
    beatMs: 200,
    outcome: { status: 'FAILED', error: 'States.Timeout', cause: '' },
    through: ['TrainModel', ...failingEnd],
    motoRefusesError: true,
  },
  {
    name: 'is given up when nobody beats',
    onWaiting: waitsForEver,
    limits: { TrainModel: { HeartbeatSeconds: 1 } },
    outcome: { status: 'FAILED', error: 'States.Timeout', cause: '' },
    through: ['TrainModel', ...failingEnd],
    motoRefusesError: true,
  },
];

function statesEntered(history: readonly { [details: string]: unknown }[]): string[] {
  return history.flatMap(({ stateEnteredEventDetails: details }) =>
    typeof details === 'object' && details !== null && 'name' in details ? [String(details.name)] : [],
  );
}

async function stop(world: World): Promise<void> {
  await world.worker.stop();
  world.close();
}

/** `wanted` without what `found` passes through in that order; empty when all of it is there. */
function missing(wanted: readonly string[], found: readonly string[]): string[] {
  const left = [...wanted];
  for (const state of found) if (state === left[0]) left.shift();
  return left;
}

// Longer than the longest wait, which says what was waited for.
describe.skipIf(!motoIsInstalled)(`the same record on two engines${motoSkipReason}`, { timeout: 180_000 }, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(async () => {
    await moto.close();
  });

  type Ended = { onTestFinished: (fn: () => Promise<void>) => void };

  async function tell(engine: Engine, story: Story, { onTestFinished }: Ended) {
    const world = makeWorld(engine, story.agents?.() ?? {}, story.beatMs === undefined ? {} : { beatMs: story.beatMs });
    onTestFinished(() => stop(world));
    await start(world, story.maxRetry);
    return { ...(await play(world, story.onWaiting ?? goOn)), world };
  }

  const tellTwice = async (story: Story, test: Ended) =>
    Promise.all([
      onMoto(moto, story.limits ?? {}).then((engine) => tell(engine, story, test)),
      tell(onEmbedded(story.limits ?? {}), story, test),
    ]);

  describe.concurrent('a run that', () => {
    it.for(stories.map((story) => [story.name, story] as const))('%s', async ([, story], test) => {
      const [aws, embedded] = await tellTwice(story, test);
      expect(embedded.outcome).toMatchObject(story.outcome);
      expect(missing(story.through, statesEntered(embedded.history))).toEqual([]);
      if (story.motoRefusesError === true) {
        expect(aws.outcome.cause).toMatch(/MUST NOT begin with the prefix 'States\.', got 'States\.Timeout'/);
        expect(comparable(aws.history).slice(0, -1)).toEqual(comparable(embedded.history).slice(0, -1));
        expect(aws.history.at(-1)).toMatchObject({ type: 'ExecutionFailed', id: embedded.history.length });
      } else {
        expect(aws.outcome).toMatchObject(story.outcome);
        expect(aws.outcome.output).toEqual(embedded.outcome.output);
        expect(comparable(aws.history)).toEqual(comparable(embedded.history));
      }
    });

    it('is given up changes no more when the answer comes late', async (test) => {
      const limits = { TrainModel: { HeartbeatSeconds: 1 } };
      const both = await tellTwice({ name: '', onWaiting: waitsForEver, limits, outcome: {}, through: [] }, test);
      for (const { world, history } of both) {
        const [task] = await until(async () => {
          const waiting = await world.ledger.list({ trainingId });
          return waiting.length > 0 ? waiting : null;
        });
        world.jobs.end(task?.waitingFor.kind === 'job' ? task.waitingFor.jobName : '', 'Completed');
        await until(async () => (await world.ledger.list({ trainingId })).length === 0);
        expect(await world.engine.getExecutionHistory({ name: trainingId })).toEqual(history);
      }
    });
  });

  it('a worker that stops in the middle leaves its message to the next one, and the token is answered once', async ({
    onTestFinished,
  }) => {
    const engine = await onMoto(moto, {});
    const answers: string[] = [];
    const tokens: TaskTokens = {
      async sendTaskSuccess(params) {
        answers.push(params.taskToken);
        await engine.engine.sendTaskSuccess(params);
      },
      sendTaskFailure: (params) => engine.engine.sendTaskFailure(params),
      sendTaskHeartbeat: (params) => engine.engine.sendTaskHeartbeat(params),
    };
    const prepared: string[] = [];
    const hanging: Agents = {
      data_preparation: (message, _run, _world, signal) => {
        prepared.push(message.task_token);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('the process ends')));
        });
      },
    };
    const working: Agents = {
      data_preparation: (message) => {
        prepared.push(message.task_token);
        return done({ rows: 10 });
      },
    };
    const first = makeWorld(engine, hanging, { tokens });
    await start(first);
    const played = play(first, goOn);
    await until(() => prepared.length === 1);
    await first.worker.stop();
    expect(answers).not.toContain(prepared[0]);

    const second = makeWorld(engine, working, { tokens, kept: first });
    onTestFinished(() => stop(second));
    second.worker.start();
    // Longer than a received message is hidden.
    await moto.advanceQueues(130_000);
    const { outcome, history } = await played;
    expect(outcome).toMatchObject(inService);
    expect(prepared).toEqual([prepared[0], prepared[0]]);
    expect(answers.filter((token) => token === prepared[0])).toHaveLength(1);
    expect(statesEntered(history).filter((state) => state === 'PrepareData')).toHaveLength(1);
  });
});
