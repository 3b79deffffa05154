// DBOS Transact on PostgreSQL. Runs are started in the process that works them, as its documentation shows; the pool has a
// connection for each run at once and a few more. A waiting run is woken by LISTEN/NOTIFY; the poll beside it, of every waiting
// run every ten seconds by default, is set to an hour.
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { answerValue, serveEngine, stepResult, stepsPerRun } from '../../dist-bench/bench/peers/harness.js';

const startsAtOnce = 32;
const pollingIntervalMs = 3_600_000;

/** @param {import('./harness.ts').Place} place */
async function open({ database, durable, atOnce, onStep }) {
  const url = new URL(database);
  if (!durable) url.searchParams.set('options', '-c synchronous_commit=off');
  const chain = DBOS.registerWorkflow(
    async (id) => {
      let last = null;
      for (let n = 0; n < stepsPerRun; n += 1) {
        last = await DBOS.runStep(
          async () => {
            onStep(id);
            return stepResult;
          },
          { name: `step-${n}` },
        );
      }
      return last;
    },
    { name: 'chain' },
  );
  const person = DBOS.registerWorkflow(
    () => DBOS.recv('answer', { timeoutSeconds: 7 * 24 * 3600, pollingIntervalMs }),
    { name: 'person' },
  );
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: url.href,
    systemDatabasePoolSize: atOnce + 8,
    applicationVersion: 'bench',
    logLevel: 'error',
  });
  await DBOS.launch();
  const query = async (text) => {
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const { rows } = await client.query(text);
    await client.end();
    return rows[0];
  };
  const modes = await query(
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit, current_setting('server_version') AS version`,
  );
  return {
    mode: `PostgreSQL ${modes.version.split(' ')[0]}, fsync=${modes.fsync}, synchronous_commit=${modes.commit}`,
    async run(id) {
      const handle = await DBOS.startWorkflow(chain, { workflowID: id })(id);
      await handle.getResult();
    },
    async wait(ids) {
      let next = 0;
      const loop = async () => {
        while (next < ids.length) await DBOS.startWorkflow(person, { workflowID: ids[next++] })();
      };
      await Promise.all(Array.from({ length: startsAtOnce }, loop));
      // Whoever waits has kept the time at which it gives up.
      for (;;) {
        const { count } = await query(`SELECT count(*)::int AS count FROM dbos.operation_outputs`);
        if (count >= ids.length) return;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
    async answer(id) {
      await DBOS.send(id, answerValue, 'answer');
      await DBOS.retrieveWorkflow(id).getResult({ pollingIntervalMs: 20 });
    },
    idle: async () => undefined,
    close: () => DBOS.shutdown(),
  };
}

serveEngine(open);
