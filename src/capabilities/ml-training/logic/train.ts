import { availableParallelism } from 'node:os';
import { jobKey, type RunRef } from '../../../contracts/run-ref.js';
import type { ArtefactName } from '../../../contracts/python-model.js';
import { trainingReport, type HyperparameterValue, type TrainingReport } from '../../../contracts/training.js';
import { DandoriError } from '../../../errors.js';
import { failure } from '../../../messages/failures.js';
import { runFailures } from '../../../messages/run-failures.js';
import type { ToolContext } from '../../../mcp/define-tool.js';
import type { JobDescription, JobRequest } from '../../../ports/job-platform.js';
import { findJson } from '../../shared/json-objects.js';
import { findArtefact, trainedModel } from '../../shared/model-files.js';
import { completeRun, experimentRunId, failRun, flatMetrics, openRun } from './experiment-run.js';
import { failureOf, minutesOf } from './job-view.js';
import type { TrainInput, TrainOutput, TrainResult } from './train-schema.js';

/** Where a training's outputs are kept, without the state, which is always the same. */
export function trainingPrefix(run: RunRef): string {
  return `trainings/${run.training_id}/${run.visit}/${run.attempt}`;
}

const flat = (value: HyperparameterValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Script mode of the training contract: the program lies in the channel `code` and gets the hyperparameters that are its own. */
function scriptParts(input: TrainInput): Pick<JobRequest, 'hyperparameters' | 'channels'> {
  const key = input.training_script_key;
  if (key === null) return { hyperparameters: {}, channels: {} };
  const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const hooksKey = input.inference_script_key;
  const fileName = nameOf(key);
  const { hyperparameters, algorithms } = input.training_spec;
  const own = hyperparameters['training_script'] ?? hyperparameters[algorithms[0] ?? ''] ?? {};
  const values = Object.entries(own).filter(([name]) => !/^(?:sagemaker|dandori)_/.test(name));
  return {
    channels: {
      code: [{ key, fileName }, ...(hooksKey === undefined ? [] : [{ key: hooksKey, fileName: nameOf(hooksKey) }])],
    },
    hyperparameters: {
      ...Object.fromEntries(values.map(([name, value]) => [name, flat(value)])),
      sagemaker_program: fileName,
      sagemaker_submit_directory: '/opt/ml/input/data/code',
      ...(hooksKey === undefined ? {} : { dandori_inference_script: nameOf(hooksKey) }),
    },
  };
}

/** The job of one attempt: everything in it follows from the input, so that a retry of the call starts the same job. */
export function trainingJob(input: TrainInput): JobRequest {
  const { run } = input;
  const script = scriptParts(input);
  const first = run.visit === 1 && run.attempt === 0;
  return {
    jobName: jobKey(run),
    trainingId: run.training_id,
    // One log an attempt: a later one does not overwrite what explains the earlier failure.
    logName: first ? 'training' : `training.${run.visit}.${run.attempt}`,
    program: 'trainer',
    language: input.language,
    hyperparameters: script.hyperparameters,
    channels: {
      train: [{ key: input.train_key, fileName: 'train.parquet' }],
      validation: [{ key: input.validation_key, fileName: 'validation.parquet' }],
      ...script.channels,
    },
    documents: [{ channel: 'spec', fileName: 'training_spec.json', json: input.training_spec }],
    outputPrefix: trainingPrefix(run),
    limits: { maxRuntimeSeconds: input.limits.max_runtime_seconds, maxMemoryMb: input.limits.max_memory_mb },
  };
}

function requireTrainable(input: TrainInput): void {
  if (input.training_script_key === null && input.training_spec.algorithms.length === 0) {
    throw new DandoriError('invalid_input', `The training of ${input.run.training_id} names no algorithm.`, {
      allowed: 'at least one algorithm, or a training_script_key',
    });
  }
  if (input.inference_script_key !== undefined && input.training_script_key === null) {
    throw new DandoriError('invalid_input', `The training of ${input.run.training_id} has hooks but no program.`, {
      allowed: 'inference_script_key with a training_script_key only',
    });
  }
  if (input.training_spec.training_id === input.run.training_id) return;
  throw new DandoriError('invalid_input', `The training spec belongs to another run than ${input.run.training_id}.`, {
    found: `training_spec.training_id ${input.training_spec.training_id}`,
    allowed: input.run.training_id,
  });
}

function missingOutput(job: JobDescription, file: string): DandoriError {
  return failure('job_failed', runFailures.modelMissing({ jobName: job.jobName, file }));
}

function unplannedHooks(job: JobDescription): DandoriError {
  return failure('not_allowed', runFailures.ownHooks({ jobName: job.jobName }));
}

/** What the plan says that the model is; hooks that nobody approved are no model. */
function artefactFor(input: TrainInput): ArtefactName {
  return input.inference_script_key === undefined ? 'model.onnx' : 'python_model.json';
}

function resultOf(input: TrainInput, job: JobDescription, report: TrainingReport | null, now: Date): TrainResult {
  const prefix = job.outputPrefix;
  const cv = report?.cv ?? null;
  return {
    training_job_name: job.jobName,
    model_key: `${prefix}/model/${artefactFor(input)}`,
    signature_key: `${prefix}/model/signature.json`,
    training_report_key: report === null ? null : `${prefix}/model/training_report.json`,
    output_prefix: prefix,
    algorithm: report?.algorithm ?? 'custom_script',
    hyperparameters: report?.hyperparameters ?? {},
    training_metrics: report === null ? job.metrics : flatMetrics(report),
    cross_validation:
      cv === null ? null : { metric: cv.metric, folds: cv.folds, mean: cv.mean, std: cv.std, scores: cv.scores },
    candidates: (report?.candidates ?? []).map(({ algorithm, metric, mean, std, train_seconds, error }) => {
      return { algorithm, metric, mean, std, train_seconds, error: error?.slice(0, 500) ?? null };
    }),
    class_balance: report?.class_balance ?? null,
    experiment_run_id: experimentRunId(input.run),
    resource_usage: {
      instance_type: 'local',
      cpu_count: report?.environment?.cpu_count ?? availableParallelism(),
      spot_instance_used: false,
      training_time_minutes: minutesOf(job, now) ?? 0,
      peak_memory_mb: job.peakMemoryMb,
      estimated_cost_usd: job.estimatedCostUsd,
      cost_note:
        job.estimatedCostUsd === null
          ? 'No price per hour is set (DANDORI_PRICE_PER_HOUR); time and memory are what the job used.'
          : 'Running time times the price per hour that is set (DANDORI_PRICE_PER_HOUR).',
    },
  };
}

async function finished(input: TrainInput, job: JobDescription, context: ToolContext): Promise<TrainResult> {
  const { objects, experiments } = context.ports;
  const model = `${job.outputPrefix}/model`;
  const artefact = artefactFor(input);
  for (const file of [artefact, 'signature.json']) {
    if ((await objects.head({ key: `${model}/${file}` })) === null) throw missingOutput(job, file);
  }
  if ((await findArtefact(objects, trainedModel(job.outputPrefix))) !== artefact) throw unplannedHooks(job);
  const report = await findJson(objects, `${model}/training_report.json`, trainingReport);
  const stored = await objects.list({ prefix: `${job.outputPrefix}/` });
  await completeRun(experiments, input, job, { report, artifacts: stored.map((info) => info.key).slice(0, 100) });
  return resultOf(input, job, report, context.now());
}

/** Starts the training of this attempt or finds it, and answers where it is; when it has completed, what came of it. */
export async function train(input: TrainInput, context: ToolContext): Promise<TrainOutput> {
  requireTrainable(input);
  const request = trainingJob(input);
  const { jobs, experiments } = context.ports;
  await openRun(context.ports, input, request.jobName);
  const job = await jobs.startJob(request);
  if (job.progressPercent !== null)
    context.progress({ progress: job.progressPercent, message: job.phase ?? job.status });
  const failure = failureOf(job);
  if (failure !== null) await failRun(experiments, input.run, job);
  return {
    job_name: job.jobName,
    status: job.status,
    progress: job.progressPercent,
    phase: job.phase,
    metrics: job.metrics,
    failure,
    result: job.status === 'Completed' ? await finished(input, job, context) : null,
  };
}
