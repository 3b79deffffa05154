import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, quantile, reportFigures, sizeFrom, type Figure } from './lib/figures.js';
import { dandori, peers, type Contender } from './peers/contenders.js';
import { measureFsync } from './peers/disk.js';
import { atEnd, end, endOnSignals } from './peers/ending.js';
import { stepsPerRun, type Usage } from './peers/harness.js';
import type { EngineProcess } from './peers/process.js';

// The workflow engine beside OpenWorkflow and DBOS: the same work on the same disk, turn and turn about. What a transition is
// in each of them, and how each is set up, is in docs/benchmarks.md.

const executions = sizeFrom('BENCH_EXECUTIONS', 600);
const waiting = sizeFrom('BENCH_WAITING', 10_000);
const idleSeconds = sizeFrom('BENCH_IDLE_SECONDS', 31);
const besidePeers = sizeFrom('BENCH_PEERS', 1) > 0;
const someAtOnce = 16;
const manyAtOnce = 64;
// Many short rounds in turn: what else the machine does meets all alike.
const rounds = 10;
// So many that the slowest hundredth of their transitions is more than the first one of each round.
const executionsARound = Math.ceil(executions / rounds);
const manyExecutions = Math.max(executionsARound, manyAtOnce);
const fsyncs = 20;
const warmUpExecutions = Math.ceil(executions / 12);
// A start-up is measured so often, or until so many seconds have gone into an engine's.
const startUps = 5;
const longestStartUpsSeconds = 10;

const folder = mkdtempSync(join(tmpdir(), 'bench-engine-'));
atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

/** What was measured of one engine. */
class Measured {
  readonly contender: Contender;
  mode = '';
  node = '';
  serialPerSecond: number[] = [];
  latenciesMs: number[] = [];
  somePerSecond: number[] = [];
  manyPerSecond: number[] = [];
  databaseMb: number[] = [];
  startUpSeconds: number[] = [];
  idleCpuPercent: number[] = [];
  idleMemoryMb: number[] = [];

  constructor(contender: Contender) {
    this.contender = contender;
  }

  /** A peer that breaks is left out from there on; Dandori breaking is a broken benchmark. */
  async attempt<T>(body: () => Promise<T>): Promise<T | null> {
    if (this.contender.absent !== null) return null;
    try {
      return await body();
    } catch (error) {
      if (this.contender.name === 'Dandori') throw error;
      this.contender.absent = error instanceof Error ? error.message : String(error);
      return null;
    }
  }
}

/** What the disk alone takes, and what else the machine did (load average of one minute), in each round. */
const disk = { fsyncMs: [] as number[], load: [] as number[] };

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

const databaseName = 'transitions';

/** Opens an engine on an empty database, of which the bytes are noted, and lets it warm up. */
async function begin(measured: Measured): Promise<{ engine: EngineProcess; emptyBytes: number }> {
  const { contender } = measured;
  const database = contender.database(databaseName);
  const before = await contender.start();
  await before.open({ database, durable: true, atOnce: manyAtOnce });
  await before.close();
  const emptyBytes = contender.bytes(databaseName);
  const engine = await contender.start();
  Object.assign(measured, await engine.open({ database, durable: true, atOnce: manyAtOnce }));
  await engine.run({ prefix: 'warm', runs: warmUpExecutions, atOnce: someAtOnce });
  return { engine, emptyBytes };
}

async function takeTurn(measured: Measured, engine: EngineProcess, round: number): Promise<void> {
  const serial = await engine.run({ prefix: `serial-${round}`, runs: executionsARound, atOnce: 1 });
  const some = await engine.run({ prefix: `some-${round}`, runs: executionsARound, atOnce: someAtOnce });
  const many = await engine.run({ prefix: `many-${round}`, runs: manyExecutions, atOnce: manyAtOnce });
  measured.serialPerSecond.push(serial.perSecond);
  measured.latenciesMs.push(...serial.latenciesMs);
  measured.somePerSecond.push(some.perSecond);
  measured.manyPerSecond.push(many.perSecond);
}

async function transitionRows(all: readonly Measured[]): Promise<void> {
  const begun = new Map<Measured, { engine: EngineProcess; emptyBytes: number }>();
  for (const one of all) {
    const started = await one.attempt(() => begin(one));
    if (started !== null) begun.set(one, started);
  }
  for (let round = 0; round < rounds; round += 1) {
    disk.fsyncMs.push(...measureFsync(folder, fsyncs));
    disk.load.push(loadavg()[0] ?? 0);
    for (const [one, { engine }] of begun) await one.attempt(() => takeTurn(one, engine, round));
  }
  const runs = warmUpExecutions + rounds * (2 * executionsARound + manyExecutions);
  for (const [one, { engine, emptyBytes }] of begun) {
    await one.attempt(async () => {
      await engine.close();
      one.databaseMb.push((((one.contender.bytes(databaseName) - emptyBytes) / runs) * 1000) / 1e6);
    });
    await engine.kill();
  }
}

/** Makes the runs that wait and ends the process as a crash would. */
async function fill({ contender }: Measured): Promise<void> {
  const engine = await contender.start();
  await engine.open({ database: contender.database('waiting'), durable: false, atOnce: someAtOnce });
  await engine.wait(waiting);
  await engine.kill();
}

/** From the opening of the database until one of the waiting runs was answered and has ended. */
async function startUp(measured: Measured, run: number): Promise<EngineProcess> {
  const { contender } = measured;
  const engine = await contender.start();
  const database = contender.database('waiting');
  const startMs = performance.now();
  await engine.open({ database, durable: true, atOnce: someAtOnce });
  await engine.answer(run);
  measured.startUpSeconds.push((performance.now() - startMs) / 1000);
  return engine;
}

async function usageOf(contender: Contender, engine: EngineProcess): Promise<Usage> {
  const own = await engine.usage();
  const besides = contender.besides();
  return { cpuMs: own.cpuMs + (besides?.cpuMs ?? 0), memoryMb: own.memoryMb + (besides?.memoryMb ?? 0) };
}

/** Lets what a start leaves to do end: until two seconds in a row take less than 5 % of a core, at most half a minute. */
async function settle(contender: Contender, engine: EngineProcess): Promise<void> {
  let calm = 0;
  for (let seconds = 0; seconds < 30 && calm < 2; seconds += 1) {
    const before = await usageOf(contender, engine);
    await pause(1);
    calm = (await usageOf(contender, engine)).cpuMs - before.cpuMs < 50 ? calm + 1 : 0;
  }
}

async function measureIdle(measured: Measured, engine: EngineProcess): Promise<void> {
  const { contender } = measured;
  await engine.idle();
  await settle(contender, engine);
  const startMs = performance.now();
  const before = await usageOf(contender, engine);
  await pause(idleSeconds);
  const after = await usageOf(contender, engine);
  measured.idleCpuPercent.push(((after.cpuMs - before.cpuMs) / (performance.now() - startMs)) * 100);
  measured.idleMemoryMb.push(after.memoryMb);
}

/** All wait at the same time: a process that waits takes nothing from the others, or it shows. */
async function waitingRows(all: readonly Measured[]): Promise<void> {
  await Promise.all(all.map((one) => one.attempt(() => fill(one))));
  const engines = new Map<Measured, EngineProcess>();
  for (let round = 0; round < startUps; round += 1) {
    for (const one of all) {
      if (one.startUpSeconds.reduce((sum, seconds) => sum + seconds, 0) > longestStartUpsSeconds) continue;
      await engines.get(one)?.kill();
      const engine = await one.attempt(() => startUp(one, waiting - 1 - round));
      if (engine !== null) engines.set(one, engine);
    }
  }
  await Promise.all(
    [...engines].map(async ([one, engine]) => {
      await one.attempt(() => measureIdle(one, engine));
      await engine.kill();
    }),
  );
}

const middle = (values: readonly number[]): number | null => (values.length === 0 ? null : median(values));

function latency(of: Measured, share: number): number | null {
  const sorted = of.latenciesMs.toSorted((a, b) => a - b);
  return sorted.length === 0 ? null : quantile(sorted, share);
}

function figuresOf(own: Measured, others: readonly Measured[]): Figure[] {
  const row = (
    name: string,
    unit: string,
    better: 'more' | 'less',
    value: (of: Measured) => number | null,
    more: Pick<Figure, 'goal' | 'note'> = {},
  ): Figure => {
    return {
      name,
      value: value(own),
      unit,
      ...more,
      ...(others.length === 0
        ? {}
        : { better, peers: others.map((one) => ({ name: one.contender.name, value: value(one) })) }),
    };
  };
  const said = ({ contender, mode, node }: Measured): string =>
    contender.absent === null
      ? `${contender.name}: ${mode}, Node ${node}`
      : `${contender.name} left out: ${contender.absent.split('\n')[0]}`;
  const waitNote = `${waiting} executions wait for an answer`;
  return [
    row('transitions, 1 execution at a time', '1/s', 'more', (of) => middle(of.serialPerSecond), {
      note: `${[own, ...others].map(said).join('; ')}; the same steps and data in each, set up as docs/benchmarks.md says`,
    }),
    row(`transitions, ${someAtOnce} executions at once`, '1/s', 'more', (of) => middle(of.somePerSecond), {
      goal: { least: 2000 },
      note: `${rounds} rounds in turn, in each ${executionsARound} executions of ${stepsPerRun} steps`,
    }),
    row(`transitions, ${manyAtOnce} executions at once`, '1/s', 'more', (of) => middle(of.manyPerSecond), {
      note: `in each round ${manyExecutions} executions`,
    }),
    row('transition, p50', 'ms', 'less', (of) => latency(of, 0.5), {
      goal: { most: 1 },
      note: `from step to step, 1 execution at a time, ${executionsARound} executions a round; start and end count in transitions/s only`,
    }),
    row('transition, p99', 'ms', 'less', (of) => latency(of, 0.99)),
    {
      name: 'fsync of the disk alone, p50',
      value: median(disk.fsyncMs),
      unit: 'ms',
      note: `of 16 KB, between the rounds; load average ${disk.load.map((one) => one.toFixed(1)).join(' ')}`,
      ...(others.length === 0 ? {} : { peers: others.map((one) => ({ name: one.contender.name, value: null })) }),
    },
    row('database of 1,000 executions', 'MB', 'less', (of) => middle(of.databaseMb)),
    row('start-up after SIGKILL', 's', 'less', (of) => middle(of.startUpSeconds), {
      goal: { most: 2 },
      note: `${waitNote}; until one was answered and has ended`,
    }),
    row('processor while they wait', '%', 'less', (of) => middle(of.idleCpuPercent), {
      goal: { most: 1 },
      note: `of one core, over ${idleSeconds} s`,
    }),
    row('memory while they wait', 'MB', 'less', (of) => middle(of.idleMemoryMb)),
  ];
}

endOnSignals();
try {
  const contenders = [dandori(folder), ...(besidePeers ? await peers(folder) : [])];
  const all = contenders.map((contender) => new Measured(contender));
  await transitionRows(all);
  await waitingRows(all);
  const [own, ...others] = all;
  if (own !== undefined) reportFigures(figuresOf(own, others));
} finally {
  await end();
}
