import { join } from 'node:path';

/** Paths inside the attempt folder of a job; the supervisor and the platform agree on nothing else. */
export interface JobFolder {
  root: string;
  /** `DANDORI_ML_ROOT`: the tree of the SageMaker training contract. */
  ml: string;
  home: string;
  temporary: string;
  /** Holds the small files below; apart, so that watching it is quiet while the log grows. */
  state: string;
  /** Who supervises: made once, exclusively. */
  claim: string;
  status: string;
  exit: string;
  /** Exists when the job is to be stopped. */
  stop: string;
  spec: string;
  log: string;
  supervisorErrors: string;
}

export function jobFolder(root: string): JobFolder {
  return {
    root,
    ml: join(root, 'ml'),
    home: join(root, 'home'),
    temporary: join(root, 'tmp'),
    state: join(root, 'state'),
    claim: join(root, 'state', 'supervisor.json'),
    status: join(root, 'state', 'status.json'),
    exit: join(root, 'state', 'exit.json'),
    stop: join(root, 'state', 'stop'),
    spec: join(root, 'spec.json'),
    log: join(root, 'job.log'),
    supervisorErrors: join(root, 'supervisor.err'),
  };
}
