import { z } from 'zod';
import { field, metric, supervisedMetrics, text } from './request-field-docs.js';

/** `workflow_optimization` and, by the same names, what an override may change of the proposal. */
export const optimization = z.strictObject({
  enabled: field(z.boolean(), 'False: the request runs as it stands, nothing is added.', { default: 'true' }),
  auto_approve: field(z.boolean(), 'True: whoever made the request approves the plan by making it.', {
    default: 'false',
  }),
  performance_profile: field(z.enum(['speed', 'accuracy', 'cost', 'balanced']), 'What the proposal favours.', {
    default: 'balanced',
  }),
  phase1_optimizations: field(
    z.strictObject({
      class_imbalance_handling: field(z.enum(['none', 'smote', 'undersample', 'class_weight']), 'Training rows only.'),
      data_augmentation: field(z.enum(['disabled', 'enabled']), 'Augmentation.', { available: ['disabled'] }),
    }),
    'Fixes the data part of the proposal.',
  ),
  phase2_optimizations: field(
    z.strictObject({
      cv_folds: field(z.int().min(2).max(20), 'The same as the field `cv_folds`.'),
      hpo_method: field(z.enum(['disabled', 'grid_search', 'random', 'bayesian']), 'Search.', {
        available: ['disabled'],
      }),
      max_trials: field(z.int().min(0), 'Trials of the search.', { available: [0] }),
      resource_type: field(z.enum(['cpu', 'gpu']), 'Kind of machine.', { available: ['cpu'] }),
      instance_type: field(text, 'Machine.', { available: ['local'] }),
      use_spot_instances: field(z.boolean(), 'Spot machines.', { available: [false] }),
    }),
    'Fixes the training part.',
  ),
  phase3_optimizations: field(
    z.strictObject({
      priority_metrics: field(
        z.array(metric).min(1).max(10),
        'Metrics shown first; the first one chooses the algorithm.',
        { available: supervisedMetrics },
      ),
      bias_check_level: field(
        z.enum(['none', 'basic', 'standard', 'strict']),
        'Over its level: the operator is asked.',
      ),
      class_wise_analysis: field(z.boolean(), 'Figures per class.'),
    }),
    'Fixes the evaluation part.',
  ),
  phase4_optimizations: field(
    z.strictObject({
      container_optimization: field(z.boolean(), 'Multi-stage image.'),
      inference_optimization: field(z.enum(['onnx', 'quantized']), 'Runtime of the model.', { available: ['onnx'] }),
    }),
    'Fixes the packaging part.',
  ),
  phase5_optimizations: field(
    z.strictObject({
      deployment_strategy: field(
        z.enum(['all_at_once', 'canary', 'ab_test', 'blue_green']),
        'As the field of that name.',
        {
          available: ['all_at_once'],
        },
      ),
    }),
    'Fixes the deployment part.',
  ),
  phase6_optimizations: field(
    z.strictObject({
      monitoring_intensity: field(z.enum(['high', 'medium', 'low']), 'As `monitoring_config.intensity`.'),
      drift_detection_frequency: field(text, 'How often drift is looked for.', { available: ['disabled'] }),
    }),
    'Fixes the monitoring part.',
  ),
  phase7_optimizations: field(
    z.strictObject({ retrain_frequency: field(text, 'How often to retrain.', { available: ['disabled'] }) }),
    'Fixes the retraining part.',
  ),
});
