import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../../errors.js';
import { textOf } from '../../../messages/failures.js';
import { hasErrorCode } from '../atomic-file.js';
import { isRunning, jobProcesses, processesWithEnvironment, sendSignal } from '../process.js';
import { sweepBuildings } from './build-folder.js';
import { jobFolder, type JobFolder } from './folder.js';
import { platformEnd } from './outcome.js';
import { discardWork, storeLog, storeOutputs } from './outputs.js';
import { readStatus } from './records.js';
import type { JobRunner } from './runner.js';
import type { JobEnd, JobRow } from './store.js';

function storingFailed(error: unknown, outcome: JobEnd, language: 'en' | 'ja'): JobEnd {
  const noSpace = hasErrorCode(error, 'ENOSPC', 'EDQUOT');
  const kind = codeOf(error) === 'job_failed' ? 'program' : noSpace ? 'disk' : 'platform';
  const { exitCode, progress, startedAt } = outcome;
  return { ...platformEnd(textOf(error, language), outcome.endedAt, kind), exitCode, progress, startedAt };
}

/** Stores what the job made, then says how it ended, then frees its disk; a kill in between is mended by doing it again. */
export async function finishJob(runner: JobRunner, row: JobRow, folder: JobFolder, outcome: JobEnd): Promise<void> {
  let final = outcome;
  if (outcome.status === 'Completed') {
    try {
      await storeOutputs(row.request, folder, runner.objects);
    } catch (error) {
      final = storingFailed(error, outcome, row.request.language ?? 'en');
    }
  }
  await storeLog(row.request, folder, runner.objects).catch((error: unknown) => {
    // A job that never started has no log.
    if (hasErrorCode(error, 'ENOENT')) return;
    runner.warn({ job_name: row.jobName, error: messageOf(error) }, 'the log of a job was not kept');
  });
  runner.store.finish(row.jobName, final);
  await discardWork(folder);
}

/** Ends what a job left running when its supervisor died. */
export function endOrphans(folder: JobFolder): void {
  const pids = new Set(processesWithEnvironment(`DANDORI_ML_ROOT=${folder.ml}`));
  const status = readStatus(folder.status);
  if (status?.job_pid != null && status.job_start_time !== null) {
    const leader = { pid: status.job_pid, startTime: status.job_start_time };
    if (isRunning(leader)) for (const pid of jobProcesses(leader.pid)) pids.add(pid);
  }
  for (const pid of pids) sendSignal(pid, 'SIGKILL');
}

/** Frees what servers that were killed did not come to free; `needed` names the folders of jobs that still wait or run. */
export async function discardLeftovers(jobsDir: string, needed: () => Set<string>): Promise<void> {
  await sweepBuildings(jobsDir);
  const names = await readdir(jobsDir);
  // Asked after the listing: a folder made later is not in it, one made before has its row.
  const keep = needed();
  for (const name of names) {
    const folder = jobFolder(join(jobsDir, name));
    if (name.startsWith('.') || keep.has(folder.root) || !existsSync(folder.ml)) continue;
    await discardWork(folder);
  }
}
