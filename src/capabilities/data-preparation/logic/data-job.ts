import { z } from 'zod';
import type { RunRef } from '../../../contracts/run-ref.js';
import type { ToolContext } from '../../../mcp/define-tool.js';
import type { JobDescription, JobRequest } from '../../../ports/job-platform.js';
import { failureOf, jobFailure, jobStatusSchema } from '../../ml-training/logic/job-view.js';

/** Limits of a data job; DuckDB spills to disk long before the memory limit. */
export const dataLimits = z.strictObject({
  max_runtime_minutes: z.number().positive().default(60),
  max_memory_mb: z.number().int().min(256).default(4096),
});
export type DataLimits = z.output<typeof dataLimits>;

/** What every tool that starts a job answers beside its result. */
export const jobAnswer = {
  /** Call the same tool again when this job has ended. */
  job_name: z.string(),
  status: jobStatusSchema,
  /** 0..100; null before the first progress line. */
  progress: z.number().nullable(),
  phase: z.string().nullable(),
  failure: jobFailure.nullable(),
};

/** The parts of a job request that follow from the limits. */
export function limitParts(limits: DataLimits): { limits: JobRequest['limits']; memoryLimitMb: string } {
  return {
    limits: { maxRuntimeSeconds: Math.ceil(limits.max_runtime_minutes * 60), maxMemoryMb: limits.max_memory_mb },
    // Half for DuckDB: Node, its buffers and the sort's overshoot need the rest.
    memoryLimitMb: String(Math.max(128, Math.min(2048, Math.floor(limits.max_memory_mb / 2)))),
  };
}

/** Name of a job's log: one an attempt, so that a later one does not overwrite what explains the earlier failure. */
export function logNameOf(base: string, run: RunRef | null): string {
  return run === null || (run.visit === 1 && run.attempt === 0) ? base : `${base}.${run.visit}.${run.attempt}`;
}

/** Starts a job or finds it, tells the caller's progress, and answers its state. */
export async function runDataJob(
  request: JobRequest,
  context: ToolContext,
): Promise<{ job: JobDescription; answer: JobAnswer }> {
  const job = await context.ports.jobs.startJob(request);
  if (job.progressPercent !== null)
    context.progress({ progress: job.progressPercent, message: job.phase ?? job.status });
  const answer = {
    job_name: job.jobName,
    status: job.status,
    progress: job.progressPercent,
    phase: job.phase,
    failure: failureOf(job),
  };
  return { job, answer };
}

export type JobAnswer = {
  job_name: string;
  status: JobDescription['status'];
  progress: number | null;
  phase: string | null;
  failure: z.output<typeof jobFailure> | null;
};
