import type { JobReasons } from '../../../messages/job-reasons.js';
import type { ExitRecord } from './records.js';
import type { JobEnd } from './store.js';

const nothingYet: JobEnd['progress'] = { progress: null, phase: null, metrics: {}, peak_memory_mb: null };

/** What an exit record means for the port: SageMaker's status, and why it ended badly. */
export function endOf(exit: ExitRecord, reasons: JobReasons): JobEnd {
  const { kind } = exit;
  const progress = {
    progress: kind === null ? 100 : exit.progress,
    phase: exit.phase,
    metrics: exit.metrics,
    peak_memory_mb: exit.peak_memory_mb,
  };
  const common = { exitCode: exit.exit_code, startedAt: exit.started_at, endedAt: exit.ended_at, progress };
  if (kind === null) return { ...common, status: 'Completed', failureKind: null, failureReason: null };
  if (kind === 'stopped') return { ...common, status: 'Stopped', failureKind: null, failureReason: exit.reason };
  return { ...common, status: 'Failed', failureKind: kind, failureReason: exit.reason ?? reasons.unknown(kind) };
}

/** The end of a job whose supervisor died: the platform's fault, unless it was being stopped anyway. */
export function lostEnd(
  params: { stopping: boolean; progress: JobEnd['progress'] | null; at: string },
  reasons: JobReasons,
): JobEnd {
  return {
    status: params.stopping ? 'Stopped' : 'Failed',
    failureKind: params.stopping ? null : 'platform',
    failureReason: params.stopping ? reasons.stopped : reasons.supervisorLost,
    exitCode: null,
    startedAt: null,
    endedAt: params.at,
    progress: params.progress ?? nothingYet,
  };
}

/** The end of a job that the platform could not start or store. */
export function platformEnd(reason: string, at: string, kind: 'platform' | 'program' | 'disk' = 'platform'): JobEnd {
  return {
    status: 'Failed',
    failureKind: kind,
    failureReason: reason.slice(0, 1024),
    exitCode: null,
    startedAt: null,
    endedAt: at,
    progress: nothingYet,
  };
}
