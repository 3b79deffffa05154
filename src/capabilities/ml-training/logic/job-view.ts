import { z } from 'zod';
import type { JobDescription } from '../../../ports/job-platform.js';

export const jobStatusSchema = z.enum(['Pending', 'InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped']);

/** Why a job ended badly: `kind` for code, `reason` for people. */
export const jobFailure = z.object({
  kind: z.enum(['program', 'time_limit', 'memory_limit', 'disk', 'killed', 'platform', 'stopped']),
  reason: z.string(),
  exit_code: z.number().nullable(),
});
export type JobFailure = z.output<typeof jobFailure>;

/** The failure of a job that failed or was stopped; null while it runs or when it went well. */
export function failureOf(job: JobDescription): JobFailure | null {
  if (job.status !== 'Failed' && job.status !== 'Stopped') return null;
  return {
    kind: job.failureKind ?? (job.status === 'Stopped' ? 'stopped' : 'platform'),
    reason: job.failureReason ?? `The job is ${job.status}.`,
    exit_code: job.exitCode,
  };
}

export const jobView = z.object({
  job_name: z.string(),
  status: jobStatusSchema,
  progress: z.number().nullable(),
  phase: z.string().nullable(),
  metrics: z.record(z.string(), z.number()),
  failure: jobFailure.nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  heartbeat_at: z.string().nullable(),
  /** Between start and end, or until now. */
  running_time_minutes: z.number().nullable(),
  peak_memory_mb: z.number().nullable(),
  /** Null while it runs, and without a price per hour. */
  estimated_cost_usd: z.number().nullable(),
  output_prefix: z.string(),
});

/** Minutes between the start and the end of a job, or until `now`; null before the start. */
export function minutesOf(job: JobDescription, now: Date): number | null {
  if (job.startedAt === null) return null;
  const endMs = job.endedAt === null ? now.getTime() : Date.parse(job.endedAt);
  return Math.max(0, Math.round((endMs - Date.parse(job.startedAt)) / 6) / 10_000);
}

export function viewOf(job: JobDescription, now: Date): z.input<typeof jobView> {
  return {
    job_name: job.jobName,
    status: job.status,
    progress: job.progressPercent,
    phase: job.phase,
    metrics: job.metrics,
    failure: failureOf(job),
    created_at: job.createdAt,
    started_at: job.startedAt,
    ended_at: job.endedAt,
    heartbeat_at: job.heartbeatAt,
    running_time_minutes: minutesOf(job, now),
    peak_memory_mb: job.peakMemoryMb,
    estimated_cost_usd: job.estimatedCostUsd,
    output_prefix: job.outputPrefix,
  };
}
