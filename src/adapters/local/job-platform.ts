import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../db.js';
import { DandoriError, messageOf } from '../../errors.js';
import type { JobDescription, JobPlatform, JobRequest } from '../../ports/job-platform.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { program } from '../../root.js';
import { hasErrorCode } from './atomic-file.js';
import { defaultCommands, type JobCommands } from './jobs/commands.js';
import { platformEnd } from './jobs/outcome.js';
import { readStatus } from './jobs/records.js';
import { requireJobRequest } from './jobs/request.js';
import { closeRunner, createJobRunner, folderOf, look, pump, tick, type JobRunner } from './jobs/runner.js';
import { createJobStore, type JobRow, type JobStore } from './jobs/store.js';

export interface LocalJobPlatformOptions {
  db: Database;
  /** Attempt folders go to `jobs/` in it. */
  stateDir: string;
  objects: ObjectStore;
  /** More wait in the order of their start. */
  maxConcurrentJobs?: number;
  /** What an hour of this machine costs in USD; null or absent: no price is known. */
  pricePerHourUsd?: number | null;
  /** Python of the trainer's virtual environment. */
  pythonPath: string;
  /** Folder that holds the package `dandori_trainer`. */
  trainerDir: string;
  now?: () => Date;
  logger?: { warn(details: object, message: string): void };
  /** What jobs may not print, asked at every start. */
  secrets?: () => readonly string[];
  /** Replaces how a program is started, e.g. by a user's own trainer. */
  commands?: Partial<JobCommands>;
  /** Compiled supervisor, asked for at every start when it is a function; default `dist/jobs/supervisor.js`. */
  supervisorProgram?: string | (() => string);
  /** Between SIGTERM and SIGKILL. */
  graceMs?: number;
  maxLogBytes?: number;
  /** Largest single file a job may write. */
  maxFileMb?: number;
  /** A job is not started, or ended, when less disk is free. */
  minFreeDiskMb?: number;
  heartbeatMs?: number;
  /** Fallback where file watching is late or missing. */
  pollMs?: number;
}

/** The job platform of this machine; `close` ends the following, jobs run on. */
export interface LocalJobPlatform extends JobPlatform {
  close(): Promise<void>;
}

function runnerFor(options: LocalJobPlatformOptions, store: JobStore, changed: (jobName: string) => void): JobRunner {
  return createJobRunner({
    store,
    changed,
    objects: options.objects,
    jobsDir: join(options.stateDir, 'jobs'),
    commands: { ...defaultCommands(options), ...options.commands },
    supervisorProgram: () => {
      const { supervisorProgram: own } = options;
      return typeof own === 'function' ? own() : (own ?? program('jobs/supervisor'));
    },
    secrets: options.secrets ?? (() => []),
    slots: options.maxConcurrentJobs ?? 10,
    limits: {
      grace_ms: options.graceMs ?? 10_000,
      max_log_bytes: options.maxLogBytes ?? 50_000_000,
      max_file_mb: options.maxFileMb ?? 20_480,
      min_free_disk_mb: options.minFreeDiskMb ?? 512,
    },
    heartbeatMs: options.heartbeatMs ?? 2000,
    now: options.now ?? (() => new Date()),
    warn: (details, message) => options.logger?.warn(details, message),
  });
}

const hourMs = 3_600_000;

function costOf({ startedAt, end }: JobRow, pricePerHourUsd: number | null): number | null {
  if (pricePerHourUsd === null || startedAt === null || end === null) return null;
  return (Math.max(0, Date.parse(end.endedAt) - Date.parse(startedAt)) / hourMs) * pricePerHourUsd;
}

function describe(runner: JobRunner, row: JobRow, pricePerHourUsd: number | null): JobDescription {
  const running = row.status === 'InProgress' || row.status === 'Stopping';
  const status = running ? readStatus(folderOf(runner, row.jobName).status) : null;
  const progress = row.end?.progress ?? status;
  return {
    jobName: row.jobName,
    status: row.status,
    failureReason: row.end?.failureReason ?? null,
    failureKind: row.end?.failureKind ?? null,
    exitCode: row.end?.exitCode ?? null,
    progressPercent: progress?.progress ?? null,
    phase: progress?.phase ?? null,
    metrics: progress?.metrics ?? {},
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    endedAt: row.end?.endedAt ?? null,
    peakMemoryMb: progress?.peak_memory_mb ?? null,
    estimatedCostUsd: costOf(row, pricePerHourUsd),
    heartbeatAt: status?.heartbeat_at ?? row.end?.endedAt ?? null,
    outputPrefix: row.request.outputPrefix,
  };
}

/** Tells watchers of changes in status, progress or metrics, and of nothing else. */
function createAnnouncer(read: (jobName: string) => JobDescription | null, warn: (error: unknown) => void) {
  const watchers = new Set<(job: JobDescription) => void>();
  const last = new Map<string, string>();
  const started = new Set<string>();
  return {
    watchers,
    /** Jobs that were told to run and not yet to have ended. Those that wait are left out: they may be many, and only we start them. */
    untold: () => [...started],
    announce(jobName: string): void {
      const job = read(jobName);
      if (job === null) return;
      const seen = JSON.stringify([job.status, job.progressPercent, job.phase, job.metrics]);
      if (last.get(jobName) === seen) return;
      if (job.endedAt === null) last.set(jobName, seen);
      else last.delete(jobName);
      if (job.status === 'Pending' || job.endedAt !== null) started.delete(jobName);
      else started.add(jobName);
      for (const watcher of watchers) {
        try {
          watcher(job);
        } catch (error) {
          warn(error);
        }
      }
    },
  };
}

const LOG_CHUNK_BYTES = 65_536;

/** Whole lines from `offset`; a line that is longer than a chunk, or the last one of an ended job, comes as it is. */
async function readLines(path: string, offset: number, ended: boolean): Promise<{ text: string; nextOffset: number }> {
  const handle = await open(path, 'r');
  try {
    const chunk = Buffer.alloc(LOG_CHUNK_BYTES);
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, Math.max(0, Math.trunc(offset)));
    const bytes = chunk.subarray(0, bytesRead);
    const lineEnd = bytes.lastIndexOf(10) + 1;
    const whole = lineEnd > 0 && !(ended && bytesRead < chunk.length) ? lineEnd : bytesRead;
    const length = lineEnd === 0 && !ended && bytesRead < chunk.length ? 0 : whole;
    return { text: bytes.subarray(0, length).toString('utf8'), nextOffset: offset + length };
  } finally {
    await handle.close();
  }
}

async function readLogOf(
  runner: JobRunner,
  row: JobRow,
  offset: number,
): Promise<{ text: string; nextOffset: number }> {
  try {
    return await readLines(folderOf(runner, row.jobName).log, offset, row.end !== null);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return { text: '', nextOffset: offset };
    throw error;
  }
}

const absent = (jobName: string): DandoriError =>
  new DandoriError('not_found', `The job ${jobName.slice(0, 200)} does not exist.`, {
    next: 'list the jobs of its training to see their names.',
  });

async function start(runner: JobRunner, request: JobRequest): Promise<void> {
  requireJobRequest(request);
  if (runner.store.find(request.jobName) === null) {
    // Missing inputs are the caller's mistake: told now, not by a failed job.
    for (const { key } of Object.values(request.channels).flat()) await runner.objects.getFile({ key });
    if (runner.store.add(request, runner.now().toISOString())) runner.changed(request.jobName);
  }
  pump(runner);
}

function stop(runner: JobRunner, jobName: string): void {
  const at = runner.now().toISOString();
  const never = platformEnd('The job was stopped before it started.', at);
  const dropped = runner.store.dropPending(jobName, { ...never, status: 'Stopped', failureKind: null });
  if (dropped || runner.store.markStopping(jobName)) runner.changed(jobName);
  look(runner, jobName);
}

/** Jobs as child processes of their own supervisors; both outlive this process and are found again by the next one. */
export function createLocalJobPlatform(options: LocalJobPlatformOptions): LocalJobPlatform {
  const store = createJobStore(options.db);
  const warn = (error: unknown): void => options.logger?.warn({ error: messageOf(error) }, 'following the jobs failed');
  const view = (row: JobRow): JobDescription => describe(runner, row, options.pricePerHourUsd ?? null);
  const read = (jobName: string): JobDescription | null => {
    const row = store.find(jobName);
    return row === null ? null : view(row);
  };
  const { watchers, announce, untold } = createAnnouncer(read, warn);
  const runner = runnerFor(options, store, announce);
  const find = (jobName: string): JobRow => {
    const row = store.find(jobName);
    if (row === null) throw absent(jobName);
    return row;
  };
  const poll = setInterval(() => {
    try {
      tick(runner);
      for (const jobName of untold()) announce(jobName);
    } catch (error) {
      warn(error);
    }
  }, options.pollMs ?? 1000);
  poll.unref();
  tick(runner);
  return {
    async startJob(request) {
      await start(runner, request);
      return view(find(request.jobName));
    },
    describeJob: async ({ jobName }) => view(find(jobName)),
    stopJob: async ({ jobName }) => stop(runner, find(jobName).jobName),
    listJobs: async (like) => store.list(like).map(view),
    readLog: async ({ jobName, offset }) => readLogOf(runner, find(jobName), offset),
    watch(onChange) {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
    async close() {
      clearInterval(poll);
      await closeRunner(runner);
    },
  };
}
