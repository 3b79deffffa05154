import { z } from 'zod';
import { deployTargets } from './deploy-to.js';
import {
  anyObject,
  column,
  columns,
  field,
  metric,
  planned,
  required,
  share,
  supervisedMetrics,
  text,
} from './request-field-docs.js';
import { generateFeaturesInput } from './request-generate-fields.js';
import { optimization } from './request-optimization-fields.js';
import { notificationChannel } from './notification.js';
import { slug } from './run-ref.js';
import { algorithmName } from './training.js';

const algorithm = z.enum([...algorithmName.options, 'kmeans', 'dbscan', 'pca', 'tsne', 'ppo', 'dqn', 'a3c']);

const criterion = z.strictObject({
  metric: required(metric, 'Metric on the test rows, which no training has seen.', { available: supervisedMetrics }),
  min: field(z.number(), 'Least value that passes (scores).'),
  max: field(z.number(), 'Greatest value that passes (errors and losses).'),
});

const dataSource = z.strictObject({
  type: field(z.enum(['file', 's3', 'postgresql', 'mysql', 'dynamodb', 'http']), 'Kind of source.', {
    default: 'file',
    available: ['file'],
  }),
  path: field(text, 'CSV, Parquet or JSON (also `.gz`), below a configured data root or beside the submitted file.'),
  format: field(z.enum(['csv', 'parquet', 'json']), 'Format of the file.', { default: "told from the file's name" }),
  url: field(text, 'Address of an HTTP or S3 source.', planned),
  query: field(text, 'Query of a database source.', planned),
  schedule: field(text, 'When to import again.', planned),
});

const preprocessing = z.strictObject({
  handle_missing: field(
    z.enum(['mean', 'median', 'mode', 'constant', 'drop']),
    'Missing values: fill in, or drop the row.',
    {
      default: 'mean',
    },
  ),
  fill_value: field(z.number(), 'Fills in with `handle_missing: constant`.', { default: '0 with `constant`' }),
  normalize: field(
    z.union([z.boolean(), z.enum(['standard', 'minmax', 'none'])]),
    'Scaling of numeric columns; `true` is `standard`, `false` is `none`.',
    { default: 'standard' },
  ),
  encode_categorical: field(
    z.enum(['onehot', 'label', 'target']),
    'Encoding of text columns; `target` is cross-fitted.',
    {
      default: 'onehot',
    },
  ),
  outliers: field(
    z.strictObject({
      method: field(z.enum(['iqr', 'zscore', 'none']), 'How outliers are found.', { default: 'none' }),
      action: field(z.enum(['remove', 'clip', 'none']), 'What is done with them.', { default: 'clip with a method' }),
    }),
    'Outliers of numeric columns; bounds come from the training rows only.',
  ),
  remove_duplicates: field(z.boolean(), 'Drop rows that repeat another row.', { default: 'false' }),
  generate_features: field(
    generateFeaturesInput,
    'Features made of columns, before scaling and selection; products and aggregates are made inside the model.',
    { default: 'none' },
  ),
  feature_selection: field(
    z.strictObject({
      method: field(z.enum(['correlation', 'importance', 'none']), 'How columns are ranked.', { default: 'none' }),
      max_features: field(z.int().min(1).max(5000), 'Most columns that are kept.', { default: 'all' }),
    }),
    'Keeps the most useful columns.',
  ),
});

const hpo = z.strictObject({
  method: field(z.enum(['grid', 'random', 'bayesian']), 'Search method.', planned),
  max_trials: field(z.int().min(1), 'Most trials.', planned),
  max_parallel: field(z.int().min(1), 'Trials at once.', planned),
  search_space: field(anyObject, 'Ranges per hyperparameter.', planned),
});

const monitoring = z.strictObject({
  intensity: field(z.enum(['high', 'medium', 'low']), 'How closely the endpoint is watched.', {
    default: 'what the proposal says; without one `medium`',
  }),
  alert_thresholds: field(
    z.strictObject({
      error_rate: field(share, 'Share of failed requests that raises an alert.', planned),
      latency_p95_ms: field(z.number().positive(), '95th percentile of the latency, in milliseconds.', planned),
      drift_score: field(share, 'Drift over all features.', planned),
    }),
    'Alerts.',
    planned,
  ),
  alert_features: field(columns, 'Features watched for drift.', planned),
});

/** The only list of fields: what a person may write; docs, issue form and problem messages are made from it. */
export const requestInput = z.strictObject({
  learning_type: field(z.enum(['supervised', 'unsupervised', 'reinforcement']), 'Kind of learning.', {
    default: 'supervised',
    available: ['supervised'],
    form: 'text',
  }),
  task_type: required(
    z.enum(['classification', 'regression', 'clustering', 'dimensionality_reduction']),
    'What is predicted: a class or a number.',
    { available: ['classification', 'regression'], form: 'text', example: 'classification' },
  ),
  algorithm: field(
    z.union([algorithm, z.array(algorithm).min(1).max(6)]),
    'One algorithm or a list: several are cross-validated side by side and the best goes on. Needed unless `training_script` is set.',
    { available: algorithmName.options, form: 'list', example: 'xgboost' },
  ),
  dataset_id: field(slug, 'Dataset of the catalogue, or the name that `data_source` is imported under.', {
    default: "slug of the file's name",
    form: 'text',
    example: 'dataset-20250128-001',
  }),
  dataset_version: field(
    z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'a version such as 1.0.0'),
    'Version of the dataset.',
    {
      default: 'the checked-out one, else the newest',
      form: 'text',
    },
  ),
  data_source: field(z.union([text, dataSource]), 'Where the rows come from at a first import: a path, or an object.', {
    default: 'none: the dataset is in the catalogue',
    example: '{type: file, path: churn.csv}',
  }),
  target: required(column, 'Column that is predicted.', { form: 'text', example: 'churned' }),
  data_preprocessing: field(preprocessing, 'Cleaning and encoding; whatever is fitted is part of the served model.', {
    example: '{handle_missing: mean, normalize: true, encode_categorical: onehot}',
  }),
  hyperparameters: field(
    anyObject,
    'Name and value; with several algorithms also `{xgboost: {max_depth: 5}}`. See below.',
    {
      default: "the algorithm's defaults",
      example: '{num_round: 100, max_depth: 5}',
    },
  ),
  hpo: field(hpo, 'Hyperparameter search.', planned),
  environment: field(text, 'Gymnasium environment of reinforcement learning.', planned),
  evaluation_threshold: required(
    z.union([z.number(), criterion, z.array(criterion).min(1).max(10)]),
    'What the model must reach on the test rows: a number (f1_score of a classification, r2 of a regression), one criterion, or a list.',
    { example: '{metric: f1_score, min: 0.85}' },
  ),
  max_retry: field(z.int().min(0).max(20), 'How often the operator is asked before the previous model stays.', {
    default: '3',
  }),
  deployment_strategy: field(z.enum(['all_at_once', 'canary', 'ab_test', 'blue_green']), 'How traffic moves over.', {
    default: 'all_at_once',
    available: ['all_at_once'],
    form: 'text',
  }),
  deployment_config: field(
    z.strictObject({
      canary_traffic_percentage: field(z.number().min(1).max(100), 'First share of a canary, in percent.', planned),
      canary_duration_minutes: field(z.number().min(1), 'How long a canary bakes.', planned),
      auto_rollback_on_error: field(z.boolean(), 'Watch the new version and go back by itself.', {
        default: 'false',
        available: [false],
      }),
    }),
    'Details of the strategy.',
  ),
  deploy_to: field(z.enum(deployTargets), 'Where it serves; the endpoint is `{model_name}-{deploy_to}`.', {
    default: 'staging',
    form: 'text',
  }),
  auto_scaling: field(
    z.strictObject({
      min_instances: field(z.int().min(0).max(1000), 'Least instances.', { default: '1', available: [1] }),
      max_instances: field(z.int().min(1).max(1000), 'Most instances.', { default: '1', available: [1] }),
    }),
    'Instances behind the endpoint.',
  ),
  monitoring_enabled: field(z.boolean(), 'Latency, errors and throughput of the endpoint.', { default: 'true' }),
  monitoring_config: field(monitoring, 'Details of the monitoring.'),
  auto_retrain_enabled: field(z.boolean(), 'Retrain by itself.', { default: 'false', available: [false] }),
  retrain_triggers: field(
    z.array(z.enum(['drift_detected', 'metric_degradation', 'schedule', 'data_changed', 'code_changed'])),
    'What starts a retraining.',
    { ...planned, form: 'list' },
  ),
  retrain_config: field(anyObject, 'Details of retraining.', planned),
  retrain_schedule: field(text, 'When to retrain.', planned),
  workflow_optimization: field(optimization, 'The proposal before the run, and what it may not change.'),
  notify: field(
    z.strictObject({
      channels: field(
        z.array(notificationChannel).max(8),
        'Where news goes beside the comments on the issue; each channel is set up once for an installation.',
        { default: '[github_issue]' },
      ),
    }),
    'Notifications; `docs/notifications.md` says how a channel is set up.',
  ),
  model_name: field(slug, 'The same name is the next version of the same model.', {
    default: 'slug of dataset and target',
    form: 'text',
  }),
  positive_class: field(
    z.union([column, z.number(), z.boolean()]),
    'Class whose f1_score, precision and recall count.',
    {
      default: 'the rarer one',
      form: 'text',
    },
  ),
  sensitive_attributes: field(columns, 'Columns whose groups the bias check compares.', {
    default: '[]',
    form: 'list',
  }),
  features: field(
    z.strictObject({
      include: field(columns.min(1), 'Only these columns.', { default: 'every column but the target' }),
      exclude: field(columns, 'Not these columns.', { default: '[]' }),
    }),
    'Columns that the model sees.',
  ),
  time_column: field(column, 'Split in the order of this column.', {
    default: 'none: seeded, stratified split',
    form: 'text',
  }),
  split: field(
    z.strictObject({
      train: required(share, 'Share of the rows to learn from.'),
      validation: required(share, 'Share for the learning curve and early checks.'),
      test: required(share, 'Share for the final evaluation.'),
    }),
    'Three shares above 0 that add up to 1.',
    { default: '{train: 0.7, validation: 0.15, test: 0.15}' },
  ),
  seed: field(
    z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
    'Seed of everything random.',
    { default: '42' },
  ),
  cv_folds: field(z.int().min(2).max(20), 'Folds of the cross-validation.', { default: '5' }),
  training_script: field(
    z.union([text, z.strictObject({ path: required(text, 'Path of the program.') })]),
    'Your own Python program that follows the SageMaker training contract, beside the request or below a data root.',
    { default: "none: Dandori's trainer", example: '{path: train.py}' },
  ),
  inference_script: field(
    z.union([text, z.strictObject({ path: required(text, 'Path of the file.') })]),
    'Your own `inference.py` (`model_fn`, `input_fn`, `predict_fn`, `output_fn`) that serves what `training_script` trains, in Python.',
    { default: 'none: the program writes `model.onnx`', example: '{path: inference.py}' },
  ),
  limits: field(
    z.strictObject({
      max_runtime_minutes: field(z.number().min(0.1).max(10080), 'Longest time of one job.', { default: '60' }),
      max_memory_mb: field(z.int().min(256).max(1048576), 'Most memory of one job.', { default: '4096' }),
    }),
    'Limits of each job; beyond them it ends with a clear failure.',
  ),
  budget_usd: field(z.number().min(0), 'Budget of the request.', planned),
  language: field(z.enum(['en', 'ja']), 'Language of comments and reports.', { default: 'en', form: 'text' }),
});

export type RequestInput = z.infer<typeof requestInput>;
