import { z } from 'zod';
import { defineAgent, done, waitFor } from './agent.js';
import { partsOf, planned } from './inputs.js';
import { checkJob } from './job-answer.js';

/** Field names of the documents (section 4.3), with the keys of this installation's object store. */
export const dataPreparationOutput = z.object({
  training_data_s3: z.string(),
  validation_data_s3: z.string(),
  test_data_s3: z.string(),
  /** `prepared.json`: features, classes, dropped rows and columns. */
  prepared_s3: z.string(),
  quality_report_s3: z.string(),
  feature_definitions_s3: z.string(),
  split_id: z.string(),
  metadata: z.object({
    num_samples: z.number().int(),
    num_features: z.number().int(),
    class_distribution: z.record(z.string(), z.number()).nullable(),
    rows: z.object({ train: z.number().int(), validation: z.number().int(), test: z.number().int() }),
  }),
  optimizations_applied: z.object({
    class_imbalance_handling: z.string(),
    original_class_ratio: z.number().nullable(),
  }),
});

/** Agent 3: splits the approved version of the dataset and writes down what its columns mean. */
export const dataPreparationAgent = defineAgent({
  name: 'data_preparation',
  input: planned,
  output: dataPreparationOutput,
  async run(input, { run, tools }) {
    const { request, dataset, applied } = partsOf(input);
    const { task_type, target, positive_class, features, time_column, split, seed, sensitive_attributes, language } =
      request;
    const answer = await tools.call('preprocess_supervised', {
      run,
      dataset_id: dataset.dataset_id,
      dataset_version: dataset.version,
      dataset_digest: dataset.digest,
      spec: {
        task_type,
        target,
        positive_class,
        features,
        time_column,
        split,
        seed,
        sensitive_attributes,
        language,
        cv_folds: applied.cv_folds,
        preprocessing: applied.preprocessing,
      },
      limits: request.limits,
    });
    checkJob('data', run.training_id, answer, 'unusable_data');
    if (answer.result === null) return waitFor(answer);
    const { result } = answer;
    const { train, validation, test } = result.prepared.rows;
    return done({
      training_data_s3: result.training_data_key,
      validation_data_s3: result.validation_data_key,
      test_data_s3: result.test_data_key,
      prepared_s3: result.prepared_key,
      quality_report_s3: result.quality_report_key,
      feature_definitions_s3: result.feature_definitions_key,
      split_id: result.split_id,
      metadata: { ...result.metadata, rows: { train, validation, test } },
      optimizations_applied: {
        class_imbalance_handling: applied.class_imbalance_handling,
        original_class_ratio: result.original_class_ratio,
      },
    });
  },
});
