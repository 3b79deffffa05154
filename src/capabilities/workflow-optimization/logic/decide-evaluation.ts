import type { DetectedCharacteristics, OptimizationProposal, ProposalItem } from '../../../contracts/optimization.js';
import type { TrainingRequest } from '../../../contracts/request.js';
import { reasons } from './reasons.js';

type Decision<T> = { value: T; reason: string; source: ProposalItem['source'] };

/** Metrics by which the trainer can choose between algorithms. */
const choosing = {
  classification: ['f1_score', 'accuracy', 'precision', 'recall', 'auc_roc'],
  regression: ['r2', 'rmse', 'mae', 'mape'],
} as const;

/** The metric that chooses between algorithms: the first criterion that the trainer can measure, else f1_score or r2. */
export function mainMetric(request: Pick<TrainingRequest, 'task_type' | 'criteria'>): string {
  const known: readonly string[] = choosing[request.task_type];
  return (
    request.criteria.find(({ metric }) => known.includes(metric))?.metric ??
    (request.task_type === 'classification' ? 'f1_score' : 'r2')
  );
}

/** Which metrics are shown first (O2, phase 3); the first one chooses. */
export function decideMetrics(request: TrainingRequest, seen: DetectedCharacteristics): Decision<string[]> {
  const say = reasons[request.language];
  const wished = request.workflow_optimization.priority_metrics;
  if (wished !== null && wished.length > 0) return { value: wished, reason: say.setByRequest, source: 'request' };
  const main = mainMetric(request);
  const judged = say.judged(main);
  if (request.task_type === 'regression')
    return { value: unique([main, 'rmse', 'mae', 'r2']), reason: judged, source: 'request' };
  if (!seen.class_imbalance) {
    return {
      value: unique([main, 'accuracy', 'f1_score']),
      reason: `${judged} ${say.balancedClasses}`,
      source: 'data',
    };
  }
  const counts = Object.values(seen.class_distribution ?? {});
  const common = Math.max(...counts) / counts.reduce((sum, count) => sum + count, 0);
  const reason = `${judged} ${say.accuracyMisleads(Math.round(common * 100))}`;
  return { value: unique([main, 'precision', 'recall', 'f1_score', 'auc_roc']), reason, source: 'data' };
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}

type BiasLevel = OptimizationProposal['phase3_optimizations']['bias_check_level'];

/** How strictly groups are compared (O2, phase 3). No profile decides it: time and cost are not bought with fairness. */
export function decideBiasLevel(request: TrainingRequest): Decision<BiasLevel> {
  const say = reasons[request.language];
  const { bias_check_level: wished, enabled } = request.workflow_optimization;
  if (wished !== null) return { value: wished, reason: say.setByRequest, source: 'request' };
  if (request.sensitive_attributes.length === 0) return { value: 'none', reason: say.noSensitive, source: 'request' };
  const names = request.sensitive_attributes.join(', ');
  if (request.task_type === 'regression')
    return { value: 'basic', reason: say.biasRegression(names), source: 'request' };
  if (request.deploy_to === 'production')
    return { value: 'standard', reason: say.biasProduction(names), source: 'request' };
  if (!enabled) return { value: 'basic', reason: say.biasReported(names), source: 'request' };
  return { value: 'standard', reason: say.biasStandard(names), source: 'request' };
}

/** Whether metrics are also told per class (O2, phase 3). */
export function decideClassWise(request: TrainingRequest, seen: DetectedCharacteristics): Decision<boolean> {
  const say = reasons[request.language];
  const { class_wise_analysis: wished, performance_profile: profile, enabled } = request.workflow_optimization;
  if (wished !== null) return { value: wished, reason: say.setByRequest, source: 'request' };
  if (request.task_type === 'regression') return { value: false, reason: say.noClasses, source: 'data' };
  if (!enabled) return { value: false, reason: say.turnedOff, source: 'request' };
  const classes = Object.keys(seen.class_distribution ?? {}).length;
  if (seen.class_imbalance) return { value: true, reason: say.rareHidden, source: 'data' };
  if (classes > 2) return { value: true, reason: say.manyClasses(classes), source: 'data' };
  const isShown = profile !== 'speed';
  const reason = isShown ? say.everyClass(say.profile[profile]) : say.classesLeftOut(say.profile[profile]);
  return { value: isShown, reason, source: 'profile' };
}

/** Folds of the cross-validation (O2, phase 2); `isSet` false: the request leaves the number open. */
export function decideFolds(request: TrainingRequest, seen: DetectedCharacteristics, isSet: boolean): Decision<number> {
  const say = reasons[request.language];
  const { performance_profile: profile, enabled } = request.workflow_optimization;
  if (isSet || !enabled) return { value: request.cv_folds, reason: say.asRequested, source: 'request' };
  // The fewer rows, the more the comparison depends on how they fall.
  const thorough = seen.dataset_size_class === 'small' ? 10 : 7;
  const wished = { speed: 3, cost: 3, balanced: request.cv_folds, accuracy: thorough }[profile];
  const share = seen.imbalance_ratio ?? 1;
  const rarest = Math.floor(share * seen.dataset_size * request.split.train);
  // A class needs at least two rows in each fold to be measured there.
  const possible = Math.max(2, Math.min(wished, Math.floor(rarest / 2)));
  if (possible < wished) return { value: possible, reason: say.fewRows(rarest), source: 'data' };
  if (wished === request.cv_folds) return { value: possible, reason: say.usualFolds, source: 'default' };
  const name = say.profile[profile];
  return {
    value: possible,
    reason: wished > request.cv_folds ? say.moreFolds(name) : say.fewerFolds(name),
    source: 'profile',
  };
}

/** How closely the endpoint is watched (O2, phase 6). */
export function decideMonitoring(request: TrainingRequest, isSet: boolean): Decision<'high' | 'medium' | 'low'> {
  const say = reasons[request.language];
  const { intensity } = request.monitoring_config;
  const { performance_profile: profile, enabled } = request.workflow_optimization;
  if (!request.monitoring_enabled) return { value: intensity, reason: say.monitoringOff, source: 'request' };
  if (isSet || !enabled) return { value: intensity, reason: say.asRequested, source: 'request' };
  if (request.deploy_to === 'production') {
    return profile === 'cost'
      ? { value: 'medium', reason: say.productionAtLowCost(say.profile[profile]), source: 'profile' }
      : { value: 'high', reason: say.production, source: 'request' };
  }
  const value = ({ speed: 'medium', cost: 'low', balanced: 'medium', accuracy: 'high' } as const)[profile];
  return { value, reason: say.staging(say.profile[profile]), source: 'profile' };
}
