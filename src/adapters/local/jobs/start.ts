import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { messageOf } from '../../../errors.js';
import { jobReasons } from '../../../messages/job-reasons.js';
import { hasErrorCode } from '../atomic-file.js';
import { buildJobFolder } from './build-folder.js';
import { searchPath, type JobCommand } from './commands.js';
import type { JobFolder } from './folder.js';
import { platformEnd } from './outcome.js';
import type { SupervisorSpec } from './records.js';
import type { JobRunner } from './runner.js';
import type { JobEnd, JobRow } from './store.js';

const POLL_MS = 500;

function specOf(runner: JobRunner, row: JobRow, command: JobCommand): SupervisorSpec {
  const { request } = row;
  const { language = 'en' } = request;
  return {
    format: 1,
    job_name: request.jobName,
    command: command.command,
    args: command.args,
    environment: { ...request.environment, ...command.environment, DANDORI_LANGUAGE: language },
    language,
    search_path: searchPath(command),
    limits: {
      ...runner.limits,
      max_runtime_ms: request.limits.maxRuntimeSeconds * 1000,
      max_memory_mb: request.limits.maxMemoryMb,
    },
    heartbeat_ms: runner.heartbeatMs,
    poll_ms: POLL_MS,
  };
}

/** Makes the job's folder; answers how the job ends when that fails, else null. */
export async function adoptFolder(runner: JobRunner, row: JobRow, folder: JobFolder): Promise<JobEnd | null> {
  try {
    const spec = specOf(runner, row, runner.commands[row.request.program]());
    const { objects, jobsDir } = runner;
    await buildJobFolder({ request: row.request, spec, objects, jobsDir, target: folder.root });
    return null;
  } catch (error) {
    const kind = hasErrorCode(error, 'ENOSPC', 'EDQUOT') ? 'disk' : 'platform';
    const { language } = row.request;
    const reason = jobReasons[language ?? 'en'].notStarted(messageOf(error));
    return platformEnd(reason, runner.now().toISOString(), kind);
  }
}

/**
 * Starts a supervisor that outlives us; `ended` is called when it has ended or could not start. It hears of `secrets` on its
 * standard input: no environment, no argument and no file shows them to the job.
 */
export function spawnSupervisor(
  program: string,
  folder: JobFolder,
  secrets: readonly string[],
  ended: () => void,
): void {
  const errors = openSync(folder.supervisorErrors, 'a', 0o600);
  try {
    const child = spawn(process.execPath, [program, folder.root], {
      detached: true,
      cwd: folder.root,
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
      stdio: ['pipe', 'ignore', errors],
    });
    // One that ended at once reads nothing.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(JSON.stringify(secrets));
    child.on('error', ended);
    child.on('exit', ended);
    child.unref();
  } finally {
    closeSync(errors);
  }
}

/** What supervisors that did not start printed; for the reason of the failure. */
export function supervisorSaid(folder: JobFolder): string {
  try {
    const text = readFileSync(folder.supervisorErrors, 'utf8');
    // The line that names the error says more than the stack behind it.
    const from = text.search(/^\w*Error\b/m);
    return from === -1 ? text.slice(-600) : text.slice(from, from + 600);
  } catch {
    return '';
  }
}
