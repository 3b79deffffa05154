import { z } from 'zod';
import { criterion, evaluationResults, type EvaluationSpec } from '../../../contracts/evaluation.js';
import { language } from '../../../contracts/request.js';
import { jobKey, runRef } from '../../../contracts/run-ref.js';
import { trainingReport } from '../../../contracts/training.js';
import type { DandoriError, ErrorCode } from '../../../errors.js';
import { failure } from '../../../messages/failures.js';
import { runFailures } from '../../../messages/run-failures.js';
import type { ToolContext } from '../../../mcp/define-tool.js';
import type { JobDescription, JobRequest } from '../../../ports/job-platform.js';
import type { ObjectStore } from '../../../ports/object-store.js';
import { findJson, readJson } from '../../shared/json-objects.js';
import { modelFiles, packagedModel, trainedModel } from '../../shared/model-files.js';
import { jobPrefix, publish } from './publish.js';
import { evaluationSummary, summarize, type EvaluationSummary } from './summary.js';
import { trackTestMetrics } from './track-test-metrics.js';

const objectKey = z.string().min(1).max(900);

export const evaluateInput = z.strictObject({
  run: runRef,
  output_prefix: objectKey.describe(
    'Prefix of the training job: `{prefix}/model/model.onnx` (or `python_model.json`), `signature.json`, `training_report.json`',
  ),
  test_key: objectKey.describe('Object key of test.parquet'),
  train_key: objectKey.describe('Object key of train.parquet, for the baseline'),
  target: z.string(),
  sensitive_attributes: z.array(z.string()).default([]),
  bias_check_level: z.enum(['none', 'basic', 'standard', 'strict']).default('standard'),
  class_wise_analysis: z.boolean().default(true),
  criteria: z.array(criterion).default([]).describe('Minimum performance, told in the test report'),
  previous: z
    .object({ version: z.string(), package_prefix: objectKey })
    .nullable()
    .default(null)
    .describe('Version in service, evaluated on the same rows'),
  language: language.default('en'),
  limits: z
    .strictObject({ max_runtime_seconds: z.number().positive(), max_memory_mb: z.number().positive() })
    .default({ max_runtime_seconds: 3600, max_memory_mb: 4096 }),
});
export type EvaluateInput = z.output<typeof evaluateInput>;

export const evaluateOutput = z.object({
  job_name: z.string(),
  status: z.enum(['Pending', 'InProgress', 'Completed', 'Stopping']),
  /** 0..100; null before the first progress line. */
  progress: z.number().nullable(),
  phase: z.string().nullable(),
  /** Null until the status is Completed. */
  result: evaluationSummary.nullable(),
});
export type EvaluateOutput = z.input<typeof evaluateOutput>;

/**
 * Starts the evaluation of this attempt or finds it, and answers where it is; when it has completed, what came of it. A job that
 * failed or was stopped is thrown: `unavailable` (worth a retry) when something outside ended it, else `job_failed`,
 * `limit_exceeded` or `cancelled`.
 */
export async function evaluate(
  taskType: EvaluationSpec['task_type'],
  input: EvaluateInput,
  context: ToolContext,
): Promise<EvaluateOutput> {
  const { jobs, objects } = context.ports;
  const job = await jobs.startJob(await evaluationJob(taskType, input, objects));
  const { status } = job;
  if (status === 'Failed' || status === 'Stopped') throw failureOf(job);
  if (job.progressPercent !== null) context.progress({ progress: job.progressPercent, message: job.phase ?? status });
  return {
    job_name: job.jobName,
    status,
    progress: job.progressPercent,
    phase: job.phase,
    result: status === 'Completed' ? await finished(input, job, context) : null,
  };
}

/** Everything in it follows from the input, so that a retry of the call starts the same job. */
async function evaluationJob(
  taskType: EvaluationSpec['task_type'],
  input: EvaluateInput,
  objects: ObjectStore,
): Promise<JobRequest> {
  const { run, previous } = input;
  const spec: EvaluationSpec = {
    format: 1,
    training_id: run.training_id,
    task_type: taskType,
    target: input.target,
    bias_check_level: input.bias_check_level,
    sensitive_attributes: input.sensitive_attributes,
    class_wise_analysis: input.class_wise_analysis,
    criteria: input.criteria,
    previous_version: previous?.version ?? null,
    language: input.language,
  };
  const isFirst = run.visit === 1 && run.attempt === 0;
  // A file that is not there is left out: the job says what that means, and for the previous version it only means no comparison.
  const model = await modelFiles(objects, trainedModel(input.output_prefix), ['training_report.json']);
  const before = previous === null ? [] : await modelFiles(objects, packagedModel(previous.package_prefix));
  return {
    jobName: jobKey(run),
    trainingId: run.training_id,
    logName: isFirst ? 'evaluation' : `evaluation.${run.visit}.${run.attempt}`,
    program: 'evaluate',
    language: input.language,
    hyperparameters: {},
    channels: {
      model,
      test: [{ key: input.test_key, fileName: 'test.parquet' }],
      train: [{ key: input.train_key, fileName: 'train.parquet' }],
      ...(before.length === 0 ? {} : { previous: before }),
    },
    documents: [{ channel: 'spec', fileName: 'evaluation_spec.json', json: spec }],
    outputPrefix: jobPrefix(run),
    limits: { maxRuntimeSeconds: input.limits.max_runtime_seconds, maxMemoryMb: input.limits.max_memory_mb },
  };
}

async function finished(input: EvaluateInput, job: JobDescription, context: ToolContext): Promise<EvaluationSummary> {
  const { objects, experiments } = context.ports;
  const { prefix, files } = await publish(objects, input.run, job.outputPrefix);
  const results = await readJson(
    objects,
    `${prefix}/results.json`,
    evaluationResults,
    `The result of the evaluation ${job.jobName}`,
  );
  await trackTestMetrics(experiments, input, results.metrics, Date.parse(job.endedAt ?? job.createdAt));
  const report = await findJson(objects, `${input.output_prefix}/model/training_report.json`, trainingReport);
  const cv = report?.cv ?? null;
  return summarize(results, {
    prefix,
    hasBaseline: files.includes('statistics.json'),
    cv: cv === null ? null : { metric: cv.metric, mean: cv.mean },
  });
}

function failureOf(job: JobDescription): DandoriError {
  const code = codeOf(job);
  const reason = job.failureReason ?? job.status;
  return failure(code, runFailures.evaluation({ jobName: job.jobName, reason, next: code !== 'cancelled' }));
}

function codeOf(job: JobDescription): ErrorCode {
  if (job.status === 'Stopped') return 'cancelled';
  switch (job.failureKind) {
    case 'killed':
    case 'platform':
    case null:
      return 'unavailable';
    case 'time_limit':
    case 'memory_limit':
    case 'disk':
      return 'limit_exceeded';
    case 'program':
      return 'job_failed';
  }
}
