import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { JobCommands } from '../../src/adapters/local/jobs/commands.js';
import { createLocalIssueTracker } from '../../src/adapters/local/issue-tracker.js';
import type { ComposeOptions } from '../../src/compose.js';
import { openDatabase } from '../../src/db.js';
import { type RunningServer, startServer } from '../../src/entry/server.js';
import { configOf, eventually, type Folders, owner } from '../journeys/world.js';
import { loansRequest } from '../journeys/rows.js';
import { openEffectsOf, type Outcome, outcomeOf, rowsOf } from './outcome.js';
import type { CrashPoint, Recorder } from './recorder.js';
import { copyState } from './snapshot.js';

const quietLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
const settleMs = 15_000;
const issue = 1;

/** Opens the one issue, at a time that is the same in every copy: its run has the same id then. */
export async function openIssue(stateDir: string): Promise<void> {
  const db = openDatabase(join(stateDir, 'dandori.db'));
  const tracker = createLocalIssueTracker({ db, user: owner, now: () => new Date('2026-01-02T03:04:05Z') });
  const body = loansRequest({ workflow_optimization: { auto_approve: true } });
  await tracker.createIssue({ title: 'Loans', body, labels: ['mlops:train'], author: owner });
  db.close();
}

/** Programs that import nothing: they lay down what the same program made in the recorded run. */
export function standIns(recorder: Recorder): Partial<JobCommands> {
  const script = [
    'cp -R "$1/ml/model/." "$DANDORI_ML_ROOT/model"',
    'cp -R "$1/ml/output/data/." "$DANDORI_ML_ROOT/output/data"',
    // Its progress lines too.
    'cat "$1/job.log"',
  ].join(' && ');
  return Object.fromEntries(
    [...recorder.endedByProgram].map(([program, folder]) => [
      program,
      () => ({ command: '/bin/sh', args: ['-c', script, 'stand-in', folder] }),
    ]),
  );
}

export async function serve(folders: Folders, compose: ComposeOptions): Promise<RunningServer> {
  return startServer({ config: configOf(folders), active: true, http: false, log: quietLog, compose });
}

/** Waits for the end of the run and, when it is not as `wanted`, a while longer for the rest. */
export async function endOf(server: RunningServer, stateDir: string, wanted: Outcome | null): Promise<Outcome> {
  const { runs, ports } = server.app;
  await eventually(
    'the end of the run',
    async () => (await runs.list({ issueNumber: issue }))[0]?.endedAt,
    async () => {
      const [run] = await runs.list({ issueNumber: issue });
      if (run === undefined) return 'There is no run.';
      return JSON.stringify({
        execution: await ports.engine.describeExecution({ name: run.trainingId }),
        jobs: await ports.jobs.listJobs({ trainingId: run.trainingId }),
      });
    },
  );
  const row = { income: 80, debt: 10, colour: 'red', luck: 0.3 };
  const look = () => outcomeOf(server, { issue, stateDir, model: 'loans', endpoint: 'loans-staging', row });
  // A whole look is dear; one at the rows is not.
  const isNear = () =>
    wanted === null ? openEffectsOf(stateDir).length === 0 : isDeepStrictEqual(rowsOf(stateDir), wanted.rows);
  for (const deadline = Date.now() + settleMs; Date.now() < deadline;) {
    const found = isNear() ? await look() : null;
    if (found !== null && (wanted === null ? found.openEffects.length === 0 : isDeepStrictEqual(found, wanted)))
      return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return look();
}

/** Jobs that ran when the server died went on and ended: their folders are as the recorded run left them. */
export function letJobsEnd(point: CrashPoint, recorder: Recorder, stateDir: string): void {
  for (const folder of point.running) {
    const ended = recorder.ended.get(folder);
    if (ended === undefined || !existsSync(join(ended, 'state', 'exit.json'))) throw new Error(`No end of ${folder}.`);
    const target = join(stateDir, 'jobs', folder);
    rmSync(target, { recursive: true });
    copyState(ended, target);
  }
}

/** Starts a server on the copy of one crash point and answers how its run ended. */
export async function replay(params: {
  point: CrashPoint;
  recorder: Recorder;
  folders: Folders;
  wanted: Outcome;
  /** True: only the server died; false: the jobs with it, as in a power cut. */
  jobsLive: boolean;
}): Promise<Outcome> {
  const { point, recorder, folders, wanted, jobsLive } = params;
  const stateDir = `${point.copy ?? ''}-${jobsLive ? 'server' : 'all'}`;
  copyState(point.copy ?? '', stateDir);
  if (jobsLive) letJobsEnd(point, recorder, stateDir);
  const server = await serve({ ...folders, stateDir }, { jobs: { commands: standIns(recorder) } });
  try {
    if ((await server.app.ports.issues.listEvents({ cursor: null })).length === 0) await openIssue(stateDir);
    return await endOf(server, stateDir, jobsLive ? wanted : null);
  } finally {
    await server.close();
    await server.app.ports.endpoints.stopRouter();
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 3 });
  }
}
