import { z } from 'zod';
import { language } from '../../../contracts/request.js';
import { runRef } from '../../../contracts/run-ref.js';
import { algorithmName, hyperparameterValue, trainingSpec } from '../../../contracts/training.js';
import { jobStatusSchema, jobFailure } from './job-view.js';

const objectKey = z.string().min(1).max(900);

/** Input of the training tools. */
export const trainInput = z.strictObject({
  run: runRef,
  // A user's own program may leave the algorithm open; the trainer may not.
  training_spec: trainingSpec
    .extend({ algorithms: z.array(algorithmName) })
    .describe('Everything but the rows: task, features, algorithms, preprocessing, folds, seed.'),
  train_key: objectKey.describe('Object key of train.parquet.'),
  validation_key: objectKey.describe('Object key of validation.parquet.'),
  training_script_key: objectKey
    .nullable()
    .default(null)
    .describe("Object key of a user's own program that follows the training contract; null for Dandori's trainer."),
  inference_script_key: objectKey
    .optional()
    .describe(
      "Object key of the user's inference.py (`model_fn` and other hooks) that serves what the program trains.",
    ),
  limits: z.strictObject({
    max_runtime_seconds: z.number().positive(),
    max_memory_mb: z.number().positive(),
  }),
  language: language.default('en').describe('Of the reason when it fails.'),
  experiment: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Name of the experiment, e.g. the model name; default: the training_id.'),
  tags: z
    .record(z.string(), z.string())
    .default({})
    .describe('Tags of the experiment run: data version, code version, plan hash.'),
});
export type TrainInput = z.output<typeof trainInput>;

const meanStd = z.object({ mean: z.number(), std: z.number() });

/** What a finished training answers: keys and numbers, the report itself stays in the object store. */
const trainResult = z.object({
  training_job_name: z.string(),
  model_key: z.string(),
  signature_key: z.string(),
  /** Null when a user's own script wrote none. */
  training_report_key: z.string().nullable(),
  output_prefix: z.string(),
  algorithm: z.string(),
  hyperparameters: z.record(z.string(), hyperparameterValue),
  training_metrics: z.record(z.string(), z.number()),
  cross_validation: meanStd.extend({ metric: z.string(), folds: z.number(), scores: z.array(z.number()) }).nullable(),
  candidates: z.array(
    z.object({
      algorithm: z.string(),
      metric: z.string(),
      mean: z.number().nullable(),
      std: z.number().nullable(),
      train_seconds: z.number(),
      error: z.string().nullable(),
    }),
  ),
  class_balance: z.object({ original_class_ratio: z.number(), balanced_class_ratio: z.number() }).nullable(),
  experiment_run_id: z.string(),
  resource_usage: z.object({
    instance_type: z.string(),
    cpu_count: z.number(),
    spot_instance_used: z.boolean(),
    training_time_minutes: z.number(),
    peak_memory_mb: z.number().nullable(),
    estimated_cost_usd: z.number().nullable(),
    cost_note: z.string(),
  }),
});
export type TrainResult = z.output<typeof trainResult>;

export const trainOutput = z.object({
  job_name: z.string(),
  status: jobStatusSchema,
  /** 0..100; null before the first progress line. */
  progress: z.number().nullable(),
  phase: z.string().nullable(),
  metrics: z.record(z.string(), z.number()),
  failure: jobFailure.nullable(),
  /** Null until the status is Completed. */
  result: trainResult.nullable(),
});
export type TrainOutput = z.input<typeof trainOutput>;
