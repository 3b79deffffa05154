import { z } from 'zod';
import { language, resolvedPreprocessing } from './request.js';
import { feature, generatedFeature } from './training.js';

/** Types of the columns of `data.parquet`; whatever else a source has becomes one of these. */
export const columnType = z.enum(['BIGINT', 'DOUBLE', 'BOOLEAN', 'VARCHAR', 'DATE', 'TIMESTAMP']);
export type ColumnType = z.infer<typeof columnType>;

/** What a column looks like; only numeric, boolean and categorical ones become features by themselves. */
export const columnKind = z.enum(['numeric', 'boolean', 'categorical', 'datetime', 'text', 'identifier']);
export type ColumnKind = z.infer<typeof columnKind>;

const numericSummary = z.object({
  /** Null for a column without values; std is the sample standard deviation. */
  mean: z.number().nullable(),
  std: z.number().nullable(),
  q1: z.number().nullable(),
  median: z.number().nullable(),
  q3: z.number().nullable(),
  /** False: the quartiles are those of an evenly spaced sample of the rows. */
  quartiles_exact: z.boolean(),
  zero_ratio: z.number(),
  /** Values more than 1.5 interquartile ranges outside q1..q3; more than 3 standard deviations from the mean. */
  outliers_iqr: z.number().int(),
  outliers_zscore: z.number().int(),
  /** 20 equal bins between minimum and maximum: 21 edges, 20 counts; null for a constant or empty column. */
  histogram: z.object({ edges: z.array(z.number()), counts: z.array(z.number().int()) }).nullable(),
});

export const columnProfile = z.object({
  name: z.string(),
  type: columnType,
  kind: columnKind,
  missing: z.number().int(),
  missing_ratio: z.number(),
  distinct: z.number().int(),
  /** False: `distinct` is an estimate (HyperLogLog). */
  distinct_exact: z.boolean(),
  /** One value, or none at all. */
  constant: z.boolean(),
  /** Numbers for numeric columns, ISO text for dates, null for the others and for empty columns. */
  min: z.union([z.number(), z.string()]).nullable(),
  max: z.union([z.number(), z.string()]).nullable(),
  numeric: numericSummary.nullable(),
  /** Most frequent first, at most 100; complete when `distinct` <= 100. Empty for columns of very many values. */
  top_values: z.array(z.object({ value: z.string(), count: z.number().int() })),
  /** VARCHAR only: mean length in characters, and the share of values that read as a number. */
  mean_length: z.number().nullable(),
  numeric_like_ratio: z.number().nullable(),
});
export type ColumnProfile = z.infer<typeof columnProfile>;

export const dataFormat = z.enum(['csv', 'parquet', 'json']);
export type DataFormat = z.infer<typeof dataFormat>;

/** `profile.json`: statistics of every column of a dataset version. */
export const dataProfile = z.object({
  format: z.literal(1),
  source: z.object({ file_name: z.string(), format: dataFormat, bytes: z.number().int() }),
  rows: z.number().int(),
  /** Rows that are equal to an earlier one in every column. */
  duplicate_rows: z.number().int(),
  /** SHA-256 of `data.parquet`: the same for the same typed rows, whatever file they came from. */
  content_digest: z.string(),
  columns: z.array(columnProfile),
});
export type DataProfile = z.infer<typeof dataProfile>;

export const checkStatus = z.enum(['pass', 'warn', 'fail']);

export const qualityCheck = z.object({
  /** e.g. `missing_values`, `duplicate_rows`, `target_classes`. */
  check: z.string(),
  /** Null: about the whole dataset. */
  column: z.string().nullable(),
  status: checkStatus,
  /** What was measured, null where there is no single figure. */
  value: z.number().nullable(),
  message: z.string(),
});
export type QualityCheck = z.infer<typeof qualityCheck>;

/** `quality_report.json`; the status is the worst of the checks. */
export const qualityReport = z.object({
  format: z.literal(1),
  status: checkStatus,
  rows: z.number().int(),
  columns: z.number().int(),
  checks: z.array(qualityCheck),
});
export type QualityReport = z.infer<typeof qualityReport>;

const onColumn = { column: z.string().min(1), severity: z.enum(['error', 'warning']).default('error') };

/** One line of an expectations file; with severity `error` (the default) a row that breaks it refuses the data. */
export const expectation = z.discriminatedUnion('expect', [
  z.strictObject({ ...onColumn, expect: z.literal('not_null') }),
  z.strictObject({ ...onColumn, expect: z.literal('unique') }),
  z.strictObject({ ...onColumn, expect: z.literal('between'), min: z.number().optional(), max: z.number().optional() }),
  z.strictObject({
    ...onColumn,
    expect: z.literal('in_set'),
    values: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .min(1)
      .max(10_000),
  }),
  /** RE2 syntax, the whole value. */
  z.strictObject({ ...onColumn, expect: z.literal('matches'), pattern: z.string().min(1).max(1_000) }),
  z.strictObject({ ...onColumn, expect: z.literal('type'), type: columnType }),
]);
export type Expectation = z.infer<typeof expectation>;

/** `expectations.json`: what must hold of the data; the profile writes a first version for people to edit. */
export const expectations = z.strictObject({
  format: z.literal(1).default(1),
  expectations: z.array(expectation).max(1_000),
});
export type Expectations = z.infer<typeof expectations>;

const splitFractions = z.strictObject({ train: z.number(), validation: z.number(), test: z.number() });
export const splitName = z.enum(['train', 'validation', 'test']);
export type SplitName = z.infer<typeof splitName>;

/** `prepare_spec.json`, the `spec` channel of the prepare-data job; the field names are the request's. */
export const prepareSpec = z.strictObject({
  format: z.literal(1),
  training_id: z.string(),
  task_type: z.enum(['classification', 'regression']),
  target: z.string(),
  /** Null: the rarer class of two. */
  positive_class: z.string().nullable(),
  /** `include` null: every usable column but the target and `exclude`. */
  features: z.strictObject({ include: z.array(z.string()).nullable(), exclude: z.array(z.string()) }),
  /** Null: seeded, stratified split. */
  time_column: z.string().nullable(),
  /** Shares of the rows; they add up to 1. */
  split: splitFractions,
  seed: z.number().int(),
  cv_folds: z.number().int().min(2),
  /** Of these, this job does `handle_missing: drop`, `outliers.action: remove` and `remove_duplicates`; the rest is fitted by the trainer. */
  preprocessing: resolvedPreprocessing,
  sensitive_attributes: z.array(z.string()),
  /** Null: none given. */
  expectations: expectations.nullable(),
  language: language.default('en'),
});
export type PrepareSpec = z.infer<typeof prepareSpec>;

/** One feature that the preparation takes from an earlier row; the caller of the model sends it like any other. */
export const lagColumn = z.object({
  name: z.string(),
  column: z.string(),
  /** Null: all rows are one series. */
  by: z.string().nullable(),
  /** Rows back in the order of the time column. */
  steps: z.number().int().min(1),
});
export type LagColumn = z.infer<typeof lagColumn>;

export const droppedColumn = z.object({
  name: z.string(),
  reason: z.enum([
    'excluded',
    'not_included',
    'identifier',
    'constant',
    'all_missing',
    'datetime',
    'text',
    'high_cardinality',
    'time_column',
  ]),
  detail: z.string(),
});
export type DroppedColumn = z.infer<typeof droppedColumn>;

const classCounts = z.record(z.string(), z.number().int());

/** `prepared.json`: what the splits hold and how they came about. */
export const preparedData = z.object({
  format: z.literal(1),
  /** Raised when the same data and spec would give other splits. */
  preparation_version: z.number().int(),
  task_type: z.enum(['classification', 'regression']),
  target: z.string(),
  /** Class id = index; null for a regression. */
  classes: z.array(z.string()).nullable(),
  positive_class: z.string().nullable(),
  /** The model's inputs, lags among them. */
  features: z.array(feature),
  /** What the model makes of them itself. */
  generated_features: z.array(generatedFeature).default([]),
  lag_columns: z.array(lagColumn).default([]),
  /** Sensitive attributes that are in the files though no features. */
  extra_columns: z.array(z.string()),
  rows: z.object({
    source: z.number().int(),
    train: z.number().int(),
    validation: z.number().int(),
    test: z.number().int(),
  }),
  class_distribution: z
    .object({ total: classCounts, train: classCounts, validation: classCounts, test: classCounts })
    .nullable(),
  /** Rows of the rarest class / rows, in the training split before any sampling; null for a regression. */
  original_class_ratio: z.number().nullable(),
  /** Of the training split; null for a classification. */
  target_summary: z.object({ min: z.number(), max: z.number(), mean: z.number(), std: z.number() }).nullable(),
  dropped_columns: z.array(droppedColumn),
  dropped_rows: z.array(
    z.object({
      reason: z.enum(['target_missing', 'duplicate', 'missing_value', 'time_missing', 'outlier']),
      rows: z.number().int(),
      /** Outliers leave the training split only: test figures stay those of all rows. */
      scope: z.enum(['all', 'train']),
    }),
  ),
  split_method: z.enum(['stratified', 'quantile_stratified', 'time_ordered']),
  /** True: equal rows are all in the same split. */
  equal_rows_together: z.boolean(),
  seed: z.number().int(),
  splits: z.record(
    splitName,
    z.object({ file_name: z.string(), rows: z.number().int(), bytes: z.number().int(), sha256: z.string() }),
  ),
  warnings: z.array(z.string()),
});
export type PreparedData = z.infer<typeof preparedData>;

/** `feature_definitions.json`: each feature by name and version, the same at training and at inference. */
export const featureDefinitions = z.object({
  format: z.literal(1),
  target: z.string(),
  features: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      kind: z.enum(['numeric', 'boolean', 'categorical']),
      source_column: z.string(),
      source_type: columnType,
      /** Further columns that it is made of. */
      other_columns: z.array(z.string()).optional(),
      /** In order; the fitted ones are inside the exported model. */
      transformations: z.array(
        z.object({ step: z.string(), where: z.enum(['preparation', 'model']), detail: z.string() }),
      ),
      /** SHA-256 of the definition: equal definitions mean equal features. */
      definition_sha256: z.string(),
    }),
  ),
});
export type FeatureDefinitions = z.infer<typeof featureDefinitions>;
