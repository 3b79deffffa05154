import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, watch, writeFileSync, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../errors.js';
import { type JobReasons, jobReasons } from '../../../messages/job-reasons.js';
import type { ObjectStore } from '../../../ports/object-store.js';
import { isRunning, sendSignal } from '../process.js';
import type { JobCommands } from './commands.js';
import { discardLeftovers, endOrphans, finishJob } from './finish.js';
import { jobFolder, type JobFolder } from './folder.js';
import { endOf, lostEnd, platformEnd } from './outcome.js';
import { readClaim, readExit, readStatus, type SupervisorSpec } from './records.js';
import { adoptFolder, spawnSupervisor, supervisorSaid } from './start.js';
import type { JobEnd, JobRow, JobStore } from './store.js';

export interface JobRunnerOptions {
  store: JobStore;
  objects: ObjectStore;
  jobsDir: string;
  commands: JobCommands;
  /** Absolute path of the compiled supervisor; asked at every start. */
  supervisorProgram: () => string;
  /** What the log of a job may not hold. */
  secrets: () => readonly string[];
  slots: number;
  limits: Pick<SupervisorSpec['limits'], 'grace_ms' | 'max_log_bytes' | 'max_file_mb' | 'min_free_disk_mb'>;
  heartbeatMs: number;
  now: () => Date;
  warn: (details: object, message: string) => void;
  /** Called after everything that may have changed what a job's description says. */
  changed: (jobName: string) => void;
}

/** Starts waiting jobs, follows running ones and ends them; knows nothing that a restart would not find again. */
export interface JobRunner extends JobRunnerOptions {
  /** The look at a job that goes on now. */
  busy: Map<string, Promise<void>>;
  /** Jobs to look at once more after that. */
  again: Set<string>;
  watchers: Map<string, FSWatcher>;
  /** Jobs with a supervisor process of ours. */
  supervised: Set<string>;
  /** How many supervisors ended without taking their job, by job. */
  failedStarts: Map<string, number>;
  closed: boolean;
}

const MAX_FAILED_STARTS = 3;

export function folderOf(runner: JobRunner, jobName: string): JobFolder {
  return jobFolder(join(runner.jobsDir, createHash('sha256').update(jobName).digest('hex').slice(0, 40)));
}

export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const runner: JobRunner = {
    ...options,
    busy: new Map(),
    again: new Set(),
    watchers: new Map(),
    supervised: new Set(),
    failedStarts: new Map(),
    closed: false,
  };
  mkdirSync(options.jobsDir, { recursive: true, mode: 0o700 });
  const needed = (): Set<string> => new Set(options.store.unended().map((jobName) => folderOf(runner, jobName).root));
  discardLeftovers(options.jobsDir, needed).catch((error: unknown) => {
    // A platform that was closed at once leaves this to the next one.
    if (!runner.closed) options.warn({ error: messageOf(error) }, 'old job folders stay');
  });
  return runner;
}

/** Looks at a job: one look at a time, a look asked for meanwhile follows. */
export function look(runner: JobRunner, jobName: string): void {
  if (runner.closed) return;
  if (runner.busy.has(jobName)) {
    runner.again.add(jobName);
    return;
  }
  const work = advance(runner, jobName)
    .catch((error: unknown) =>
      runner.warn({ job_name: jobName, error: messageOf(error) }, 'a job could not be followed'),
    )
    .finally(() => {
      runner.busy.delete(jobName);
      if (runner.again.delete(jobName)) look(runner, jobName);
    });
  runner.busy.set(jobName, work);
}

/** Brings a running job one step on, whatever its state was left in by a process that died. */
async function advance(runner: JobRunner, jobName: string): Promise<void> {
  const row = runner.store.find(jobName);
  if (row === null || (row.status !== 'InProgress' && row.status !== 'Stopping')) return unwatch(runner, jobName);
  const folder = folderOf(runner, jobName);
  if (!existsSync(folder.root)) {
    const failed = await adoptFolder(runner, row, folder);
    if (failed !== null) return end(runner, row, folder, failed);
  }
  // Once: the folder is watched, and a look that wrote would call the next one, with no end and nothing between them.
  if (row.status === 'Stopping' && !existsSync(folder.stop)) writeFileSync(folder.stop, '');
  follow(runner, jobName, folder);
  const claim = readClaim(folder.claim);
  if (claim === null) return start(runner, row, folder);
  const alive = isRunning(claim);
  // Read after the supervisor was seen alive or dead: a dead one has written its last.
  const exit = readExit(folder.exit);
  if (exit !== null) return end(runner, row, folder, endOf(exit, reasonsOf(row)));
  if (alive) {
    // More than once does no harm, and a signal lost with a server that died is sent again.
    if (row.status === 'Stopping') sendSignal(claim.pid, 'SIGTERM');
    return runner.changed(jobName);
  }
  endOrphans(folder);
  const progress = readStatus(folder.status);
  const at = runner.now().toISOString();
  return end(runner, row, folder, lostEnd({ stopping: row.status === 'Stopping', progress, at }, reasonsOf(row)));
}

/** What is said of this job, in its language. */
function reasonsOf({ request }: JobRow): JobReasons {
  return jobReasons[request.language ?? 'en'];
}

async function start(runner: JobRunner, row: JobRow, folder: JobFolder): Promise<void> {
  const { jobName } = row;
  if (runner.supervised.has(jobName)) return;
  if ((runner.failedStarts.get(jobName) ?? 0) >= MAX_FAILED_STARTS) {
    const reason = reasonsOf(row).supervisorStartsNot(supervisorSaid(folder));
    return end(runner, row, folder, platformEnd(reason, runner.now().toISOString()));
  }
  runner.supervised.add(jobName);
  spawnSupervisor(runner.supervisorProgram(), folder, runner.secrets(), () => {
    runner.supervised.delete(jobName);
    if (readClaim(folder.claim) === null) runner.failedStarts.set(jobName, (runner.failedStarts.get(jobName) ?? 0) + 1);
    look(runner, jobName);
  });
}

async function end(runner: JobRunner, row: JobRow, folder: JobFolder, outcome: JobEnd): Promise<void> {
  await finishJob(runner, row, folder, outcome);
  unwatch(runner, row.jobName);
  runner.failedStarts.delete(row.jobName);
  runner.changed(row.jobName);
  pump(runner);
}

/** Starts what may start now, in the order of the store. */
export function pump(runner: JobRunner): void {
  while (!runner.closed) {
    const next = runner.store.takeNext(runner.slots, runner.now().toISOString());
    if (next === null) return;
    runner.changed(next.jobName);
    look(runner, next.jobName);
  }
}

/** Looks at every running job; also what a restarted server does first. */
export function tick(runner: JobRunner): void {
  for (const jobName of runner.store.active()) look(runner, jobName);
  pump(runner);
}

function follow(runner: JobRunner, jobName: string, folder: JobFolder): void {
  if (runner.watchers.has(jobName) || runner.closed) return;
  try {
    const watcher = watch(folder.state, { persistent: false }, () => look(runner, jobName));
    watcher.on('error', () => unwatch(runner, jobName));
    runner.watchers.set(jobName, watcher);
  } catch {
    // No watches left on this machine: the poll sees it, a little later.
  }
}

function unwatch(runner: JobRunner, jobName: string): void {
  runner.watchers.get(jobName)?.close();
  runner.watchers.delete(jobName);
}

/** Ends the following, not the jobs: another platform on the same folder finds them again. */
export async function closeRunner(runner: JobRunner): Promise<void> {
  runner.closed = true;
  for (const jobName of runner.watchers.keys()) unwatch(runner, jobName);
  await Promise.all(runner.busy.values());
}
