import type { ChildProcess } from 'node:child_process';
import { existsSync, linkSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { messageOf } from '../../../errors.js';
import { type JobReasons, jobReasons } from '../../../messages/job-reasons.js';
import { createRedactor, type Redactor } from '../../../redact.js';
import { hasErrorCode, writeFileAtomicSync } from '../atomic-file.js';
import { identifyProcess, jobProcesses, memoryOf, processesWithEnvironment, sendSignal } from '../process.js';
import { exitReason, readFailure, type Ending } from './exit-reason.js';
import { jobFolder, type JobFolder } from './folder.js';
import { launch } from './launch.js';
import { openLogFile, type LogFile } from './log-file.js';
import { createProgressScanner, type ProgressLine } from './progress-line.js';
import type { ExitRecord, SupervisorSpec, SupervisorStatus } from './records.js';

const STATUS_INTERVAL_MS = 100;
const MAX_METRICS = 64;

/** One supervised job in memory. */
interface Supervision {
  folder: JobFolder;
  spec: SupervisorSpec;
  redact: Redactor;
  log: LogFile;
  status: SupervisorStatus;
  /** Set when we end the job ourselves; the first reason stays. */
  ending: Ending | null;
  child: ChildProcess | null;
  timers: NodeJS.Timeout[];
  statusTimer: NodeJS.Timeout | null;
  startedMs: number;
}

/** Becomes the one supervisor of the folder; false when another one is already. */
function claim(folder: JobFolder): boolean {
  const temporary = `${folder.claim}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(identifyProcess(process.pid)));
  try {
    linkSync(temporary, folder.claim);
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeStatus(run: Supervision): void {
  run.status.heartbeat_at = new Date().toISOString();
  try {
    writeFileAtomicSync(run.folder.status, JSON.stringify(run.status), { durable: false });
  } catch {
    // A full disk: the job goes on, and the limit on free disk ends it.
  }
}

/** Writes soon; many changes in a short time make one write. */
function statusChanged(run: Supervision): void {
  run.statusTimer ??= setTimeout(() => {
    run.statusTimer = null;
    writeStatus(run);
  }, STATUS_INTERVAL_MS);
}

function takeProgress(run: Supervision, line: ProgressLine): void {
  const first = run.status.progress === null;
  run.status.progress = line.progress ?? run.status.progress;
  run.status.phase = line.phase ?? run.status.phase;
  for (const [name, value] of line.values) {
    if (name in run.status.metrics || Object.keys(run.status.metrics).length < MAX_METRICS)
      run.status.metrics[name] = value;
  }
  if (first) writeStatus(run);
  else statusChanged(run);
}

/** Ends everything that belongs to the job, also what left its group. */
function killAll(run: Supervision): void {
  const leader = run.child?.pid;
  const pids = new Set(processesWithEnvironment(`DANDORI_ML_ROOT=${run.folder.ml}`));
  if (leader !== undefined) for (const pid of jobProcesses(leader)) pids.add(pid);
  pids.delete(process.pid);
  // Once the leader has ended, its pid may be someone else's.
  if (leader !== undefined && (run.child?.exitCode !== null || run.child.signalCode !== null)) pids.delete(leader);
  for (const pid of pids) sendSignal(pid, 'SIGKILL');
}

function endJob(run: Supervision, ending: Ending, gently: boolean): void {
  if (run.ending !== null && gently) return;
  run.ending ??= ending;
  if (!gently) return killAll(run);
  // As on SageMaker, only the program itself gets the SIGTERM; it passes it on as it sees fit.
  if (run.child?.pid !== undefined) sendSignal(run.child.pid, 'SIGTERM');
  run.timers.push(setTimeout(() => killAll(run), run.spec.limits.grace_ms));
}

function reasonsOf({ spec }: Pick<Supervision, 'spec'>): JobReasons {
  return jobReasons[spec.language ?? 'en'];
}

function stopped(run: Supervision): Ending {
  return { kind: 'stopped', reason: reasonsOf(run).stopped };
}

function checkMemory(run: Supervision): void {
  if (run.child?.pid === undefined) return;
  const { residentKb, highWaterKb } = memoryOf(jobProcesses(run.child.pid));
  const nowMb = residentKb / 1024;
  const peakMb = Math.max(run.status.peak_memory_mb ?? 0, nowMb, highWaterKb / 1024);
  if (peakMb > 0) run.status.peak_memory_mb = Math.round(peakMb * 10) / 10;
  const limit = run.spec.limits.max_memory_mb;
  if (nowMb <= limit) return;
  const reason = reasonsOf(run).tooMuchMemory(Math.round(nowMb), limit);
  endJob(run, { kind: 'memory_limit', reason }, false);
}

/** Free space for us on the disk of the folder, in MB. */
function freeDiskMb(folder: JobFolder): number {
  const disk = statfsSync(folder.root);
  return (disk.bavail * disk.bsize) / 1_048_576;
}

function diskEnding(run: Supervision): Ending | null {
  const freeMb = freeDiskMb(run.folder);
  const floor = run.spec.limits.min_free_disk_mb;
  if (freeMb >= floor) return null;
  return { kind: 'disk', reason: reasonsOf(run).diskFull(Math.round(freeMb), floor) };
}

function checkLimits(run: Supervision): void {
  checkMemory(run);
  const full = diskEnding(run);
  if (full !== null) endJob(run, full, false);
  const { max_runtime_ms: limitMs } = run.spec.limits;
  // The monotonic clock: a changed date or a sleeping machine is not the job's time.
  if (performance.now() - run.startedMs < limitMs) return;
  endJob(run, { kind: 'time_limit', reason: reasonsOf(run).tooLong(limitMs / 1000) }, true);
}

function writeExit(
  run: Supervision,
  exit: { code: number | null; signal: string | null; ending: Ending | null },
): void {
  const record: ExitRecord = {
    exit_code: exit.code,
    signal: exit.signal,
    kind: exit.ending?.kind ?? null,
    reason: exit.ending === null ? null : run.redact.text(exit.ending.reason),
    peak_memory_mb: run.status.peak_memory_mb,
    started_at: run.status.started_at,
    ended_at: new Date().toISOString(),
    progress: run.status.progress,
    phase: run.status.phase,
    metrics: run.status.metrics,
  };
  try {
    writeFileAtomicSync(run.folder.exit, JSON.stringify(record), { durable: true });
  } catch {
    // A full disk: what the job wrote is worth nothing now, its end is worth telling.
    rmSync(run.folder.ml, { recursive: true, force: true });
    rmSync(run.folder.temporary, { recursive: true, force: true });
    writeFileAtomicSync(run.folder.exit, JSON.stringify(record), { durable: true });
  }
}

/** Starts the program and resolves when it and all its output have ended. */
function runProgram(run: Supervision): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    const child = launch(run.folder, run.spec);
    run.child = child;
    run.startedMs = performance.now();
    run.status.job_pid = child.pid ?? null;
    run.status.job_start_time = child.pid === undefined ? null : (identifyProcess(child.pid)?.startTime ?? null);
    writeStatus(run);
    for (const stream of [child.stdout, child.stderr]) {
      const scan = createProgressScanner((line) => takeProgress(run, line));
      stream?.on('data', (chunk: Buffer) => {
        run.log.write(chunk, stream);
        scan(chunk);
      });
    }
    for (const ms of [30, 150, 300]) run.timers.push(setTimeout(() => checkMemory(run), ms));
    run.timers.push(setInterval(() => checkLimits(run), run.spec.poll_ms));
    run.timers.push(setInterval(() => writeStatus(run), run.spec.heartbeat_ms));
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      // What the program left running would hold its pipes open and use the machine.
      killAll(run);
      const done = (): void => resolve({ code, signal });
      child.on('close', done);
      run.timers.push(setTimeout(done, 1000));
    });
  });
}

function openSupervision(folder: JobFolder, redact: Redactor): Supervision {
  const spec = JSON.parse(readFileSync(folder.spec, 'utf8')) as SupervisorSpec;
  const at = new Date().toISOString();
  return {
    folder,
    spec,
    redact,
    log: openLogFile(folder.log, spec.limits.max_log_bytes, redact),
    status: {
      heartbeat_at: at,
      started_at: at,
      job_pid: null,
      job_start_time: null,
      progress: null,
      phase: null,
      metrics: {},
      peak_memory_mb: null,
    },
    ending: null,
    child: null,
    timers: [],
    statusTimer: null,
    startedMs: performance.now(),
  };
}

async function runToEnd(run: Supervision): Promise<void> {
  const refused = existsSync(run.folder.stop) ? stopped(run) : diskEnding(run);
  if (refused !== null) return writeExit(run, { code: null, signal: null, ending: refused });
  const { code, signal } = await runProgram(run);
  const failure = readFailure(run.folder.ml);
  const reasons = reasonsOf(run);
  const ending = exitReason({ ending: run.ending, exitCode: code, signal, failure, tail: run.log.tail(), reasons });
  run.log.close();
  writeExit(run, { code, signal, ending });
}

/** Runs the job of a folder to its end and writes `exit.json`; does nothing when the job has a supervisor already. `secrets` come into no log. */
export async function supervise(root: string, secrets: readonly string[] = []): Promise<void> {
  const folder = jobFolder(root);
  let run: Supervision | null = null;
  const stop = (): void => {
    if (run?.child != null) endJob(run, stopped(run), true);
  };
  // Before the claim: whoever reads the claim may send the signal.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {});
  if (!claim(folder)) return;
  try {
    run = openSupervision(folder, createRedactor(secrets));
    await runToEnd(run);
  } catch (error) {
    if (run === null) throw error;
    killAll(run);
    const ending: Ending = {
      kind: 'platform',
      reason: reasonsOf(run).notSupervised(messageOf(error)).slice(0, 1024),
    };
    writeExit(run, { code: null, signal: null, ending });
  } finally {
    for (const timer of run?.timers ?? []) clearTimeout(timer);
    if (run?.statusTimer != null) clearTimeout(run.statusTimer);
  }
}
