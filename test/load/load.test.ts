import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, makeFleet, removeFleet } from '../../bench/lib/fleet.js';
import { commandOf, endFleet, type FleetServer, startFleetServer } from '../../bench/lib/fleet-server.js';
import { type Database, openDatabase } from '../../src/db.js';
import type { RunLine, RunView } from '../../src/entry/api-types.js';

// 10 jobs run, 1,000 are queued, 10,000 runs wait for people: a server process on one state directory, with trainers of a
// few lines. One story in order; what is asserted of times are watchdogs, `npm run bench:load` measures.

const slots = 10;
const size = { waiting: 10_000, queued: 1_010 };
const watchdogMs = 120_000;
/** What a person waits for, on a machine that does other things too. */
const boundMs = 30_000;

let fleet: Fleet;
let server: FleetServer;
let db: Database;

async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = watchdogMs,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs / 1000} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Job {
  name: string;
  run: string;
  status: string;
  seq: number;
}

function jobs(status?: string): Job[] {
  const rows = db.all('SELECT job_name, training_id, status, seq FROM job ORDER BY seq');
  const all = rows.map((row) => ({
    name: String(row['job_name']),
    run: String(row['training_id']),
    status: String(row['status']),
    seq: Number(row['seq']),
  }));
  // The first run of the installation, which showed the way, is not part of the load.
  const ours = all.filter((job) => fleet.queued.includes(job.run) || fleet.waiting.includes(job.run));
  return status === undefined ? ours : ours.filter((job) => job.status === status);
}

interface Turn {
  kind: string;
  job: string;
  pid: number;
}

/** What the trainers wrote, in order. */
function turns(): Turn[] {
  const lines = readFileSync(fleet.trainerLog, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [kind = '', job = '', pid = ''] = line.split(' ');
    return { kind, job, pid: Number(pid) };
  });
}

function mostAtOnce(): number {
  const running = new Set<string>();
  let most = 0;
  for (const { kind, job } of turns()) {
    if (kind === 'start') running.add(job);
    else running.delete(job);
    most = Math.max(most, running.size);
  }
  return most;
}

const started = (): string[] =>
  turns()
    .filter(({ kind }) => kind === 'start')
    .map(({ job }) => job);
const ofRun = (list: readonly string[], at: number): string => list.at(at) ?? '';
const show = (run: string) => server.api.get<RunView>(`/api/runs/${run}`);
const say = (run: string, text: string) =>
  server.api.post<{ replies: string[] }>(`/api/issues/${fleet.issueOf(run)}/comments`, { body: text });
const ended = (run: string) =>
  eventually(`the end of ${run}`, async () => ((await show(run)).ended_at === null ? undefined : show(run)), boundMs);
const allRun = () =>
  eventually('the slots to be taken', () => (jobs('InProgress').length === slots ? true : undefined));

function counts(): Record<string, number> {
  const count = (sql: string) => Number(db.first(sql)?.['n']);
  return {
    open_runs: count("SELECT count(*) AS n FROM run_index WHERE status IN ('waiting', 'running')"),
    running_executions: count("SELECT count(*) AS n FROM wf_execution WHERE status = 'RUNNING'"),
    open_tokens: count("SELECT count(*) AS n FROM wf_token WHERE status = 'open'"),
    parked_tasks: count('SELECT count(*) AS n FROM waiting_task'),
    comments: count('SELECT count(*) AS n FROM issue_comments'),
    jobs: count('SELECT count(*) AS n FROM job'),
  };
}

/** Counts once nothing moves: every message is worked and every status is shown. */
async function settledCounts(): Promise<Record<string, number>> {
  let before = '';
  return eventually('the installation to settle', async () => {
    const now = counts();
    const same = JSON.stringify(now) === before && now['parked_tasks'] === now['open_tokens'];
    before = JSON.stringify(now);
    if (!same) await new Promise((resolve) => setTimeout(resolve, 500));
    return same ? now : undefined;
  });
}

beforeAll(async () => {
  fleet = await makeFleet(size);
  server = await startFleetServer(fleet);
  db = openDatabase(join(fleet.config.stateDir, 'dandori.db'));
}, 300_000);

afterAll(async () => {
  await server?.end('SIGTERM');
  db?.close();
  if (fleet === undefined) return;
  await endFleet(fleet);
  // Supervisors write into their folders until their trainers have ended.
  await eventually('the trainers to end', () =>
    turns().filter(({ kind }) => kind === 'end').length >= started().length ? true : undefined,
  );
  removeFleet(fleet);
}, 300_000);

describe('10 running jobs, 1,000 queued, 10,000 runs that wait for people', () => {
  test('runs ten jobs at once and queues the rest', { timeout: 300_000 }, async () => {
    await eventually('the jobs', () => (jobs('Pending').length === size.queued - slots ? true : undefined));
    await allRun();
    await eventually('the trainers', () => (started().length === slots ? true : undefined));
    const open = counts();
    expect(open['open_runs']).toBe(size.waiting + size.queued);
    expect((await server.api.get<RunLine[]>('/api/runs?open=true')).length).toBeGreaterThanOrEqual(1000);
  });

  test('queues in the order in which the runs came, give or take those worked at once', () => {
    // The worker takes up to 16 messages at once and each may be a little quicker than the one before it.
    const rank = new Map(fleet.queued.map((run, at) => [run, at]));
    const off = jobs().map((job, at) => Math.abs((rank.get(job.run) ?? Number.NaN) - at));
    expect(off).toHaveLength(size.queued);
    expect(Math.max(...off)).toBeLessThan(32);
  });

  test('answers the list while all that waits, and the command line with it', { timeout: 300_000 }, async () => {
    const { args, env } = commandOf(fleet, ['list', '--open', '--json']);
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 64 * 2 ** 20 });
    expect((JSON.parse(stdout) as RunLine[]).length).toBeGreaterThanOrEqual(1000);
    const beganMs = performance.now();
    for (let time = 0; time < 5; time += 1) await server.api.get('/api/runs');
    expect((performance.now() - beganMs) / 5).toBeLessThan(2000);
  });

  test('rests while people are waited for', { timeout: 300_000 }, async () => {
    if (server.cpuMs() === null) return;
    // Ten jobs are followed meanwhile; a look at every run that waits would take more than a whole processor, for ever.
    const share = await eventually('the server to rest', async () => {
      const [cpuMs, atMs] = [server.cpuMs() ?? 0, performance.now()];
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const used = ((server.cpuMs() ?? 0) - cpuMs) / (performance.now() - atMs);
      return used < 0.15 ? used : undefined;
    });
    expect(share).toBeLessThan(0.15);
  });

  test('cancels a queued, a running and a waiting run', { timeout: 300_000 }, async () => {
    const [queued, running, waiting] = [
      ofRun(fleet.queued, 500),
      jobs('InProgress')[0]?.run ?? '',
      ofRun(fleet.waiting, 5000),
    ];
    await Promise.all([queued, running, waiting].map((run) => say(run, '/cancel')));
    for (const run of [queued, running, waiting]) expect((await ended(run)).status).toBe('cancelled');
    expect(jobs().find((job) => job.run === queued)?.status).toBe('Stopped');
    expect(started().some((job) => job.startsWith(`${queued}/`))).toBe(false);
    // The freed slot goes to the next in the queue.
    await allRun();
    expect(mostAtOnce()).toBeLessThanOrEqual(slots);
  });

  test('goes on at once with a run that is approved', { timeout: 300_000 }, async () => {
    const run = ofRun(fleet.waiting, 0);
    await say(run, '/approve');
    const job = await eventually('its job', () => jobs('Pending').find((one) => one.run === run), boundMs);
    // Its data was prepared for the others already.
    expect(job.name).toContain('/TrainModel/');
    expect(Math.max(...jobs('Pending').map(({ seq }) => seq))).toBe(job.seq);
  });

  test('queues the retry of a job that was killed behind those that wait', { timeout: 300_000 }, async () => {
    const lost = jobs('InProgress')[0]?.name ?? '';
    const turn = await eventually('its trainer', () => turns().find(({ job }) => job === lost));
    process.kill(turn.pid, 'SIGKILL');
    appendFileSync(fleet.trainerLog, `end ${lost} ${turn.pid}\n`);
    const run = lost.slice(0, lost.indexOf('/'));
    const again = await eventually('the retry', () => jobs('Pending').find((job) => job.run === run), boundMs);
    expect(again.name).not.toBe(lost);
    expect(Math.max(...jobs('Pending').map((job) => job.seq))).toBe(again.seq);
    await allRun();
    expect(mostAtOnce()).toBeLessThanOrEqual(slots);
  });

  test('runs again what was cancelled and what failed, at the end of the queue', { timeout: 300_000 }, async () => {
    const failing = jobs('InProgress')[0]?.run ?? '';
    writeFileSync(join(fleet.gates, failing), '');
    expect((await ended(failing)).status).toBe('failed');
    const cancelled = ofRun(fleet.queued, 500);
    for (const run of [cancelled, failing]) {
      await server.api.post(`/api/runs/${run}/rerun`, { from: 'TrainModel' });
      const job = await eventually('its job', () => jobs('Pending').find((one) => one.run === run), boundMs);
      expect(Math.max(...jobs('Pending').map((one) => one.seq))).toBe(job.seq);
      expect((await show(run)).ended_at).toBeNull();
    }
  });

  test(
    'loses and doubles nothing when the server is killed with all of it in flight',
    { timeout: 300_000 },
    async () => {
      await allRun();
      const before = await settledCounts();
      const running = jobs('InProgress').map((job) => job.name);
      await server.end('SIGKILL');
      server = await startFleetServer(fleet);
      expect(await settledCounts()).toEqual(before);
      expect(jobs('InProgress').map((job) => job.name)).toEqual(running);
      expect(new Set(started()).size).toBe(started().length);
      expect(mostAtOnce()).toBeLessThanOrEqual(slots);
    },
  );

  test('starts the queued jobs in their order as slots become free', { timeout: 300_000 }, async () => {
    const pending = jobs('Pending').map((job) => job.name);
    for (const job of jobs('InProgress')) writeFileSync(join(fleet.gates, job.run), '');
    const next = pending.slice(0, slots);
    await eventually(
      'the next ones',
      () => (next.every((job) => started().includes(job)) ? true : undefined),
      watchdogMs,
    );
    const begun = jobs().filter((job) => pending.includes(job.name) && job.status !== 'Pending');
    expect(begun.map((job) => job.name)).toEqual(pending.slice(0, begun.length));
    expect(new Set(started()).size).toBe(started().length);
    expect(mostAtOnce()).toBeLessThanOrEqual(slots);
  });
});
