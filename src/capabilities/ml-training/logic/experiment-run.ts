import type { TrainInput } from './train-schema.js';
import { jobKey, type RunRef } from '../../../contracts/run-ref.js';
import type { TrainingReport } from '../../../contracts/training.js';
import type { ExperimentTracker, MetricPoint, RunStatus } from '../../../ports/experiment-tracker.js';
import type { JobDescription } from '../../../ports/job-platform.js';
import type { ObjectStore } from '../../../ports/object-store.js';
import type { Ports } from '../../../ports/ports.js';

/** Id of the experiment run of one training job; a run of a candidate algorithm is `{id}_{algorithm}`. */
export function experimentRunId(run: RunRef): string {
  return jobKey(run).replaceAll('/', '_');
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const textValues = (values: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));

/** The parameter of a user's own program: what is in it, not where this run keeps it, so that equal programs compare equal. */
async function scriptParam({ training_script_key: key }: TrainInput, objects: ObjectStore): Promise<object> {
  if (key === null) return {};
  return { script_sha256: (await objects.head({ key }))?.sha256 ?? 'no file' };
}

/** Opens the run of a training job, or finds it, with the parameters that are known before it. */
export async function openRun(
  { experiments, objects }: Pick<Ports, 'experiments' | 'objects'>,
  input: TrainInput,
  jobName: string,
): Promise<void> {
  const { run, training_spec: spec } = input;
  const runId = experimentRunId(run);
  await experiments.createRun({
    runId,
    experiment: input.experiment ?? run.training_id,
    runName: jobName,
    tags: {
      ...input.tags,
      training_id: run.training_id,
      visit: String(run.visit),
      attempt: String(run.attempt),
      job_name: jobName,
    },
  });
  const { task_type, target, algorithms, hyperparameters, class_imbalance_handling } = spec;
  const { time_ordered, cv_folds, seed, metric } = spec;
  const what = { task_type, target, algorithms, hyperparameters, class_imbalance_handling };
  const how = { time_ordered, cv_folds, seed, metric };
  const preprocessing = Object.entries(spec.preprocessing).map(([name, value]) => [`preprocessing.${name}`, value]);
  const params = textValues({
    ...what,
    ...how,
    ...Object.fromEntries(preprocessing),
    ...(await scriptParam(input, objects)),
  });
  await experiments.logBatch({ runId, params });
}

/** Metrics of a report as one flat table: `cv_*_mean`, `cv_*_std`, `train_*`, `validation_*`. */
export function flatMetrics(report: TrainingReport): Record<string, number> {
  const flat: [string, number][] = [];
  for (const [name, { mean, std }] of Object.entries(report.cv?.all ?? {})) {
    flat.push([`cv_${name}_mean`, mean], [`cv_${name}_std`, std]);
  }
  if (report.cv != null)
    flat.push([`cv_${report.cv.metric}_mean`, report.cv.mean], [`cv_${report.cv.metric}_std`, report.cv.std]);
  for (const [name, value] of Object.entries(report.train_metrics)) flat.push([`train_${name}`, value]);
  for (const [name, value] of Object.entries(report.validation_metrics)) flat.push([`validation_${name}`, value]);
  return Object.fromEntries(flat.filter(([, value]) => Number.isFinite(value)));
}

function points(values: Record<string, number>, timestamp: number): MetricPoint[] {
  return Object.entries(values).map(([key, value]) => ({ key, value, timestamp, step: 0 }));
}

const series = (key: string, values: number[], steps: number[], timestamp: number): MetricPoint[] =>
  values
    .map((value, index) => ({ key, value, timestamp, step: steps[index] ?? index + 1 }))
    .filter((point) => Number.isFinite(point.value));

async function logCandidates(
  experiments: ExperimentTracker,
  params: { parent: string; experiment: string; report: TrainingReport; timestamp: number },
): Promise<void> {
  const { parent, experiment, report, timestamp } = params;
  for (const candidate of report.candidates) {
    const runId = `${parent}_${candidate.algorithm}`;
    const chosen = String(candidate.algorithm === report.algorithm);
    const tags = {
      'mlflow.parentRunId': parent,
      training_id: report.training_id,
      algorithm: candidate.algorithm,
      chosen,
    };
    await experiments.createRun({ runId, experiment, runName: candidate.algorithm, tags });
    const all = Object.entries(candidate.all).flatMap(([name, { mean, std }]) => [
      [`cv_${name}_mean`, mean] as const,
      [`cv_${name}_std`, std] as const,
    ]);
    const scores = candidate.mean === null ? [] : [[`cv_${candidate.metric}_mean`, candidate.mean] as const];
    const values = Object.fromEntries([...all, ...scores, ['train_seconds', candidate.train_seconds] as const]);
    await experiments.logBatch({
      runId,
      params: { algorithm: candidate.algorithm, ...textValues(candidate.hyperparameters) },
      metrics: [...points(values, timestamp), ...series(`cv_${candidate.metric}`, candidate.scores, [], timestamp)],
      tags: candidate.error === null ? {} : { error: candidate.error.slice(0, 1000) },
    });
    await experiments.endRun({ runId, status: candidate.error === null ? 'FINISHED' : 'FAILED' });
  }
}

/** Adds what a finished training measured, one child run a candidate algorithm; doing it again changes nothing. */
export async function completeRun(
  experiments: ExperimentTracker,
  input: TrainInput,
  job: JobDescription,
  params: { report: TrainingReport | null; artifacts: string[] },
): Promise<void> {
  const runId = experimentRunId(input.run);
  const timestamp = Date.parse(job.endedAt ?? job.createdAt);
  const { report } = params;
  const metrics = points(job.metrics, timestamp);
  if (report !== null) {
    const curve = report.learning_curve;
    metrics.push(...points(flatMetrics(report), timestamp));
    if (report.cv != null) metrics.push(...series(`cv_${report.cv.metric}`, report.cv.scores, [], timestamp));
    if (curve != null) {
      metrics.push(...series(`learning_curve_train_${curve.metric}`, curve.train_scores, curve.train_sizes, timestamp));
      metrics.push(
        ...series(`learning_curve_validation_${curve.metric}`, curve.validation_scores, curve.train_sizes, timestamp),
      );
    }
    const experiment = input.experiment ?? input.run.training_id;
    await logCandidates(experiments, { parent: runId, experiment, report, timestamp });
  }
  await experiments.logBatch({
    runId,
    metrics,
    artifacts: params.artifacts,
    params:
      report === null
        ? {}
        : { chosen_algorithm: report.algorithm, chosen_hyperparameters: text(report.hyperparameters) },
    tags: report?.environment == null ? {} : { environment: text(report.environment).slice(0, 5000) },
  });
  await experiments.endRun({ runId, status: 'FINISHED' });
}

/** Marks the run of a job that did not end well. */
export async function failRun(experiments: ExperimentTracker, run: RunRef, job: JobDescription): Promise<void> {
  const runId = experimentRunId(run);
  const status: RunStatus = job.status === 'Stopped' ? 'KILLED' : 'FAILED';
  const reason = job.failureReason ?? job.status;
  await experiments.logBatch({ runId, tags: { failure_kind: job.failureKind ?? 'stopped', failure_reason: reason } });
  await experiments.endRun({ runId, status });
}
