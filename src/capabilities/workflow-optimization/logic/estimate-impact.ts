import type { DetectedCharacteristics, EstimatedImpact, Estimate } from '../../../contracts/optimization.js';
import type { TrainingRequest } from '../../../contracts/request.js';
import { similarRuns, type PastRun } from './past-run.js';
import { reasons } from './reasons.js';

export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

/** Median and span of what was measured; null without a measurement. */
function estimateOf(values: readonly (number | null | undefined)[]): Estimate | null {
  const known = values.filter((value) => value !== null && value !== undefined);
  const middle = median(known);
  return middle === null ? null : { median: middle, low: Math.min(...known), high: Math.max(...known) };
}

function sameAlgorithms(run: PastRun, request: TrainingRequest): boolean {
  return run.algorithms.join(',') === request.algorithms.toSorted().join(',');
}

function spanText(runs: readonly PastRun[]): string {
  const rows = runs.map((run) => run.rows);
  const [low, high] = [Math.min(...rows), Math.max(...rows)].map((n) => n.toLocaleString('en-US'));
  return low === high ? `${low}` : `${low}-${high}`;
}

function basisText(
  request: TrainingRequest,
  similar: readonly PastRun[],
  metric: { name: string; runs: number },
): string {
  const say = reasons[request.language];
  if (similar.length === 0) return say.noHistory;
  const about = metric.runs === 0 ? say.noMetricBasis : say.metricBasis(metric.name, metric.runs);
  return `${say.basis(similar.length, request.algorithms.join(' + '), spanText(similar))}; ${about}`;
}

/** Text such as `25%` when the same work was measured with this profile and with `balanced`; else null. */
function reduction(runs: readonly PastRun[], profile: string, figure: 'training_seconds' | 'cost_usd'): string | null {
  if (profile === 'balanced') return null;
  const of = (name: string) =>
    median(
      runs
        .filter((run) => run.performance_profile === name)
        .map((run) => run[figure])
        .filter((value) => value !== null),
    );
  const [mine, usual] = [of(profile), of('balanced')];
  return mine === null || usual === null || usual === 0 ? null : `${Math.round((1 - mine / usual) * 100)}%`;
}

/**
 * Requirement O4: only what this installation measured. Times come from runs that compared the same algorithms on half to twice
 * the rows; the metric comes from runs on the same dataset and target alone, because other data say nothing about it.
 */
export function estimateImpact(
  request: TrainingRequest,
  seen: DetectedCharacteristics,
  past: readonly PastRun[],
  metric: string,
): EstimatedImpact {
  const similar = similarRuns(past, request, seen.dataset_size).filter((run) => sameAlgorithms(run, request));
  const sameData = similar.filter((run) => run.dataset_id === request.dataset_id && run.target === request.target);
  const value = estimateOf(sameData.map((run) => run.metrics[metric]));
  const profile = request.workflow_optimization.performance_profile;
  const measured = sameData.filter((run) => run.metrics[metric] !== undefined).length;
  return {
    basis: basisText(request, similar, { name: metric, runs: measured }),
    runs: similar.length,
    training_seconds: estimateOf(similar.map((run) => run.training_seconds)),
    total_seconds: estimateOf(similar.map((run) => run.total_seconds)),
    metric: value === null ? null : { name: metric, value },
    cost_usd: estimateOf(similar.map((run) => run.cost_usd)),
    training_time_reduction: reduction(similar, profile, 'training_seconds'),
    cost_reduction: reduction(similar, profile, 'cost_usd'),
    accuracy_improvement: null,
  };
}
