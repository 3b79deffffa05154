import { execFileSync } from 'node:child_process';
import type { RunView } from '../src/entry/api-types.js';
import { median, quantile, reportFigures, sizeFrom, type Figure } from './lib/figures.js';
import { type Fleet, makeFleet, removeFleet } from './lib/fleet.js';
import { commandOf, endFleet, type FleetServer, startFleetServer } from './lib/fleet-server.js';
import { residentMb } from './lib/installation.js';

// A server process with many runs that wait for people, first alone, then with 10 jobs running and many queued. Every run
// has its issue, comments, execution and history; the trainers are programs of a few lines that wait.

const waiting = sizeFrom('BENCH_LOAD_WAITING', 10_000);
const queued = sizeFrom('BENCH_LOAD_QUEUED', 1_010);
const listGoal = { most: 200 };
// What a server does now and then, collecting garbage after its start say, is in few of them.
const windows = 7;
const windowMs = 5_000;
const longestMs = 180_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function msUntil(what: string, look: () => Promise<boolean>): Promise<number> {
  const startedMs = performance.now();
  while (!(await look())) {
    if (performance.now() - startedMs > longestMs) throw new Error(`Waited ${longestMs / 1000} s for ${what}.`);
    await pause(10);
  }
  return performance.now() - startedMs;
}

async function cpuPercent(server: FleetServer, ms: number): Promise<number | null> {
  const [before, atMs] = [server.cpuMs(), performance.now()];
  await pause(ms);
  const after = server.cpuMs();
  return before === null || after === null ? null : ((after - before) / (performance.now() - atMs)) * 100;
}

/** Waits until the server does nothing but follow its jobs. */
async function rest(server: FleetServer): Promise<void> {
  await msUntil('the server to rest', async () => ((await cpuPercent(server, 2000)) ?? 0) < 15);
}

/** What a resting server uses of one processor, the median of some windows; null where that is not to be had. */
async function cpuAtRest(server: FleetServer): Promise<number | null> {
  await rest(server);
  const all: number[] = [];
  for (let at = 0; at < windows; at += 1) all.push((await cpuPercent(server, windowMs)) ?? Number.NaN);
  return all.some(Number.isNaN) ? null : median(all);
}

/** Milliseconds that `act` takes, sorted. */
async function times(count: number, act: () => unknown): Promise<number[]> {
  const all: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const startedMs = performance.now();
    await act();
    all.push(performance.now() - startedMs);
    await pause(50);
  }
  return all.toSorted((a, b) => a - b);
}

const show = (server: FleetServer, run: string) => server.api.get<RunView>(`/api/runs/${run}`);
const say = (fleet: Fleet, server: FleetServer, run: string, body: string) =>
  server.api.post(`/api/issues/${fleet.issueOf(run)}/comments`, { body });

async function withFleet<T>(
  size: { waiting: number; queued: number },
  use: (fleet: Fleet, started: (server: FleetServer) => void) => Promise<T>,
): Promise<T> {
  const fleet = await makeFleet(size);
  const servers: FleetServer[] = [];
  try {
    return await use(fleet, (server) => servers.push(server));
  } finally {
    for (const server of servers) await server.end('SIGTERM');
    await endFleet(fleet);
    // The trainers see the gate, their supervisors write how they ended.
    await pause(2000);
    removeFleet(fleet);
  }
}

/** The second start of a state directory: the first one also makes what the adapters keep beside it. */
async function restart(
  fleet: Fleet,
  server: FleetServer,
  started: (server: FleetServer) => void,
): Promise<FleetServer> {
  await server.end('SIGKILL');
  const again = await startFleetServer(fleet);
  started(again);
  return again;
}

function measureWaiting(): Promise<Figure[]> {
  return withFleet({ waiting, queued: 0 }, async (fleet, started) => {
    const first = await startFleetServer(fleet);
    started(first);
    const server = await restart(fleet, first, started);
    const percent = await cpuAtRest(server);
    const note = `${waiting} runs wait for people, nothing else`;
    return [
      {
        name: 'restart',
        value: server.readyMs,
        unit: 'ms',
        goal: { most: 2000 },
        note: `${note}; whole server, from SIGKILL`,
      },
      {
        name: 'processor while people are waited for',
        value: percent,
        unit: '%',
        goal: { most: 1 },
        note: `${note}; of one processor, median of ${windows} windows of ${windowMs / 1000} s`,
      },
      { name: 'memory of the server', value: residentMb(server.pid)?.totalMb ?? null, unit: 'MB', note },
    ];
  });
}

/** The list as people ask for it, beside a Node that does nothing. */
async function measureList(fleet: Fleet, server: FleetServer, note: string): Promise<Figure[]> {
  const command = commandOf(fleet, ['list']);
  const run = (args: string[]) => execFileSync(process.execPath, args, { env: command.env, maxBuffer: 64 * 2 ** 20 });
  const inServer = await times(100, () => server.api.get('/api/runs'));
  const whole = await times(20, () => run(command.args));
  const bare = await times(20, () => run(['-e', '0']));
  return [
    { name: 'list, answer of the server, p50', value: quantile(inServer, 0.5), unit: 'ms', note },
    { name: 'list, answer of the server, p95', value: quantile(inServer, 0.95), unit: 'ms', goal: listGoal },
    { name: 'list, whole command, p50', value: quantile(whole, 0.5), unit: 'ms', goal: listGoal },
    { name: 'list, whole command, p95', value: quantile(whole, 0.95), unit: 'ms' },
    {
      name: 'a Node process that does nothing, p50',
      value: quantile(bare, 0.5),
      unit: 'ms',
      note: 'part of the whole command',
    },
  ];
}

/** From a person's comment to the end, or to the next state. */
async function measureCommands(fleet: Fleet, server: FleetServer, running: string): Promise<Figure[]> {
  const after = async (run: string, command: string, reached: (view: RunView) => boolean) => {
    const startedMs = performance.now();
    await say(fleet, server, run, command);
    await msUntil(`${command} of ${run}`, async () => reached(await show(server, run)));
    return performance.now() - startedMs;
  };
  const ended = (view: RunView) => view.ended_at !== null;
  const [inQueue = '', asked = '', approved = ''] = [fleet.queued.at(-1), fleet.waiting.at(-1), fleet.waiting[0]];
  const approve = await after(approved, '/approve', (view) => view.current_state === 'PrepareData');
  const note = 'from the comment to the written record and the list';
  return [
    { name: '/approve, to the next state', value: approve, unit: 'ms' },
    { name: '/cancel of a run that waits', value: await after(asked, '/cancel', ended), unit: 'ms', note },
    { name: '/cancel of a queued job', value: await after(inQueue, '/cancel', ended), unit: 'ms' },
    { name: '/cancel of a running job', value: await after(running, '/cancel', ended), unit: 'ms' },
  ];
}

function measureLoad(): Promise<Figure[]> {
  return withFleet({ waiting, queued }, async (fleet, started) => {
    const server = await startFleetServer(fleet);
    started(server);
    const last = fleet.queued.at(-1) ?? '';
    const queuingMs = await msUntil('the queue', async () => (await show(server, last)).job !== null);
    const percent = await cpuAtRest(server);
    const slots = fleet.config.maxConcurrentJobs;
    const note = `${slots} jobs run, ${queued - slots} are queued, ${waiting} runs wait for people`;
    const list = await measureList(fleet, server, note);
    const commands = await measureCommands(fleet, server, fleet.queued[0] ?? '');
    const again = await restart(fleet, server, started);
    await rest(again);
    return [
      {
        name: 'queuing, runs a second',
        value: queued / (queuingMs / 1000),
        unit: '1/s',
        note: `${queued} trainings handed in at once`,
      },
      ...list,
      ...commands,
      { name: 'restart under load', value: again.readyMs, unit: 'ms', goal: { most: 2000 }, note },
      {
        name: 'processor under load',
        value: percent,
        unit: '%',
        note: `${note}; of one processor, without what the jobs use`,
      },
      { name: 'memory of the server under load', value: residentMb(again.pid)?.totalMb ?? null, unit: 'MB' },
    ];
  });
}

reportFigures([...(await measureWaiting()), ...(await measureLoad())]);
