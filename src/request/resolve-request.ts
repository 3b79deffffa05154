import type { Criterion } from '../contracts/evaluation.js';
import type { RequestInput } from '../contracts/request-fields.js';
import { trainingRequest, type TrainingRequest } from '../contracts/request.js';
import { datasetIdOf, formatOf, modelNameOf } from './data-file.js';
import type { Hyperparameters } from './check-hyperparameters.js';
import { resolveGenerateFeatures } from './generated-features.js';

function sourceOf(input: RequestInput): TrainingRequest['data_source'] {
  const source = input.data_source;
  if (source === undefined) return null;
  const path = typeof source === 'string' ? source : (source.path ?? '');
  const format = typeof source === 'string' ? undefined : source.format;
  return { type: 'file', path, format: format ?? formatOf(path) };
}

function preprocessingOf(
  given: NonNullable<RequestInput['data_preprocessing']>,
): TrainingRequest['data_preprocessing'] {
  const { normalize = 'standard', outliers, feature_selection: selection } = given;
  const method = outliers?.method ?? 'none';
  const handleMissing = given.handle_missing ?? 'mean';
  return {
    handle_missing: handleMissing,
    fill_value: handleMissing === 'constant' ? (given.fill_value ?? 0) : null,
    normalize: typeof normalize === 'boolean' ? (normalize ? 'standard' : 'none') : normalize,
    encode_categorical: given.encode_categorical ?? 'onehot',
    outliers: { method, action: method === 'none' ? 'none' : (outliers?.action ?? 'clip') },
    remove_duplicates: given.remove_duplicates ?? false,
    ...(given.generate_features === undefined
      ? {}
      : { generate_features: resolveGenerateFeatures(given.generate_features) }),
    feature_selection: { method: selection?.method ?? 'none', max_features: selection?.max_features ?? null },
  };
}

function criteriaOf(input: RequestInput): Criterion[] {
  const threshold = input.evaluation_threshold;
  if (typeof threshold === 'number') {
    return [{ metric: input.task_type === 'classification' ? 'f1_score' : 'r2', min: threshold }];
  }
  return [threshold].flat().map(({ metric, min, max }) => ({
    metric,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  }));
}

function optimizationOf(
  given: NonNullable<RequestInput['workflow_optimization']>,
): TrainingRequest['workflow_optimization'] {
  const { phase1_optimizations: phase1, phase3_optimizations: phase3 } = given;
  return {
    enabled: given.enabled ?? true,
    auto_approve: given.auto_approve ?? false,
    performance_profile: given.performance_profile ?? 'balanced',
    class_imbalance_handling: phase1?.class_imbalance_handling ?? null,
    priority_metrics: phase3?.priority_metrics ?? null,
    bias_check_level: phase3?.bias_check_level ?? null,
    class_wise_analysis: phase3?.class_wise_analysis ?? null,
  };
}

function scriptsOf(input: RequestInput): Pick<TrainingRequest, 'training_script' | 'inference_script'> {
  const place = (script: string | { path: string }) => (typeof script === 'string' ? { path: script } : script);
  const { training_script: program, inference_script: hooks } = input;
  return {
    training_script: program === undefined ? null : place(program),
    ...(hooks === undefined ? {} : { inference_script: place(hooks) }),
  };
}

function columnsOf(input: RequestInput) {
  const { positive_class: positive, features } = input;
  return {
    positive_class: positive === undefined ? null : String(positive),
    sensitive_attributes: input.sensitive_attributes ?? [],
    features: { include: features?.include ?? null, exclude: features?.exclude ?? [] },
    time_column: input.time_column ?? null,
    split: input.split ?? { train: 0.7, validation: 0.15, test: 0.15 },
  };
}

function operationOf(input: RequestInput) {
  const { workflow_optimization: optimization = {}, monitoring_config: monitoring, limits } = input;
  const intensity = monitoring?.intensity ?? optimization.phase6_optimizations?.monitoring_intensity ?? 'medium';
  return {
    deployment_strategy: 'all_at_once',
    deployment_config: { auto_rollback_on_error: input.deployment_config?.auto_rollback_on_error ?? false },
    deploy_to: input.deploy_to ?? 'staging',
    auto_scaling: {
      min_instances: input.auto_scaling?.min_instances ?? 1,
      max_instances: input.auto_scaling?.max_instances ?? 1,
    },
    monitoring_enabled: input.monitoring_enabled ?? true,
    monitoring_config: { intensity },
    auto_retrain_enabled: false,
    retrain_triggers: [],
    workflow_optimization: optimizationOf(optimization),
    notify: { channels: [...new Set(input.notify?.channels ?? ['github_issue'])] },
    limits: { max_runtime_minutes: limits?.max_runtime_minutes ?? 60, max_memory_mb: limits?.max_memory_mb ?? 4096 },
  };
}

/** Fills every default of a request that has no problems. */
export function resolveRequest(input: RequestInput, hyperparameters: Hyperparameters): TrainingRequest {
  const source = sourceOf(input);
  const datasetId = input.dataset_id ?? datasetIdOf(source?.path ?? '');
  return trainingRequest.parse({
    learning_type: 'supervised',
    task_type: input.task_type,
    algorithms: [...new Set([input.algorithm ?? []].flat())],
    dataset_id: datasetId,
    dataset_version: input.dataset_version ?? null,
    data_source: source,
    target: input.target,
    data_preprocessing: preprocessingOf(input.data_preprocessing ?? {}),
    hyperparameters,
    criteria: criteriaOf(input),
    max_retry: input.max_retry ?? 3,
    ...operationOf(input),
    ...columnsOf(input),
    model_name: input.model_name ?? modelNameOf(datasetId, input.target),
    seed: input.seed ?? 42,
    cv_folds: input.cv_folds ?? input.workflow_optimization?.phase2_optimizations?.cv_folds ?? 5,
    ...scriptsOf(input),
    language: input.language ?? 'en',
  });
}
