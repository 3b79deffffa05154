import { dirname } from 'node:path';
import type { JobRequest } from '../../../ports/job-platform.js';
import { program } from '../../../root.js';

/** How a program of the port is started on this machine. */
export interface JobCommand {
  command: string;
  args: string[];
  environment?: Record<string, string>;
}

/** Asked at every start, so that a program that is not there yet only fails its own job. */
export type JobCommands = Record<JobRequest['program'], () => JobCommand>;

const nodeJob = (name: string) => (): JobCommand => ({ command: process.execPath, args: [program(`jobs/${name}`)] });

export function defaultCommands(params: { pythonPath: string; trainerDir: string }): JobCommands {
  return {
    trainer: () => ({
      command: params.pythonPath,
      args: ['-m', 'dandori_trainer', 'train'],
      environment: { PYTHONPATH: params.trainerDir, PYTHONUNBUFFERED: '1', PYTHONNOUSERSITE: '1' },
    }),
    'prepare-data': nodeJob('prepare-data'),
    // A model with an inference.py of its own is evaluated in the Python that serves it.
    evaluate: () => ({ ...nodeJob('evaluate')(), environment: { DANDORI_PYTHON: params.pythonPath } }),
    'profile-data': nodeJob('profile-data'),
  };
}

/** PATH of a job: the folder of its own program, then the system's. */
export function searchPath(command: JobCommand): string {
  return [dirname(command.command), '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(':');
}
