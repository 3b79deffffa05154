import { z } from 'zod';
import { type PreparedData, preparedData } from '../contracts/data.js';
import { proposalDocument } from '../contracts/optimization.js';
import type { TrainingSpec } from '../contracts/training.js';
import type { UsedResources } from '../history/record.js';
import { type AgentContext, defineAgent, done, waitFor } from './agent.js';
import { dataPreparationOutput } from './data-preparation.js';
import { type AppliedConfig, partsOf, planned } from './inputs.js';
import { checkJob } from './job-answer.js';
import { findJson, readJson } from './read-json.js';
import { scriptKeys } from './training-script.js';

const trainingInput = planned.extend({ data: dataPreparationOutput });

/** Field names of the documents (section 4.4). */
export const trainingOutput = z.object({
  training_job_name: z.string(),
  model_s3: z.string(),
  /** Everything that the job left: `{prefix}/model/...`. */
  output_prefix: z.string(),
  training_report_s3: z.string().nullable(),
  algorithm: z.string(),
  training_metrics: z.record(z.string(), z.number()),
  /** Cross-validated side by side, best first. */
  candidates: z.array(
    z.object({
      algorithm: z.string(),
      metric: z.string(),
      mean: z.number().nullable(),
      std: z.number().nullable(),
      train_seconds: z.number(),
    }),
  ),
  class_balance: z.object({ original_class_ratio: z.number(), balanced_class_ratio: z.number() }).nullable(),
  resource_usage: z.object({
    instance_type: z.string(),
    spot_instance_used: z.boolean(),
    training_time_minutes: z.number(),
    peak_memory_mb: z.number().nullable(),
    estimated_cost_usd: z.number().nullable(),
  }),
});

/** What the training job used, for people; null without one. */
export function usedResources(training: z.output<typeof trainingOutput> | undefined): UsedResources | null {
  if (training === undefined) return null;
  const { instance_type, training_time_minutes, peak_memory_mb, estimated_cost_usd } = training.resource_usage;
  return { instance_type, training_seconds: training_time_minutes * 60, peak_memory_mb, estimated_cost_usd };
}

/** The trainer's spec: what was prepared, under the approved configuration. */
export function specFor(
  trainingId: string,
  prepared: PreparedData,
  applied: AppliedConfig,
  seed: number,
): TrainingSpec {
  const { handle_missing, fill_value, normalize, encode_categorical, outliers, feature_selection } =
    applied.preprocessing;
  return {
    format: 1,
    training_id: trainingId,
    learning_type: 'supervised',
    task_type: prepared.task_type,
    target: prepared.target,
    classes: prepared.classes,
    positive_class: prepared.positive_class,
    algorithms: applied.algorithms,
    hyperparameters: applied.hyperparameters,
    features: prepared.features,
    generated_features: prepared.generated_features,
    preprocessing: {
      handle_missing,
      fill_value,
      normalize,
      encode_categorical,
      // Rows were removed in the preparation; only clipping is fitted.
      outliers:
        outliers.action === 'clip' ? { method: outliers.method, action: 'clip' } : { method: 'none', action: 'none' },
      feature_selection,
    },
    class_imbalance_handling: applied.class_imbalance_handling,
    time_ordered: prepared.split_method === 'time_ordered',
    cv_folds: applied.cv_folds,
    seed,
    metric: applied.priority_metrics[0] ?? (prepared.task_type === 'regression' ? 'r2' : 'f1_score'),
  };
}

/** After an operator's retry the kept configuration is the one that is trained now, explained by the proposal as before. */
async function keepRetried(input: z.output<typeof trainingInput>, { run, tools }: AgentContext): Promise<void> {
  const { approved, request } = partsOf(input);
  if (approved.how !== 'retry') return;
  const kept = await findJson(tools, `optimizations/${run.training_id}/proposal.json`, proposalDocument);
  if (kept === null) return;
  const { optimization_proposal } = kept;
  await tools.call('apply_optimization_to_config', { run, request, optimization_proposal });
}

/** Agent 4: trains under the SageMaker contract: several algorithms side by side, the best one goes on. */
export const trainingAgent = defineAgent({
  name: 'training',
  input: trainingInput,
  output: trainingOutput,
  async run(input, context) {
    const { run, tools } = context;
    const { request, applied, plan, planHash, dataset } = partsOf(input);
    const prepared = await readJson(tools, input.data.prepared_s3, preparedData);
    const tool = request.task_type === 'classification' ? 'train_supervised_classifier' : 'train_supervised_regressor';
    await keepRetried(input, context);
    const answer = await tools.call(tool, {
      run,
      training_spec: specFor(run.training_id, prepared, applied, request.seed),
      train_key: input.data.training_data_s3,
      validation_key: input.data.validation_data_s3,
      ...scriptKeys(run.training_id, request),
      limits: {
        max_runtime_seconds: request.limits.max_runtime_minutes * 60,
        max_memory_mb: request.limits.max_memory_mb,
      },
      language: request.language,
      experiment: request.model_name,
      tags: { plan_hash: planHash, code_digest: plan.code_digest, dataset: `${dataset.dataset_id}@${dataset.version}` },
    });
    checkJob('training', run.training_id, answer, 'job_failed');
    if (answer.result === null) return waitFor(answer);
    const { result } = answer;
    return done({
      training_job_name: result.training_job_name,
      model_s3: result.model_key,
      output_prefix: result.output_prefix,
      training_report_s3: result.training_report_key,
      algorithm: result.algorithm,
      training_metrics: result.training_metrics,
      candidates: result.candidates,
      class_balance: result.class_balance,
      resource_usage: result.resource_usage,
    });
  },
});
