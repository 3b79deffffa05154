import type { EvaluationResults } from '../../contracts/evaluation.js';
import type { RowGroups } from './predictions.js';

/** A group with fewer rows is reported, not judged: its rates are noise. */
export const minGroupRows = 30;
/** Groups too small to judge are listed only among this many largest: an attribute of many values would drown the report. */
const maxGroups = 50;

export type BiasCheck = NonNullable<EvaluationResults['bias_check']>;
type MetricValues = Record<string, number | null>;

/** What the bias check needs to know of the rows of one group. */
export interface GroupScorer {
  /** Group metrics of these rows. */
  metrics: (rows: Int32Array) => MetricValues;
  /** Share of these rows that get the favourable answer; null for a regression, which selects nobody. */
  selectionRate: (rows: Int32Array) => number | null;
  /** Metrics of which the gap between groups is reported. */
  gapMetrics: readonly string[];
}

/**
 * Group metrics and disparities. `selection_rate_ratio` of an attribute = smallest / largest selection rate over its groups of
 * at least `minGroupRows` rows (the four-fifths rule looks at this number); `fairness_score` = smallest ratio over attributes.
 * Null where it cannot be said: regression, fewer than two such groups, or nobody selected in any.
 */
export function checkBias(level: BiasCheck['level'], groups: readonly RowGroups[], scorer: GroupScorer): BiasCheck {
  const result: BiasCheck = { level, fairness_score: null, group_disparities: {}, groups: [] };
  for (const attribute of groups) {
    const rows = rowsByGroup(attribute).filter((one, rank) => one.rows.length >= minGroupRows || rank < maxGroups);
    const scored = rows.map(({ group, rows }) => ({
      attribute: attribute.attribute,
      group,
      rows: rows.length,
      selection_rate: scorer.selectionRate(rows),
      metrics: scorer.metrics(rows),
    }));
    result.groups.push(...scored);
    const judged = scored.filter((one) => one.rows >= minGroupRows);
    result.group_disparities[attribute.attribute] = {
      selection_rate_ratio: selectionRateRatio(judged.map((one) => one.selection_rate)),
      metric_gaps: Object.fromEntries(
        scorer.gapMetrics.map((name) => [name, spread(judged.map((one) => one.metrics[name] ?? null))]),
      ),
    };
  }
  const ratios = Object.values(result.group_disparities).map((one) => one.selection_rate_ratio);
  const known = ratios.filter((ratio) => ratio !== null);
  // One attribute that cannot be judged makes the whole score unknown: fail closed.
  result.fairness_score = known.length === 0 || known.length < ratios.length ? null : Math.min(...known);
  return result;
}

/** Rows of each group, largest group first. */
function rowsByGroup({ names, codes }: RowGroups): { group: string; rows: Int32Array }[] {
  const counts = new Int32Array(names.length);
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  const filled = new Int32Array(names.length);
  const rows = Array.from(counts, (count) => new Int32Array(count));
  codes.forEach((code, row) => {
    const at = filled[code] ?? 0;
    const list = rows[code];
    if (list !== undefined) list[at] = row;
    filled[code] = at + 1;
  });
  return names
    .map((group, code) => ({ group, rows: rows[code] ?? new Int32Array() }))
    .toSorted((a, b) => b.rows.length - a.rows.length || (a.group < b.group ? -1 : 1));
}

function selectionRateRatio(rates: readonly (number | null)[]): number | null {
  const known = rates.filter((rate) => rate !== null);
  if (known.length < 2 || known.length < rates.length) return null;
  const largest = Math.max(...known);
  return largest === 0 ? null : Math.min(...known) / largest;
}

/** Largest minus smallest over groups; null with fewer than two groups that have the metric. */
function spread(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < 2 ? null : Math.max(...known) - Math.min(...known);
}
