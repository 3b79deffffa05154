import { spawn, type ChildProcess } from 'node:child_process';
import type { JobFolder } from './folder.js';
import type { SupervisorSpec } from './records.js';

/**
 * Limits that only a process can set for itself, then the program in its place: no core dumps, a largest file, and on
 * Linux a raised chance to be the one that the kernel ends when memory runs out, rather than the server.
 */
const SHELL = [
  'ulimit -c 0',
  'ulimit -f "$1" || exit 126',
  '[ -w /proc/self/oom_score_adj ] && echo 500 2>/dev/null >/proc/self/oom_score_adj',
  'shift',
  'exec "$@"',
].join('\n');

/** The whole environment of a job: what the contract asks for and what the request adds, nothing of the server's. */
function jobEnvironment(folder: JobFolder, spec: SupervisorSpec): Record<string, string> {
  return {
    ...spec.environment,
    PATH: spec.search_path,
    LANG: 'C.UTF-8',
    HOME: folder.home,
    TMPDIR: folder.temporary,
    // ONNX Runtime would report the models of trainers and scripts to its makers.
    ORT_DISABLE_TELEMETRY: '1',
    DANDORI_ML_ROOT: folder.ml,
    TRAINING_JOB_NAME: spec.job_name,
    TRAINING_JOB_ARN: `arn:local:training-job/${spec.job_name}`,
  };
}

/** Starts the program of the job as the leader of its own session and process group. */
export function launch(folder: JobFolder, spec: SupervisorSpec): ChildProcess {
  const blocks = String(Math.ceil(spec.limits.max_file_mb * 2048));
  return spawn('/bin/sh', ['-c', SHELL, 'dandori-job', blocks, spec.command, ...spec.args], {
    detached: true,
    cwd: folder.home,
    env: jobEnvironment(folder, spec),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
