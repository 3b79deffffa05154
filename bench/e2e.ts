import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../src/root.js';
import { median, reportFigures, rounded, sizeFrom, type Figure } from './lib/figures.js';
import { createInstallation, residentMb, takeRequest, type Installation, type Journey } from './lib/installation.js';

// From a request to a model in service, by a server process as a user starts it in a state directory of its own, and the
// same work by a bare script (bench/bare/churn.py), in turns: BENCH_REPEATS (default 3) times the churn example, then once
// with BENCH_TREES trees (default 1600; 0 leaves it out) and 20 folds, whose training takes over a minute.

const repeats = sizeFrom('BENCH_REPEATS', 3);
const trees = sizeFrom('BENCH_TREES', 1600);
const longFolds = 20;
const settleMs = 5000;
const folder = join(projectRoot, 'examples', 'churn');
const request = readFileSync(join(folder, 'request.md'), 'utf8');
const longRequest = request.replace(
  /^target: /m,
  `hyperparameters: {random_forest: {n_estimators: ${trees}}}\ncv_folds: ${longFolds}\ntarget: `,
);

/** Seconds that the bare script takes, Python's start included. */
function runBare(installation: Installation, sizes: readonly string[]): number {
  const script = join(projectRoot, 'bench', 'bare', 'churn.py');
  const args = [script, join(folder, 'churn.csv'), join(installation.stateDir, 'bare'), ...sizes];
  // Libraries that start threads of their own disturb each other; the trainer sets the same.
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', ORT_DISABLE_TELEMETRY: '1' };
  const startedMs = performance.now();
  execFileSync(join(projectRoot, '.venv', 'bin', 'python'), args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return (performance.now() - startedMs) / 1000;
}

interface Turn extends Journey {
  bareSeconds: number;
  firstStartSeconds: number;
  secondStartSeconds: number;
  /** Resident memory of the server before its first request and after it. */
  idleMb: number;
  usedMb: number;
}

async function settledMb(pid: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  return residentMb(pid)?.totalMb ?? Number.NaN;
}

/** The bare script, then the request as the first one of a fresh installation. */
async function takeTurn(body: string, bareSizes: readonly string[]): Promise<Turn> {
  const installation = createInstallation();
  try {
    const bareSeconds = runBare(installation, bareSizes);
    const server = await installation.up();
    const idleMb = await settledMb(server.pid);
    const journey = await takeRequest(server, { body, folder });
    const usedMb = await settledMb(server.pid);
    await server.stop();
    const again = await installation.up();
    const [firstStartSeconds, secondStartSeconds] = [server.readyMs / 1000, again.readyMs / 1000];
    return { ...journey, bareSeconds, firstStartSeconds, secondStartSeconds, idleMb, usedMb };
  } finally {
    await installation.remove();
  }
}

function statesOf(turn: Turn): string {
  const slow = Object.entries(turn.states).filter(([, seconds]) => seconds >= 0.1);
  return slow.map(([state, seconds]) => `${state} ${rounded(seconds)}`).join(', ');
}

async function measureShort(): Promise<Figure[]> {
  const turns: Turn[] = [];
  // One process for the bare script: threads cost such short fits more than they bring.
  for (let n = 0; n < repeats; n += 1) turns.push(await takeTurn(request, ['--jobs', '1']));
  const middle = (read: (turn: Turn) => number) => median(turns.map(read));
  const note = `median of ${repeats}`;
  const [last] = turns.slice(-1);
  return [
    { name: 'start, new state directory', value: middle((turn) => turn.firstStartSeconds), unit: 's', note },
    {
      name: 'second start, ready',
      value: middle((turn) => turn.secondStartSeconds),
      unit: 's',
      goal: { most: 5 },
      note,
    },
    { name: 'memory of the idle server', value: middle((turn) => turn.idleMb), unit: 'MB', goal: { most: 150 }, note },
    { name: 'memory of the idle server after a run', value: middle((turn) => turn.usedMb), unit: 'MB', note },
    {
      name: 'submit to proposal',
      value: middle((turn) => turn.proposalSeconds),
      unit: 's',
      goal: { most: 10 },
      note: `${note}; first import and profile of the data included`,
    },
    { name: 'churn, bare script', value: middle((turn) => turn.bareSeconds), unit: 's', note },
    {
      name: 'churn, issue to service',
      value: middle((turn) => turn.serviceSeconds),
      unit: 's',
      note: last === undefined ? note : `${note}; last: ${statesOf(last)}`,
    },
    {
      name: 'churn, above the bare script',
      value: middle((turn) => turn.serviceSeconds - turn.bareSeconds),
      unit: 's',
      goal: { most: 8 },
      note,
    },
  ];
}

async function measureLong(): Promise<Figure[]> {
  const sizes = ['--folds', String(longFolds), '--trees', String(trees), '--jobs', String(availableParallelism())];
  const turn = await takeTurn(longRequest, sizes);
  const note = `${longFolds} folds, ${trees} trees, once`;
  const trainingSeconds = turn.states['TrainModel'] ?? Number.NaN;
  return [
    { name: 'long training, bare script', value: turn.bareSeconds, unit: 's', note },
    {
      name: 'long training, issue to service',
      value: turn.serviceSeconds,
      unit: 's',
      note: trainingSeconds < 60 ? `${note}; the training took under 60 s here: raise BENCH_TREES` : note,
    },
    {
      name: 'long training, ratio to the bare script',
      value: turn.serviceSeconds / turn.bareSeconds,
      unit: 'x',
      goal: { most: 1.3 },
      note: statesOf(turn),
    },
  ];
}

reportFigures([...(repeats === 0 ? [] : await measureShort()), ...(trees === 0 ? [] : await measureLong())]);
