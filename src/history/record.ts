import { z } from 'zod';
import { impactReport } from '../contracts/applied-optimizations.js';
import { evaluationResults, judgement, metricValues } from '../contracts/evaluation.js';
import { otherChannel } from '../contracts/notification.js';
import { detectedCharacteristics, proposalItem } from '../contracts/optimization.js';
import { language, performanceProfile } from '../contracts/request.js';
import { trainingId } from '../contracts/run-ref.js';
import { hyperparameterValue, trainingReport } from '../contracts/training.js';

/** How a run ended: in service; threshold missed and retries spent; a step failed; the data were refused; cancelled; nobody answered. */
export const historyEnding = z.enum(['deployed', 'below_threshold', 'failed', 'refused', 'cancelled', 'expired']);
export type HistoryEnding = z.infer<typeof historyEnding>;

const orNull = <T extends z.ZodType>(schema: T) => schema.nullable().default(null);

const datasetPart = z.object({
  dataset_id: z.string(),
  version: z.string(),
  digest: z.string(),
  /** Null: not known. */
  rows: orNull(z.number().int()),
  /** Rows of the splits; null when the run ended before they were made. */
  splits: orNull(z.object({ train: z.number().int(), validation: z.number().int(), test: z.number().int() })),
});

const evaluationPart = z.object({
  rows: z.number().int(),
  metrics: metricValues,
  /** Class that precision, recall and f1_score speak of; null where there is no such one. */
  positive_class: orNull(z.string()),
  /** Cross-validation of the chosen algorithm. */
  cross_validation: orNull(
    z.object({ metric: z.string(), folds: z.number().int(), mean: z.number(), std: z.number() }),
  ),
  fairness_score: orNull(z.number()),
  comparison: evaluationResults.shape.comparison.default(null),
});

const modelPart = z.object({
  version: z.string(),
  change: z.string(),
  previous_version: orNull(z.string()),
  package_prefix: z.string(),
  model_sha256: z.string(),
});

const approvalPart = z.object({ by: z.string(), how: z.string(), at: z.string(), plan_hash: z.string() });

const environmentPart = z.object({
  code_digest: orNull(z.string()),
  environment_digest: orNull(z.string()),
  python: orNull(z.string()),
  platform: orNull(z.string()),
  packages: z.record(z.string(), z.string()).default({}),
});

/** What the training job used. */
const resourcesPart = z.object({
  instance_type: z.string(),
  training_seconds: z.number(),
  peak_memory_mb: orNull(z.number()),
  /** Null: no price per hour was set. */
  estimated_cost_usd: orNull(z.number()),
});

export type UsedResources = z.output<typeof resourcesPart>;

const statePart = z.object({
  state: z.string(),
  visit: z.number().int(),
  attempts: z.number().int(),
  /** Null while it did not end, e.g. the state in which the run was stopped. */
  duration_ms: z.number().nullable(),
  /** `running`: the state that wrote the record. */
  status: z.enum(['succeeded', 'failed', 'running', 'waiting', 'cancelled']),
});

const notificationPart = z.object({
  channel: otherChannel,
  notification_type: z.string(),
  status: z.string(),
  /** As the other side names it. */
  id: orNull(z.string()),
  reason: orNull(z.string()),
});

/** Everything that the history of one run says; what a run did not reach is null or empty. */
export const historyRecord = z.object({
  format: z.literal(1),
  training_id: trainingId,
  language: language.default('en'),
  ending: historyEnding,
  /** Why it ended so, in words; null for a deployed model. */
  reason: orNull(z.string()),
  /** State in which it ended, for the endings that are not good. */
  ended_in_state: orNull(z.string()),
  issue: orNull(z.object({ number: z.number().int(), title: orNull(z.string()), url: orNull(z.string()) })),
  requested_by: z.string(),
  /** Who cancelled or refused, when a person did. */
  ended_by: orNull(z.string()),
  model_name: z.string(),
  learning_type: z.literal('supervised').default('supervised'),
  task_type: z.enum(['classification', 'regression']),
  target: z.string(),
  algorithm: orNull(z.string()),
  started_at: z.string(),
  ended_at: z.string(),
  dataset: orNull(datasetPart),
  hyperparameters: z.record(z.string(), hyperparameterValue).default({}),
  candidates: trainingReport.shape.candidates,
  resources: orNull(resourcesPart),
  evaluation: orNull(evaluationPart),
  judgement: orNull(judgement),
  optimization: orNull(
    z.object({
      performance_profile: performanceProfile,
      characteristics: orNull(detectedCharacteristics),
      items: z.array(proposalItem),
      impact: orNull(impactReport),
    }),
  ),
  /** Adjustments that an operator made after a miss, oldest first. */
  retries: z.array(z.object({ by: z.string(), adjusted_hyperparameters: z.record(z.string(), z.json()) })).default([]),
  model: orNull(modelPart),
  endpoint: orNull(z.object({ name: z.string(), url: orNull(z.string()) })),
  /** Version that goes on serving when this run put none in service. */
  kept_version: orNull(z.string()),
  plan_hash: orNull(z.string()),
  approvals: z.array(approvalPart).default([]),
  environment: orNull(environmentPart),
  states: z.array(statePart).default([]),
  /** Messages to the channels beside the issue, before this record was written. */
  notifications: z.array(notificationPart).default([]),
});
/** As it is given: what has a default may be left out. */
export type HistoryRecordInput = z.input<typeof historyRecord>;
export type HistoryRecord = z.output<typeof historyRecord>;

/** A picture copied beside the record. */
export interface HistoryPicture {
  /** File name inside `training_history/{training_id}/`. */
  name: string;
  title: string;
  sha256: string;
}
