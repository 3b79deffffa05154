import { maxMetricGap, minFairness } from '../contracts/evaluation.js';
import type { JudgeInput, Verdict } from './judge.js';
import { metricLabel, type JudgeMessages } from './judge-messages.js';

type BiasCheck = NonNullable<JudgeInput['evaluation_results']['bias_check']>;

/** Rows of the bias check: the fairness score, and at level strict every gap of a metric between groups. */
export function judgeBias(input: JudgeInput, messages: JudgeMessages): Verdict[] {
  const { bias_check_level: level, evaluation_results: results } = input;
  const check = results.bias_check;
  const row = { name: 'fairness_score', value: finite(check?.fairness_score), required: '-' };
  const { notes } = messages;
  if (level === 'none') return [{ ...row, verdict: 'not_checked', note: notes.biasNotAsked }];
  if (level === 'basic') return [{ ...row, verdict: 'not_checked', note: notes.biasBasic }];
  // The type says that there is no other level; what comes from outside may disagree.
  if (level !== 'standard' && level !== 'strict') {
    return [{ ...row, required: messages.aKnownLevel, verdict: 'fail', note: notes.levelUnknown }];
  }
  const min = minFairness[level];
  const judged = { ...row, required: `>= ${min}` };
  if (check === null || check === undefined) return [{ ...judged, verdict: 'fail', note: notes.biasMissing }];
  if (check.groups.length === 0) return [{ ...judged, verdict: 'not_checked', note: notes.noAttributes }];
  if (results.task_type === 'regression') return [{ ...row, verdict: 'not_checked', note: notes.biasRegression }];
  const fairness: Verdict =
    judged.value === null
      ? { ...judged, verdict: 'fail', note: notes.fairnessUnknown }
      : { ...judged, verdict: judged.value >= min ? 'pass' : 'miss', note: widestNote(check, messages) };
  return level === 'strict' ? [fairness, ...judgeGaps(check, messages)] : [fairness];
}

/** Names the attribute whose groups differ most: the score is its ratio. */
function widestNote(check: BiasCheck, { notes }: JudgeMessages): string {
  const ratios = Object.entries(check.group_disparities).flatMap(([attribute, { selection_rate_ratio: ratio }]) =>
    finite(ratio) === null ? [] : [{ attribute, ratio: Number(ratio) }],
  );
  const [widest] = ratios.toSorted((a, b) => a.ratio - b.ratio);
  return widest === undefined ? '' : notes.fairnessOf(widest.attribute);
}

function judgeGaps(check: BiasCheck, messages: JudgeMessages): Verdict[] {
  return Object.entries(check.group_disparities).flatMap(([attribute, { metric_gaps }]) =>
    Object.entries(metric_gaps).map(([metric, gap]): Verdict => {
      const row = { name: `gap:${metric}:${attribute}`, value: finite(gap), required: `<= ${maxMetricGap}` };
      if (row.value === null)
        return { ...row, verdict: 'fail', note: `${metricLabel(metric)}: ${messages.notes.metricUnknown}` };
      return { ...row, verdict: row.value <= maxMetricGap ? 'pass' : 'miss', note: '' };
    }),
  );
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
