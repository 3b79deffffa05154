import { z } from 'zod';
import { criterion } from './evaluation.js';
import { estimate, proposalItem } from './optimization.js';
import { biasCheckLevel, performanceProfile, resolvedPreprocessing } from './request.js';
import { algorithmName, hyperparameterValue, imbalanceHandling } from './training.js';

/** `optimizations/{training_id}/applied_optimizations.json`: the configuration that the later steps run with. */
export const appliedOptimizations = z.object({
  format: z.literal(1),
  performance_profile: performanceProfile,
  class_imbalance_handling: imbalanceHandling,
  /** First the metric that chooses between the algorithms and is judged; the rest is shown first. */
  priority_metrics: z.array(z.string()).min(1),
  bias_check_level: biasCheckLevel,
  class_wise_analysis: z.boolean(),
  cv_folds: z.number().int().min(2),
  algorithms: z.array(algorithmName),
  hyperparameters: z.record(z.string(), z.record(z.string(), hyperparameterValue)),
  preprocessing: resolvedPreprocessing,
  criteria: z.array(criterion),
  deployment_strategy: z.literal('all_at_once'),
  monitoring_intensity: z.enum(['high', 'medium', 'low']),
  /** The lines of the proposal as they were applied, for the history. */
  items: z.array(proposalItem),
});
export type AppliedOptimizations = z.infer<typeof appliedOptimizations>;

/** One figure that was predicted before and measured after. */
export const impactComparison = z.object({
  /** e.g. `training_seconds`, or the name of the judged metric. */
  name: z.string(),
  unit: z.enum(['seconds', 'usd', 'none']),
  /** Null: there was no history to predict from. */
  predicted: estimate.nullable(),
  /** Null: it was not measured, e.g. because the run ended before. */
  actual: z.number().nullable(),
  /** Whether the actual figure lies in the predicted interval; null when one of them is missing. */
  within_interval: z.boolean().nullable(),
});

/** `optimizations/{training_id}/impact_report.json`: predicted against actual (requirement O4). */
export const impactReport = z.object({
  format: z.literal(1),
  training_id: z.string(),
  /** Run of the experiment tracker that keeps the figures for later estimates; null when nothing was measured. */
  history_entry_id: z.string().nullable(),
  basis: z.string(),
  runs: z.number().int().min(0),
  comparisons: z.array(impactComparison),
});
export type ImpactReport = z.infer<typeof impactReport>;
