import { z } from 'zod';
import { deployTargets } from './deploy-to.js';
import { criterion } from './evaluation.js';
import { notificationChannel } from './notification.js';
import { slug } from './run-ref.js';
import {
  aggregateFunction,
  algorithmName,
  hyperparameterValue,
  imbalanceHandling,
  preprocessingSpec,
} from './training.js';

/** Levels of the bias check: none, basic (report only), standard (fails below 0.8), strict. */
export const biasCheckLevel = z.enum(['none', 'basic', 'standard', 'strict']);

export const performanceProfile = z.enum(['speed', 'accuracy', 'cost', 'balanced']);
export type PerformanceProfile = z.infer<typeof performanceProfile>;

export const language = z.enum(['en', 'ja']);
export type Language = z.infer<typeof language>;

/** Where the rows come from at a first import; `path` resolves under the configured data roots only. */
export const fileDataSource = z.strictObject({
  type: z.literal('file'),
  path: z.string(),
  /** Null: told from the file's name. */
  format: z.enum(['csv', 'parquet', 'json']).nullable(),
});

/** Features to make of columns: products and aggregates inside the model, lags at preparation. */
export const generateFeatures = z.strictObject({
  /** Pairs of columns to multiply. */
  interactions: z.array(z.array(z.string()).length(2)),
  aggregates: z.array(
    z.strictObject({ name: z.string(), columns: z.array(z.string()).min(2), functions: z.array(aggregateFunction) }),
  ),
  /** `steps` are rows back in the order of `time_column`, within the rows of the same `by`. */
  lags: z.array(
    z.strictObject({ column: z.string(), by: z.string().optional(), steps: z.array(z.number().int().min(1)) }),
  ),
});
export type GenerateFeatures = z.infer<typeof generateFeatures>;

/** `data_preprocessing` with every default filled; `remove` and `remove_duplicates` act on rows, before anything is fitted. */
export const resolvedPreprocessing = preprocessingSpec
  .omit({ outliers: true })
  .extend({
    outliers: z.object({ method: z.enum(['iqr', 'zscore', 'none']), action: z.enum(['remove', 'clip', 'none']) }),
    remove_duplicates: z.boolean(),
    /** Absent: none. So that plans made before this field keep their hash. */
    generate_features: generateFeatures.optional(),
  })
  .strict();

/** What the person fixed of the proposal; null = the optimizer decides. */
export const resolvedOptimization = z.strictObject({
  /** False: the proposal is the request as it stands, nothing added. */
  enabled: z.boolean(),
  auto_approve: z.boolean(),
  performance_profile: performanceProfile,
  class_imbalance_handling: imbalanceHandling.nullable(),
  priority_metrics: z.array(z.string()).nullable(),
  bias_check_level: biasCheckLevel.nullable(),
  class_wise_analysis: z.boolean().nullable(),
});

/** A validated request with every default filled: what the plan hash covers and every agent reads. */
export const trainingRequest = z.strictObject({
  learning_type: z.literal('supervised'),
  task_type: z.enum(['classification', 'regression']),
  /** In the order of the request, no repeats; empty only with a `training_script` that names none. */
  algorithms: z.array(algorithmName),
  dataset_id: slug,
  /** Null: the checked-out version of the dataset, else the newest. */
  dataset_version: z.string().nullable(),
  /** Null: the dataset is in the catalogue already. */
  data_source: fileDataSource.nullable(),
  target: z.string(),
  data_preprocessing: resolvedPreprocessing,
  /** Per algorithm, only what the request set, aliases resolved; those of a user's own script under `training_script`. */
  hyperparameters: z.record(z.string(), z.record(z.string(), hyperparameterValue)),
  /** `evaluation_threshold`, resolved; all of them must hold. */
  criteria: z.array(criterion).min(1),
  max_retry: z.number().int().min(0),
  deployment_strategy: z.literal('all_at_once'),
  deployment_config: z.strictObject({ auto_rollback_on_error: z.boolean() }),
  deploy_to: z.enum(deployTargets),
  auto_scaling: z.strictObject({ min_instances: z.number().int(), max_instances: z.number().int() }),
  monitoring_enabled: z.boolean(),
  monitoring_config: z.strictObject({ intensity: z.enum(['high', 'medium', 'low']) }),
  auto_retrain_enabled: z.literal(false),
  retrain_triggers: z.array(z.string()),
  workflow_optimization: resolvedOptimization,
  notify: z.strictObject({ channels: z.array(notificationChannel) }),
  model_name: slug,
  /** Null: the rarer class, told from the data. */
  positive_class: z.string().nullable(),
  sensitive_attributes: z.array(z.string()),
  /** `include` null: every column but the target and `exclude`. */
  features: z.strictObject({ include: z.array(z.string()).nullable(), exclude: z.array(z.string()) }),
  /** Rows are split in the order of this column; null: seeded, stratified. */
  time_column: z.string().nullable(),
  /** Shares of the rows; they add up to 1. */
  split: z.strictObject({ train: z.number(), validation: z.number(), test: z.number() }),
  seed: z.number().int(),
  cv_folds: z.number().int().min(2),
  /** The user's own program that follows the SageMaker training contract; null: Dandori's trainer. */
  training_script: z.strictObject({ path: z.string() }).nullable(),
  /** The user's hooks that serve what the program trains; absent (not null, so that older plans keep their hash): it writes ONNX. */
  inference_script: z.strictObject({ path: z.string() }).optional(),
  limits: z.strictObject({ max_runtime_minutes: z.number(), max_memory_mb: z.number() }),
  language,
});

export type TrainingRequest = z.infer<typeof trainingRequest>;
