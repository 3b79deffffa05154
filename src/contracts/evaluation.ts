import { z } from 'zod';

/** One condition of `evaluation_threshold`, resolved. */
export const criterion = z.object({
  metric: z.string().regex(/^[a-z0-9_]+$/),
  min: z.number().optional(),
  max: z.number().optional(),
});
export type Criterion = z.infer<typeof criterion>;

/** The condition as people read it: `>= 0.6`; empty without a bound. */
export function boundsText({ min, max }: Pick<Criterion, 'min' | 'max'>): string {
  return [min === undefined ? '' : `>= ${min}`, max === undefined ? '' : `<= ${max}`].filter(Boolean).join(', ');
}

/** Whether a value meets its condition; what is no finite number, or has no bound to meet, does not. */
export function meets({ min, max }: Pick<Criterion, 'min' | 'max'>, value: number | null): boolean {
  if (value === null || !Number.isFinite(value) || (min === undefined && max === undefined)) return false;
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

/** `evaluation_spec.json`, the `spec` channel of the evaluate job. */
export const evaluationSpec = z.strictObject({
  format: z.literal(1),
  training_id: z.string(),
  task_type: z.enum(['classification', 'regression']),
  target: z.string(),
  bias_check_level: z.enum(['none', 'basic', 'standard', 'strict']),
  sensitive_attributes: z.array(z.string()),
  class_wise_analysis: z.boolean(),
  /** Minimum performance, told in the test report; the judge decides by the request's own. */
  criteria: z.array(criterion),
  /** Version in service that is evaluated on the same rows (channel `previous`), or null. */
  previous_version: z.string().nullable(),
  language: z.enum(['en', 'ja']),
});
export type EvaluationSpec = z.infer<typeof evaluationSpec>;

/** A metric that cannot be computed (no positives, zero variance) is null: the judge fails on it. */
export const metricValues = z.record(z.string(), z.number().nullable());

/** Metrics where less is better; all others are better when larger. */
export const errorMetrics: ReadonlySet<string> = new Set(['rmse', 'mae', 'mape', 'log_loss']);

/** Smallest fairness score by level: four fifths, and stricter; the other levels judge nothing. */
export const minFairness = { standard: 0.8, strict: 0.9 } as const;

/** Largest gap of a metric between groups, at level strict. */
export const maxMetricGap = 0.1;

const groupMetrics = z.object({
  attribute: z.string(),
  group: z.string(),
  rows: z.number().int(),
  selection_rate: z.number().nullable(),
  metrics: metricValues,
});

/** `results.json` of an evaluation: every figure that the judge, the report and the history use. */
export const evaluationResults = z.object({
  format: z.literal(1),
  training_id: z.string(),
  task_type: z.enum(['classification', 'regression']),
  rows: z.number().int(),
  /** Classification: accuracy precision recall f1_score auc_roc log_loss; regression: rmse mae r2 mape. On the test split. */
  metrics: metricValues,
  /** `binary` (of the positive class) or `weighted` (by class support). */
  averaging: z.enum(['binary', 'weighted', 'none']),
  /** Class that `binary` speaks of; null without one, and in results that were written before it was kept. */
  positive_class: z.string().nullable().default(null),
  class_wise_metrics: z.record(
    z.string(),
    z.object({ precision: z.number(), recall: z.number(), f1_score: z.number(), support: z.number() }),
  ),
  confusion_matrix: z.object({ labels: z.array(z.string()), matrix: z.array(z.array(z.number())) }).nullable(),
  /** Per curve at most 200 points; binary: one curve, multi-class: one a class (one against the rest). */
  roc_curve: z
    .array(
      z.object({
        label: z.string(),
        auc: z.number().nullable(),
        false_positive_rates: z.array(z.number()),
        true_positive_rates: z.array(z.number()),
      }),
    )
    .nullable(),
  bias_check: z
    .object({
      level: z.enum(['none', 'basic', 'standard', 'strict']),
      /** Smallest ratio of selection rates over groups and attributes, 0..1; null without sensitive attributes. */
      fairness_score: z.number().nullable(),
      group_disparities: z.record(
        z.string(),
        z.object({ selection_rate_ratio: z.number().nullable(), metric_gaps: metricValues }),
      ),
      groups: z.array(groupMetrics),
    })
    .nullable(),
  comparison: z
    .object({
      previous_version: z.string(),
      metrics: z.record(
        z.string(),
        z.object({
          previous: z.number().nullable(),
          current: z.number().nullable(),
          difference: z.number().nullable(),
        }),
      ),
      /** Share of rows on which both versions answer alike (regression: within 1 % of the target's range). */
      agreement: z.number().nullable(),
    })
    .nullable(),
  /** E8: unit checks of the artefact; all must pass. */
  model_tests: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string() })),
  runtime: z.object({ name: z.string(), version: z.string() }),
  model_sha256: z.string(),
  duration_ms: z.number(),
  rows_per_second: z.number(),
  /** File names beside results.json. */
  pictures: z.array(z.object({ name: z.string(), title: z.string(), png: z.string(), svg: z.string() })),
});
export type EvaluationResults = z.infer<typeof evaluationResults>;

export const judgement = z.object({
  decision: z.enum(['pass', 'retrain', 'fail']),
  next_action: z.enum(['register_model', 'ask_operator', 'keep_previous_model']),
  message: z.string(),
  /** One row a criterion: thresholds, overfit gap, bias level, model tests. */
  criteria: z.array(
    z.object({
      name: z.string(),
      value: z.number().nullable(),
      required: z.string(),
      verdict: z.enum(['pass', 'miss', 'fail', 'not_checked']),
      note: z.string(),
    }),
  ),
});
export type Judgement = z.infer<typeof judgement>;

/** The judge's message without its second line, which tells each criterion: for where a table shows them. */
export function withoutCriteria(message: string): string {
  return message
    .split('\n')
    .filter((_, line) => line !== 1)
    .join(' ');
}
