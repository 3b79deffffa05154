import type { RunLine } from './api-types.js';

/** What people read as the status: the remark says more than the status that it belongs to. */
export function standing(run: Pick<RunLine, 'status' | 'remark'>): string {
  return run.remark ?? run.status;
}
