import type { DataProfile, SplitName } from '../../../contracts/data.js';
import { className, orderClasses } from '../../../jobs/data/check-target.js';

export type Fractions = Record<SplitName, number>;
export type SplitRows = Record<SplitName, number>;

/** Rows of one stratum of `rows` rows: row k (from 1) lies at (k - 0.5) / rows, as the preparation places it. */
function splitRows(rows: number, fractions: Fractions): SplitRows {
  const below = (share: number) => Math.min(rows, Math.max(0, Math.ceil(share * rows + 0.5) - 1));
  const train = below(fractions.train);
  const upToValidation = below(fractions.train + fractions.validation);
  return { train, validation: upToValidation - train, test: rows - upToValidation };
}

/** Rows per class of the target, in the order of class ids. */
export function classCounts(profile: DataProfile, target: string): Map<string, number> {
  const column = profile.columns.find(({ name }) => name === target);
  const counts = new Map(
    (column?.top_values ?? []).map(({ value, count }) => [
      column === undefined ? value : className(column, value),
      count,
    ]),
  );
  return new Map(orderClasses([...counts.keys()]).map((name) => [name, counts.get(name) ?? 0]));
}

export interface SplitPlan {
  rows: SplitRows;
  classes: Record<string, SplitRows> | null;
}

/** Rows per split, and per class for a stratified split of a classification. */
export function planSplit(
  profile: DataProfile,
  choice: { target: string; task_type: 'classification' | 'regression'; time_column: string | null },
  fractions: Fractions,
): SplitPlan {
  const target = profile.columns.find(({ name }) => name === choice.target);
  const usable = profile.rows - (target?.missing ?? 0);
  if (choice.task_type === 'regression' || choice.time_column !== null)
    return { rows: splitRows(usable, fractions), classes: null };
  const counts = classCounts(profile, choice.target);
  const classes = Object.fromEntries([...counts].map(([name, rows]) => [name, splitRows(rows, fractions)]));
  const sum = (split: SplitName) => Object.values(classes).reduce((total, rows) => total + rows[split], 0);
  return { rows: { train: sum('train'), validation: sum('validation'), test: sum('test') }, classes };
}

/** Counts after sampling, and the minority's share before and after (class weights change no row but count as if they did). */
export function planBalance(counts: Record<string, number>, method: 'none' | 'smote' | 'undersample' | 'class_weight') {
  const rows = Object.values(counts);
  const [least, most] = [Math.min(...rows), Math.max(...rows)];
  const total = rows.reduce((sum, each) => sum + each, 0);
  const level = method === 'smote' ? most : method === 'undersample' ? least : null;
  const after = level === null ? counts : Object.fromEntries(Object.keys(counts).map((name) => [name, level]));
  const ratio = total === 0 ? 0 : least / total;
  return {
    originalClassRatio: ratio,
    balancedClassRatio: method === 'none' || rows.length === 0 ? ratio : 1 / rows.length,
    after,
  };
}
