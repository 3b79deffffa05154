import { createLocalTaskLedger } from '../../src/adapters/local/task-ledger.js';
import { openDatabase } from '../../src/db.js';
import { makeRoomForNewObjects } from '../../src/entry/young-generation.js';
import type { JobPlatform } from '../../src/ports/job-platform.js';
import type { TaskTokens } from '../../src/ports/workflow-engine.js';
import { createEmbeddedEngine, tokenTaskResource } from '../../src/workflow/engine/durable/embedded-engine.js';
import { TaskWorker } from '../../src/workflow/worker.js';
import { answerValue, serveEngine, stepResult, stepsPerRun, type BenchedEngine, type Place } from './harness.js';

// Dandori as its server runs it: the embedded engine, its queue, the worker loop and the ledger of waiting tasks.

const lastStep = `Step${stepsPerRun - 1}`;

function task(state: string, next: string | null): object {
  return {
    Type: 'Task',
    Resource: tokenTaskResource,
    Parameters: {
      QueueUrl: 'queue',
      MessageBody: {
        agent: 'bench',
        state,
        'training_id.$': '$.training_id',
        visit: 1,
        'attempt.$': '$$.State.RetryCount',
        'redrive_count.$': '$$.Execution.RedriveCount',
        'task_token.$': '$$.Task.Token',
        input: {},
      },
    },
    ResultPath: '$.last',
    TimeoutSeconds: 7 * 24 * 3600,
    ...(next === null ? { End: true } : { Next: next }),
  };
}

/** `Wait` for the runs that wait, or the chain of steps. */
function definition(): object {
  const states: Record<string, object> = {
    Begin: {
      Type: 'Choice',
      Choices: [{ Variable: '$.waits', BooleanEquals: true, Next: 'Wait' }],
      Default: 'Step0',
    },
    Wait: task('Wait', null),
  };
  for (let n = 0; n < stepsPerRun; n += 1)
    states[`Step${n}`] = task(`Step${n}`, n === stepsPerRun - 1 ? null : `Step${n + 1}`);
  return { StartAt: 'Begin', States: states };
}

/** No jobs run here. */
const noJobs = { watch: () => () => undefined } as Pick<JobPlatform, 'watch'> as JobPlatform;

async function open({ database, durable, atOnce, onStep }: Place): Promise<BenchedEngine> {
  const db = openDatabase(database);
  if (!durable) db.run('PRAGMA synchronous = OFF');
  const engine = createEmbeddedEngine({ db, definition: definition(), stateMachineName: 'bench' });
  const ledger = createLocalTaskLedger({ db });
  const ended = new Map<string, () => void>();
  const runOfToken = new Map<string, string>();
  const tokens: TaskTokens = {
    async sendTaskSuccess(params) {
      await engine.sendTaskSuccess(params);
      // The commit of the last answer is the end of the run.
      const id = runOfToken.get(params.taskToken);
      if (id === undefined) return;
      runOfToken.delete(params.taskToken);
      ended.get(id)?.();
      ended.delete(id);
    },
    sendTaskFailure: (params) => engine.sendTaskFailure(params),
    sendTaskHeartbeat: (params) => engine.sendTaskHeartbeat(params),
  };
  const log = { info: () => undefined, error: (fields: object, message: string) => console.error(message, fields) };
  const worker = new TaskWorker({
    queue: engine,
    tokens,
    ledger,
    jobs: noJobs,
    log,
    concurrency: atOnce,
    async runAgent(message) {
      if (message.state === 'Wait') return { kind: 'wait_for_person', question: {} };
      onStep(message.training_id);
      if (message.state === lastStep) runOfToken.set(message.task_token, message.training_id);
      return { kind: 'done', output: stepResult };
    },
  });
  const start = (id: string, waits: boolean) => engine.startExecution({ name: id, input: { training_id: id, waits } });
  engine.start();
  worker.start();
  const synchronous = ['OFF', 'NORMAL', 'FULL'][Number(db.first('PRAGMA synchronous')?.['synchronous'])];
  return {
    mode: `SQLite WAL, synchronous=${synchronous ?? 'unknown'}`,
    async run(id) {
      const end = new Promise<void>((resolve) => ended.set(id, resolve));
      await start(id, false);
      await end;
    },
    async wait(ids) {
      for (const id of ids) await start(id, true);
      while ((await ledger.list({})).length < ids.length) await new Promise((resolve) => setTimeout(resolve, 200));
    },
    async answer(id) {
      const [waiting] = await ledger.list({ trainingId: id });
      if (waiting === undefined) throw new Error(`${id} does not wait.`);
      await engine.sendTaskSuccess({ taskToken: waiting.taskToken, output: answerValue });
      await ledger.remove(waiting);
    },
    idle: async () => undefined,
    async close() {
      await worker.stop();
      engine.close();
      db.close();
    },
  };
}

makeRoomForNewObjects();
serveEngine(open);
