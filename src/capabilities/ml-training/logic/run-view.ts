import { z } from 'zod';
import type { ExperimentRun } from '../../../ports/experiment-tracker.js';

export const runView = z.object({
  run_id: z.string(),
  experiment: z.string(),
  run_name: z.string(),
  status: z.enum(['RUNNING', 'FINISHED', 'FAILED', 'KILLED']),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  parent_run_id: z.string().nullable(),
  params: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), z.number()),
  tags: z.record(z.string(), z.string()),
});

const time = (ms: number): string => new Date(ms).toISOString();

export function viewOfRun(run: ExperimentRun): z.input<typeof runView> {
  return {
    run_id: run.runId,
    experiment: run.experiment,
    run_name: run.runName,
    status: run.status,
    started_at: time(run.startTime),
    ended_at: run.endTime === null ? null : time(run.endTime),
    parent_run_id: run.tags['mlflow.parentRunId'] ?? null,
    params: run.params,
    metrics: run.metrics,
    tags: run.tags,
  };
}

/** Metrics where less is better, by the last part of their name (`validation_rmse`, `cv_log_loss_mean`). */
export function lowerIsBetter(metric: string): boolean {
  return /(^|_)(rmse|mse|mae|mape|loss|error|std|seconds)(_mean)?$/.test(metric);
}
