// OpenWorkflow on SQLite (node:sqlite). Its worker sleeps at least 50 ms between two looks at the database; so that this does
// not count against it, the bench has a worker for each run at once and calls one's `tick` for every run that it starts or
// wakes: no look is late and none is in vain. Only where it idles a worker's own loop runs.
import { OpenWorkflow } from 'openworkflow';
import { BackendSqlite } from 'openworkflow/sqlite';
import { answerValue, serveEngine, stepResult, stepsPerRun } from '../../dist-bench/bench/peers/harness.js';

const synchronousModes = ['OFF', 'NORMAL', 'FULL'];

/** @param {import('./harness.ts').Place} place */
async function open({ database, durable, atOnce, onStep }) {
  const backend = BackendSqlite.connect(database);
  const { db } = backend;
  if (!durable) db.exec('PRAGMA synchronous = OFF');
  const atEnd = new Map();
  /** Calls those who wait for a run once its new status is committed. */
  const watch = (method) => {
    const original = backend[method].bind(backend);
    backend[method] = async (params) => {
      const run = await original(params);
      atEnd.get(run.id)?.();
      atEnd.delete(run.id);
      return run;
    };
  };
  watch('completeWorkflowRun');
  watch('sleepWorkflowRun');

  const client = new OpenWorkflow({ backend });
  const chain = client.defineWorkflow({ name: 'chain' }, async ({ input, step }) => {
    let last = null;
    for (let n = 0; n < stepsPerRun; n += 1) {
      last = await step.run({ name: `step-${n}` }, () => {
        onStep(input.id);
        return stepResult;
      });
    }
    return last;
  });
  const person = client.defineWorkflow({ name: 'person' }, ({ input, step }) =>
    step.waitForSignal({ name: 'answer', signal: `answer-${input.id}`, timeout: '7d' }),
  );
  const idle = Array.from({ length: atOnce }, () => client.newWorker({ concurrency: 1 }));
  const polling = client.newWorker({ concurrency: atOnce });

  /** Has a worker take the run, which is due, and waits until it has ended or waits. */
  const work = async (runId) => {
    const settled = new Promise((resolve) => atEnd.set(runId, resolve));
    const worker = idle.pop();
    // Right after a run the worker has not yet let go of it.
    while ((await worker.tick()) === 0) await new Promise((resolve) => setImmediate(resolve));
    await settled;
    idle.push(worker);
  };
  return {
    mode: `SQLite WAL, synchronous=${synchronousModes[db.prepare('PRAGMA synchronous').get().synchronous]}`,
    async run(id) {
      const handle = await chain.run({ id });
      await work(handle.workflowRun.id);
    },
    async wait(ids) {
      for (const id of ids) await work((await person.run({ id })).workflowRun.id);
    },
    async answer(id) {
      const { workflowRunIds } = await client.sendSignal({ signal: `answer-${id}`, data: answerValue });
      if (workflowRunIds.length !== 1) throw new Error(`${id} does not wait.`);
      await work(workflowRunIds[0]);
    },
    idle: () => polling.start(),
    async close() {
      await polling.stop();
      await backend.stop();
    },
  };
}

serveEngine(open);
