import type { ColumnProfile, DataProfile } from '../../../contracts/data.js';
import type { DetectedCharacteristics } from '../../../contracts/optimization.js';
import type { TrainingRequest } from '../../../contracts/request.js';
import { planFeatures } from '../../../jobs/data/plan-features.js';
import type { PastRun } from './past-run.js';

/** How many features there will be, as the preparation will choose them, and the columns that they are read from. */
function featuresOf(request: TrainingRequest, profile: DataProfile): { count: number; columns: ColumnProfile[] } {
  const { target, features, time_column, sensitive_attributes, data_preprocessing: preprocessing } = request;
  const choice = { target, features, time_column, sensitive_attributes, preprocessing };
  const planned = planFeatures(profile.columns, choice, request.language).features;
  const names = new Set(planned.map(({ name }) => name));
  return { count: planned.length, columns: profile.columns.filter(({ name }) => names.has(name)) };
}

function sizeClass(rows: number): DetectedCharacteristics['dataset_size_class'] {
  if (rows < 10_000) return 'small';
  return rows <= 100_000 ? 'medium' : 'large';
}

/** Rows per class, from the profile of the target; null where the profile has no complete list of its values. */
function classDistribution(request: TrainingRequest, profile: DataProfile): Record<string, number> | null {
  const target = profile.columns.find(({ name }) => name === request.target);
  if (request.task_type !== 'classification' || target === undefined || target.top_values.length === 0) return null;
  if (target.distinct > target.top_values.length) return null;
  return Object.fromEntries(target.top_values.map(({ value, count }) => [value, count]));
}

/** Share of the rarest class; a class share below 40 % of an even share (two classes: below 20 %) counts as imbalanced. */
function imbalance(distribution: Record<string, number> | null): { ratio: number | null; isImbalanced: boolean } {
  const counts = Object.values(distribution ?? {});
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (counts.length < 2 || total === 0) return { ratio: null, isImbalanced: false };
  const ratio = Math.min(...counts) / total;
  return { ratio, isImbalanced: ratio < imbalanceLimit(counts.length) };
}

/** Share of the rarest class below which classes are called imbalanced. */
export function imbalanceLimit(classes: number): number {
  return 0.4 / classes;
}

/** Requirement O1: what the request and the profile of its data say, and which earlier runs were like it. */
export function analyzeCharacteristics(
  request: TrainingRequest,
  profile: DataProfile,
  similar: readonly PastRun[],
): DetectedCharacteristics {
  const features = featuresOf(request, profile);
  const distribution = classDistribution(request, profile);
  const { ratio, isImbalanced } = imbalance(distribution);
  const cells = profile.rows * features.columns.length;
  const missing = features.columns.reduce((sum, column) => sum + column.missing, 0);
  return {
    learning_type: 'supervised',
    task_type: request.task_type,
    algorithms: request.algorithms,
    dataset_size: profile.rows,
    dataset_size_class: sizeClass(profile.rows),
    num_features: features.count,
    class_distribution: distribution,
    class_imbalance: isImbalanced,
    imbalance_ratio: ratio,
    missing_ratio: cells === 0 ? null : missing / cells,
    similar_runs: similar
      .slice(0, 10)
      .map(({ training_id, algorithm, rows, metrics }) => ({ training_id, algorithm, rows, metrics })),
  };
}
