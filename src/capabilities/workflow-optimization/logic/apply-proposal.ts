import { z } from 'zod';
import type { AppliedOptimizations } from '../../../contracts/applied-optimizations.js';
import type { OptimizationProposal, ProposalItem } from '../../../contracts/optimization.js';
import { biasCheckLevel, type TrainingRequest } from '../../../contracts/request.js';
import { imbalanceHandling } from '../../../contracts/training.js';
import { failure } from '../../../messages/failures.js';
import { runFailures } from '../../../messages/run-failures.js';
import { mainMetric } from './decide-evaluation.js';
import { reasons } from './reasons.js';

/** What a person may change of a proposal. */
export const proposalOverrides = z.strictObject({
  class_imbalance_handling: imbalanceHandling.optional(),
  priority_metrics: z.array(z.string()).min(1).optional(),
  bias_check_level: biasCheckLevel.optional(),
  class_wise_analysis: z.boolean().optional(),
  cv_folds: z.number().int().min(2).max(20).optional(),
  monitoring_intensity: z.enum(['high', 'medium', 'low']).optional(),
});
export type ProposalOverrides = z.infer<typeof proposalOverrides>;

function overriddenItems(items: readonly ProposalItem[], overrides: ProposalOverrides, reason: string): ProposalItem[] {
  const given = new Map(Object.entries(overrides));
  return items.map((item): ProposalItem => {
    const value = given.get(item.field);
    return value === undefined ? item : { ...item, value, reason, source: 'request' };
  });
}

/** Puts a proposal on a request: overrides win over the request, the request over the proposal. */
export function applyProposal(
  request: TrainingRequest,
  proposal: OptimizationProposal,
  overrides: ProposalOverrides = {},
): AppliedOptimizations {
  const wished = request.workflow_optimization;
  const {
    phase1_optimizations: one,
    phase2_optimizations: two,
    phase3_optimizations: three,
    phase6_optimizations: six,
  } = proposal;
  const handling =
    overrides.class_imbalance_handling ?? wished.class_imbalance_handling ?? one.class_imbalance_handling;
  if (request.task_type === 'regression' && handling !== 'none') {
    throw failure('invalid_request', runFailures.imbalanceOfRegression({ handling }));
  }
  const metrics = overrides.priority_metrics ?? wished.priority_metrics ?? three.priority_metrics;
  return {
    format: 1,
    performance_profile: proposal.performance_profile,
    class_imbalance_handling: handling,
    priority_metrics: metrics.length === 0 ? [mainMetric(request)] : metrics,
    bias_check_level: overrides.bias_check_level ?? wished.bias_check_level ?? three.bias_check_level,
    class_wise_analysis: overrides.class_wise_analysis ?? wished.class_wise_analysis ?? three.class_wise_analysis,
    cv_folds: overrides.cv_folds ?? two.cv_folds,
    algorithms: request.algorithms,
    hyperparameters: request.hyperparameters,
    preprocessing: request.data_preprocessing,
    criteria: request.criteria,
    deployment_strategy: 'all_at_once',
    monitoring_intensity: overrides.monitoring_intensity ?? six.monitoring_intensity,
    items: overriddenItems(proposal.items, overrides, reasons[request.language].overridden),
  };
}
