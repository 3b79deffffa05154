import { z } from 'zod';

export const featureKind = z.enum(['numeric', 'boolean', 'categorical']);

/** One model input column, as prepared: numeric is DOUBLE, boolean BOOLEAN, categorical VARCHAR in the Parquet files. */
export const feature = z.object({ name: z.string(), kind: featureKind });
export type Feature = z.infer<typeof feature>;

export const preprocessingSpec = z.object({
  handle_missing: z.enum(['mean', 'median', 'mode', 'constant', 'drop']),
  fill_value: z.number().nullable(),
  normalize: z.enum(['standard', 'minmax', 'none']),
  encode_categorical: z.enum(['onehot', 'label', 'target']),
  outliers: z.object({ method: z.enum(['iqr', 'zscore', 'none']), action: z.enum(['clip', 'none']) }),
  feature_selection: z.object({
    method: z.enum(['correlation', 'importance', 'none']),
    max_features: z.number().int().positive().nullable(),
  }),
});

/** How the columns of one row become a number; `std` is the population standard deviation. */
export const aggregateFunction = z.enum(['sum', 'mean', 'min', 'max', 'std']);

/** One feature made inside the model from filled numeric inputs of the same row, before scaling; a product is of two. */
export const generatedFeature = z.strictObject({
  name: z.string(),
  function: z.enum(['product', ...aggregateFunction.options]),
  columns: z.array(z.string()).min(2),
});
export type GeneratedFeature = z.infer<typeof generatedFeature>;

export const imbalanceHandling = z.enum(['none', 'smote', 'undersample', 'class_weight']);

export const algorithmName = z.enum([
  'logistic_regression',
  'linear_regression',
  'random_forest',
  'xgboost',
  'gradient_boosting',
  'neural_network',
]);

export const hyperparameterValue = z.union([z.number(), z.string(), z.boolean(), z.array(z.number()), z.null()]);
export type HyperparameterValue = z.infer<typeof hyperparameterValue>;

/** `training_spec.json`, the `spec` channel of a training job: everything but the rows. */
export const trainingSpec = z.strictObject({
  format: z.literal(1),
  training_id: z.string(),
  learning_type: z.literal('supervised'),
  task_type: z.enum(['classification', 'regression']),
  target: z.string(),
  /** Class names of a classification; the index is the class id of the model's `label` output. */
  classes: z.array(z.string()).nullable(),
  positive_class: z.string().nullable(),
  /** Empty only with a user's own script. */
  algorithms: z.array(algorithmName),
  /** Per algorithm, only what the request set. */
  hyperparameters: z.record(z.string(), z.record(z.string(), hyperparameterValue)),
  features: z.array(feature).min(1),
  generated_features: z.array(generatedFeature).default([]),
  preprocessing: preprocessingSpec,
  class_imbalance_handling: imbalanceHandling,
  /** The rows are in the order of time: folds, learning curve and target encoding learn from earlier rows only. */
  time_ordered: z.boolean(),
  cv_folds: z.number().int().min(2),
  seed: z.number().int(),
  /** Metric that chooses between algorithms. */
  metric: z.string(),
});
export type TrainingSpec = z.infer<typeof trainingSpec>;

/** `signature.json` beside `model.onnx`: how a row becomes tensors, and what the outputs are called. */
export const modelSignature = z.object({
  format: z.literal(1),
  task_type: z.enum(['classification', 'regression']),
  target: z.string(),
  classes: z.array(z.string()).nullable(),
  positive_class: z.string().nullable(),
  /** Each tensor is [rows, features.length]; missing is NaN in float32 and '' in string. */
  inputs: z.array(
    z.object({ tensor: z.string(), dtype: z.enum(['float32', 'string']), features: z.array(z.string()) }),
  ),
  features: z.array(
    z.object({
      name: z.string(),
      kind: featureKind,
      categories: z.array(z.string()).nullable(),
      minimum: z.number().nullable(),
      maximum: z.number().nullable(),
      missing_seen: z.boolean(),
    }),
  ),
  outputs: z.object({
    label: z.string().optional(),
    probabilities: z.string().optional(),
    prediction: z.string().optional(),
  }),
});
export type ModelSignature = z.infer<typeof modelSignature>;

const meanStd = z.object({ mean: z.number(), std: z.number() });
const crossValidation = z.object({
  folds: z.number().int(),
  metric: z.string(),
  mean: z.number(),
  std: z.number(),
  scores: z.array(z.number()),
  all: z.record(z.string(), meanStd),
});

const candidate = z.object({
  algorithm: z.string(),
  hyperparameters: z.record(z.string(), hyperparameterValue),
  metric: z.string(),
  mean: z.number().nullable(),
  std: z.number().nullable(),
  scores: z.array(z.number()),
  all: z.record(z.string(), meanStd),
  train_seconds: z.number(),
  error: z.string().nullable(),
});

/** `training_report.json`: what the trainer measured. A user's own script may leave out all that is optional here. */
export const trainingReport = z.object({
  format: z.literal(1),
  training_id: z.string(),
  algorithm: z.string(),
  hyperparameters: z.record(z.string(), hyperparameterValue),
  cv: crossValidation.nullish(),
  candidates: z.array(candidate).default([]),
  train_metrics: z.record(z.string(), z.number()).default({}),
  validation_metrics: z.record(z.string(), z.number()).default({}),
  learning_curve: z
    .object({
      metric: z.string(),
      train_sizes: z.array(z.number()),
      train_scores: z.array(z.number()),
      validation_scores: z.array(z.number()),
    })
    .nullish(),
  feature_importance: z.array(z.object({ feature: z.string(), importance: z.number() })).nullish(),
  class_balance: z.object({ original_class_ratio: z.number(), balanced_class_ratio: z.number() }).nullish(),
  onnx_agreement: z
    .object({ rows: z.number(), label_mismatches: z.number(), max_abs_difference: z.number() })
    .nullish(),
  selected_features: z.array(z.string()).nullish(),
  seed: z.number().nullish(),
  environment: z
    .object({
      python: z.string(),
      platform: z.string(),
      packages: z.record(z.string(), z.string()),
      cpu_count: z.number(),
    })
    .nullish(),
  timings_seconds: z.record(z.string(), z.number()).default({}),
});
export type TrainingReport = z.infer<typeof trainingReport>;
