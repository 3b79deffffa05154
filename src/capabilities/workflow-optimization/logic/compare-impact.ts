import type { ImpactReport } from '../../../contracts/applied-optimizations.js';
import type { Estimate, EstimatedImpact } from '../../../contracts/optimization.js';

export interface ActualImpact {
  training_seconds: number | null;
  total_seconds: number | null;
  cost_usd: number | null;
  metric: { name: string; value: number | null };
}

type Comparison = ImpactReport['comparisons'][number];

function compare(
  name: string,
  unit: Comparison['unit'],
  predicted: Estimate | null,
  actual: number | null,
): Comparison {
  const { low, high } = predicted ?? { low: null, high: null };
  return {
    name,
    unit,
    predicted,
    actual,
    within_interval: low === null || high === null || actual === null ? null : actual >= low && actual <= high,
  };
}

/** Requirement O4, afterwards: predicted against actual. */
export function compareImpact(predicted: EstimatedImpact | null, actual: ActualImpact): ImpactReport['comparisons'] {
  const metric = predicted?.metric?.name === actual.metric.name ? predicted.metric.value : null;
  return [
    compare('training_seconds', 'seconds', predicted?.training_seconds ?? null, actual.training_seconds),
    compare('total_seconds', 'seconds', predicted?.total_seconds ?? null, actual.total_seconds),
    compare('cost_usd', 'usd', predicted?.cost_usd ?? null, actual.cost_usd),
    compare(actual.metric.name, 'none', metric, actual.metric.value),
  ];
}
