import type { DetectedCharacteristics, OptimizationProposal, ProposalItem } from '../../../contracts/optimization.js';
import type { TrainingRequest } from '../../../contracts/request.js';
import {
  decideBiasLevel,
  decideClassWise,
  decideFolds,
  decideMetrics,
  decideMonitoring,
  mainMetric,
} from './decide-evaluation.js';
import { decideImbalance } from './decide-imbalance.js';
import type { PastRun } from './past-run.js';
import { reasons, type Reasons } from './reasons.js';

type FixedField = keyof Reasons['fixed'];

/** What is the same for every request: what Dandori does always, and what it cannot do yet and says so. */
const fixed: readonly { phase: number; field: FixedField; value: ProposalItem['value']; available: boolean }[] = [
  { phase: 1, field: 'data_augmentation', value: 'disabled', available: false },
  { phase: 2, field: 'hpo_method', value: 'disabled', available: false },
  { phase: 2, field: 'max_trials', value: 0, available: false },
  { phase: 2, field: 'resource_type', value: 'cpu', available: true },
  { phase: 2, field: 'instance_type', value: 'local', available: true },
  { phase: 2, field: 'use_spot_instances', value: false, available: false },
  { phase: 4, field: 'container_optimization', value: true, available: true },
  { phase: 5, field: 'deployment_strategy', value: 'all_at_once', available: true },
  { phase: 6, field: 'drift_detection_frequency', value: 'disabled', available: false },
  { phase: 7, field: 'retrain_frequency', value: 'disabled', available: false },
];

export interface ProposalInput {
  request: TrainingRequest;
  characteristics: DetectedCharacteristics;
  past: readonly PastRun[];
  /** Fields that the person wrote, e.g. `cv_folds`; null: not known, every filled field counts as written. */
  explicitFields: readonly string[] | null;
}

function fixedItems({ language }: TrainingRequest): ProposalItem[] {
  return fixed.map((item) => ({ ...item, reason: reasons[language].fixed[item.field], source: 'default' }));
}

/** The runtime of the model: an exported graph, or the hooks that the request names. */
function decideInference(request: TrainingRequest) {
  const { onnx, hooks } = reasons[request.language];
  return request.inference_script === undefined
    ? ({ value: 'onnx', reason: onnx, source: 'default' } as const)
    : ({ value: 'none', reason: hooks, source: 'request' } as const);
}

/** What the trainer does by itself, and a program of the user's own only if it wants to. */
function toldToTrainer<T extends { reason: string }>(request: TrainingRequest, decision: T): T {
  if (request.training_script === null) return decision;
  return { ...decision, reason: `${decision.reason} ${reasons[request.language].ownProgram}` };
}

/** Requirements O2, O3: a proposal per phase, every field with its reason; nothing that the request sets is changed. */
export function generateProposal({
  request,
  characteristics: seen,
  past,
  explicitFields,
}: ProposalInput): OptimizationProposal {
  const isSet = (field: string) =>
    explicitFields === null || explicitFields.some((name) => name === field || name.startsWith(`${field}.`));
  const handling = decideImbalance(request, seen, past, mainMetric(request));
  const imbalance = handling.value === 'none' ? handling : toldToTrainer(request, handling);
  const folds = toldToTrainer(request, decideFolds(request, seen, isSet('cv_folds')));
  const metrics = decideMetrics(request, seen);
  const bias = decideBiasLevel(request);
  const classWise = decideClassWise(request, seen);
  const monitoring = decideMonitoring(request, isSet('monitoring_config'));
  const inference = decideInference(request);
  const items: ProposalItem[] = [
    { phase: 1, field: 'class_imbalance_handling', ...imbalance, available: true },
    { phase: 2, field: 'cv_folds', ...folds, available: true },
    { phase: 3, field: 'priority_metrics', ...metrics, available: true },
    { phase: 3, field: 'bias_check_level', ...bias, available: true },
    { phase: 3, field: 'class_wise_analysis', ...classWise, available: true },
    { phase: 6, field: 'monitoring_intensity', ...monitoring, available: true },
    { phase: 4, field: 'inference_optimization', ...inference, available: true },
    ...fixedItems(request),
  ];
  return {
    performance_profile: request.workflow_optimization.performance_profile,
    phase1_optimizations: { class_imbalance_handling: imbalance.value, data_augmentation: 'disabled' },
    phase2_optimizations: {
      hpo_method: 'disabled',
      max_trials: 0,
      cv_folds: folds.value,
      resource_type: 'cpu',
      instance_type: 'local',
      use_spot_instances: false,
    },
    phase3_optimizations: {
      priority_metrics: metrics.value,
      bias_check_level: bias.value,
      class_wise_analysis: classWise.value,
    },
    phase4_optimizations: { container_optimization: true, inference_optimization: inference.value },
    phase5_optimizations: { deployment_strategy: 'all_at_once' },
    phase6_optimizations: { monitoring_intensity: monitoring.value, drift_detection_frequency: 'disabled' },
    phase7_optimizations: { retrain_frequency: 'disabled' },
    items: items.toSorted((a, b) => a.phase - b.phase),
  };
}
