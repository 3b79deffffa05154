import { errorMetrics } from '../../../contracts/evaluation.js';
import type { DetectedCharacteristics, EstimatedImpact, Estimate } from '../../../contracts/optimization.js';
import type { TrainingRequest } from '../../../contracts/request.js';
import { sameAlgorithms, similarRuns, type PastRun } from './past-run.js';
import { reasons } from './reasons.js';

export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

/** Below this many measurements there is no interval, and two profiles are not compared: chance would be all of it. */
const fewestRuns = 3;

/** Median and span of what was measured; null without a measurement. */
function estimateOf(values: readonly (number | null | undefined)[]): Estimate | null {
  const known = values.filter((value) => value !== null && value !== undefined);
  const middle = median(known);
  if (middle === null) return null;
  const isMany = known.length >= fewestRuns;
  return { median: middle, low: isMany ? Math.min(...known) : null, high: isMany ? Math.max(...known) : null };
}

function spanText(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((n) => n.toLocaleString('en-US'));
  return low === high ? `${low}` : `${low}-${high}`;
}

function foldsText(runs: readonly PastRun[]): string {
  const folds = runs.map((run) => run.cv_folds).filter((count) => count !== null);
  return folds.length === 0 ? '?' : spanText(folds);
}

function basisText(
  request: TrainingRequest,
  similar: readonly PastRun[],
  metric: { name: string; runs: number },
): string {
  const say = reasons[request.language];
  if (similar.length === 0) return say.noHistory;
  const about = metric.runs === 0 ? say.noMetricBasis : say.metricBasis(metric.name, metric.runs);
  const rows = spanText(similar.map((run) => run.rows));
  const what = request.training_script?.path ?? request.algorithms.join(' + ');
  return `${say.basis(similar.length, what, rows, foldsText(similar))}; ${about}`;
}

type Figure = (run: PastRun) => number | null | undefined;

/** Change of a figure's median from `balanced` to this profile, relative; null unless the same work was measured often enough with both. */
function change(runs: readonly PastRun[], profile: string, figure: Figure): number | null {
  if (profile === 'balanced') return null;
  const of = (name: string) => {
    const own = runs.filter((run) => run.performance_profile === name).map(figure);
    const known = own.filter((value) => value !== null && value !== undefined);
    return known.length < fewestRuns ? null : median(known);
  };
  const [mine, usual] = [of(profile), of('balanced')];
  return mine === null || usual === null || usual === 0 ? null : (mine - usual) / Math.abs(usual);
}

/** Text such as `25%`. */
function reduction(runs: readonly PastRun[], profile: string, figure: Figure): string | null {
  const share = change(runs, profile, figure);
  return share === null ? null : `${Math.round(-share * 100)}%`;
}

/** Text such as `+6%`: how much better the judged metric was. */
function improvement(runs: readonly PastRun[], profile: string, metric: string): string | null {
  const share = change(runs, profile, (run) => run.metrics[metric]);
  if (share === null) return null;
  const percent = Math.round((errorMetrics.has(metric) ? -share : share) * 100);
  return `${percent > 0 ? '+' : ''}${percent}%`;
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
    training_time_reduction: reduction(similar, profile, (run) => run.training_seconds),
    cost_reduction: reduction(similar, profile, (run) => run.cost_usd),
    accuracy_improvement: improvement(sameData, profile, metric),
  };
}
