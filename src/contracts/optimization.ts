import { z } from 'zod';
import { biasCheckLevel, performanceProfile } from './request.js';
import { imbalanceHandling } from './training.js';

/** What the optimizer saw in the request and in the data (requirement O1). */
export const detectedCharacteristics = z.object({
  learning_type: z.literal('supervised'),
  task_type: z.enum(['classification', 'regression']),
  algorithms: z.array(z.string()),
  /** Rows of the dataset version. */
  dataset_size: z.number().int(),
  /** small < 10,000 rows, medium 10,000 to 100,000, large above. */
  dataset_size_class: z.enum(['small', 'medium', 'large']),
  num_features: z.number().int(),
  /** Rows per class; null for a regression. */
  class_distribution: z.record(z.string(), z.number().int()).nullable(),
  class_imbalance: z.boolean(),
  /** Rows of the rarest class / all rows, 0..0.5; null for a regression. */
  imbalance_ratio: z.number().nullable(),
  /** Share of missing cells among the features, 0..1; null when it was not measured. */
  missing_ratio: z.number().nullable(),
  /** Finished runs of this installation that are like this one, newest first. */
  similar_runs: z.array(
    z.object({
      training_id: z.string(),
      algorithm: z.string(),
      rows: z.number().int(),
      metrics: z.record(z.string(), z.number()),
    }),
  ),
});
export type DetectedCharacteristics = z.infer<typeof detectedCharacteristics>;

/** Where a proposed value comes from; what the request sets is never overridden. */
export const proposalSource = z.enum(['request', 'data', 'history', 'profile', 'default']);

/** One line of the proposal, for people: which field of which phase, and why. */
export const proposalItem = z.object({
  phase: z.number().int().min(1).max(7),
  /** Field of `phaseN_optimizations`. */
  field: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]),
  reason: z.string(),
  source: proposalSource,
  /** False: what the field asks for is planned, not there yet; the value is then what really happens. */
  available: z.boolean(),
});
export type ProposalItem = z.infer<typeof proposalItem>;

/** The proposal per phase (requirement O2), in the field names of the documents; `items` explains every field. */
export const optimizationProposal = z.object({
  performance_profile: performanceProfile,
  phase1_optimizations: z.object({
    class_imbalance_handling: imbalanceHandling,
    data_augmentation: z.literal('disabled'),
  }),
  phase2_optimizations: z.object({
    hpo_method: z.literal('disabled'),
    max_trials: z.number().int(),
    cv_folds: z.number().int(),
    resource_type: z.literal('cpu'),
    /** `local`: this machine. */
    instance_type: z.string(),
    use_spot_instances: z.literal(false),
  }),
  phase3_optimizations: z.object({
    priority_metrics: z.array(z.string()),
    bias_check_level: biasCheckLevel,
    class_wise_analysis: z.boolean(),
  }),
  phase4_optimizations: z.object({
    container_optimization: z.boolean(),
    /** `none`: the user's own inference.py answers. */
    inference_optimization: z.enum(['onnx', 'none']),
  }),
  phase5_optimizations: z.object({ deployment_strategy: z.literal('all_at_once') }),
  phase6_optimizations: z.object({
    monitoring_intensity: z.enum(['high', 'medium', 'low']),
    drift_detection_frequency: z.literal('disabled'),
  }),
  phase7_optimizations: z.object({ retrain_frequency: z.literal('disabled') }),
  items: z.array(proposalItem),
});
export type OptimizationProposal = z.infer<typeof optimizationProposal>;

/** A median with the interval that the measured runs span, null of fewer than three; in the unit that the field's name says. */
export const estimate = z.object({ median: z.number(), low: z.number().nullable(), high: z.number().nullable() });
export type Estimate = z.infer<typeof estimate>;

/** Impact from measured history only (requirement O4); every number is null while there is none. */
export const estimatedImpact = z.object({
  /** What the figures rest on, e.g. `3 finished runs of xgboost on 5,000 to 9,000 rows`, or `no history yet`. */
  basis: z.string(),
  /** Number of runs behind the figures. */
  runs: z.number().int().min(0),
  training_seconds: estimate.nullable(),
  total_seconds: estimate.nullable(),
  /** The judged metric of these runs. */
  metric: z.object({ name: z.string(), value: estimate }).nullable(),
  cost_usd: estimate.nullable(),
  /** The documents' own fields: text such as `25%`; null = no history yet. */
  training_time_reduction: z.string().nullable(),
  cost_reduction: z.string().nullable(),
  accuracy_improvement: z.string().nullable(),
});
export type EstimatedImpact = z.infer<typeof estimatedImpact>;

/** `optimizations/{training_id}/proposal.json`. */
export const proposalDocument = z.object({
  format: z.literal(1),
  training_id: z.string(),
  detected_characteristics: detectedCharacteristics,
  optimization_proposal: optimizationProposal,
  estimated_impact: estimatedImpact,
});
export type ProposalDocument = z.infer<typeof proposalDocument>;
