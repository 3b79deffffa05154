import { z } from 'zod';
import {
  boundsText,
  criterion,
  errorMetrics,
  evaluationResults,
  meets,
  type Criterion,
  type Judgement,
} from '../contracts/evaluation.js';
import { trainingReport } from '../contracts/training.js';
import { judgeBias } from './judge-bias.js';
import { judgeMessages, metricLabel, type JudgeMessages } from './judge-messages.js';

/** What the judge looks at: the figures of one evaluation and what was asked of them. */
export const judgeInput = z.object({
  evaluation_results: evaluationResults.pick({
    task_type: true,
    metrics: true,
    bias_check: true,
    comparison: true,
    model_tests: true,
  }),
  criteria: z.array(criterion),
  /** Cross-validation of the training report; null when the training (a user's own script) reported none. */
  cv: trainingReport.shape.cv.unwrap().unwrap().pick({ metric: true, mean: true }).nullable(),
  bias_check_level: z.enum(['none', 'basic', 'standard', 'strict']),
  /** Retries already made, from 0. */
  current_retry: z.number().int(),
  max_retry: z.number().int(),
  language: z.enum(['en', 'ja']),
  /** Version that stays in service when this one is not accepted; null when there is none. */
  previous_version: z.string().nullable(),
});
export type JudgeInput = z.infer<typeof judgeInput>;

export type Verdict = Judgement['criteria'][number];

/** The test may be this much worse than cross-validation; at this gap it counts as overfitted. */
const maxOverfitGap = 0.1;

/**
 * Decides from figures alone, without any I/O: `fail` when something is unknown or broken, `retrain` when a criterion is missed,
 * else `pass`. Fails closed: what is missing, NaN or not understood is never a pass.
 */
export function judge(input: JudgeInput): Judgement {
  const messages = judgeMessages[input.language];
  const criteria = [
    ...judgeThresholds(input, messages),
    judgeOverfit(input, messages),
    ...judgeBias(input, messages),
    judgeModelTests(input, messages),
    ...reportComparison(input, messages),
  ];
  const decision = criteria.some((one) => one.verdict === 'fail')
    ? 'fail'
    : criteria.some((one) => one.verdict === 'miss')
      ? 'retrain'
      : 'pass';
  const next_action =
    decision === 'pass'
      ? 'register_model'
      : decision === 'retrain' && input.current_retry < input.max_retry
        ? 'ask_operator'
        : 'keep_previous_model';
  const judgement = { decision, next_action, criteria } as const;
  return { ...judgement, message: messageOf(judgement, input, messages) };
}

/** A finite number, or null for everything else that may stand in its place. */
function known(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function judgeThresholds({ criteria, evaluation_results }: JudgeInput, messages: JudgeMessages): Verdict[] {
  if (criteria.length === 0) {
    return [
      {
        name: 'criteria',
        value: null,
        required: messages.aCriterion,
        verdict: 'fail',
        note: messages.notes.noCriteria,
      },
    ];
  }
  return criteria.map((one) => judgeThreshold(one, evaluation_results.metrics, messages));
}

function judgeThreshold(one: Criterion, metrics: Readonly<Record<string, unknown>>, messages: JudgeMessages): Verdict {
  const { metric, min, max } = one;
  const value = Object.hasOwn(metrics, metric) ? known(metrics[metric]) : null;
  const row = { name: metric, value, required: boundsText(one) || '-' };
  const bounds = [min, max].filter((bound) => bound !== undefined);
  if (bounds.length === 0 || bounds.some((bound) => known(bound) === null))
    return { ...row, verdict: 'fail', note: messages.notes.noBound };
  if (value === null) return { ...row, verdict: 'fail', note: messages.notes.metricUnknown };
  return { ...row, verdict: meets(one, value) ? 'pass' : 'miss', note: '' };
}

/** Gap = cross-validation - test (for error metrics: the relative increase); a test that is better than that is no overfitting. */
function judgeOverfit({ cv, evaluation_results }: JudgeInput, messages: JudgeMessages): Verdict {
  const row = { name: 'overfit_gap', value: null, required: `< ${maxOverfitGap}` };
  if (cv === null) return { ...row, verdict: 'not_checked', note: messages.notes.noCrossValidation };
  const { metrics } = evaluation_results;
  const mean = known(cv.mean);
  const test = Object.hasOwn(metrics, cv.metric) ? known(metrics[cv.metric]) : null;
  const gap = mean === null || test === null ? null : overfitGap(cv.metric, mean, test);
  if (gap === null || mean === null || test === null) {
    return { ...row, verdict: 'fail', note: messages.notes.crossValidationUnknown(metricLabel(cv.metric)) };
  }
  const note = messages.notes.overfit(metricLabel(cv.metric), figure(mean), figure(test));
  return { ...row, value: gap, verdict: gap < maxOverfitGap ? 'pass' : 'miss', note };
}

function overfitGap(metric: string, mean: number, test: number): number | null {
  const gap = errorMetrics.has(metric) ? (test - mean) / Math.abs(mean) : mean - test;
  // 0.85 - 0.75 is 0.0999... in floating point, and a gap of 0.1 is a miss.
  return known(Math.round(gap * 1e12) / 1e12);
}

function judgeModelTests({ evaluation_results }: JudgeInput, messages: JudgeMessages): Verdict {
  const tests = evaluation_results.model_tests;
  const failed = tests.filter((test) => test.passed !== true);
  const row = { name: 'model_tests', value: tests.length - failed.length, required: messages.allTestsPass };
  if (tests.length === 0) return { ...row, verdict: 'fail', note: messages.notes.noTests };
  if (failed.length === 0) return { ...row, verdict: 'pass', note: '' };
  const named = failed.slice(0, 5).map((test) => `${test.name} (${test.detail.slice(0, 120)})`);
  return { ...row, verdict: 'fail', note: messages.notes.testsFailed(named.join(messages.separator)) };
}

/** The first criterion's metric beside that of the version in service: for people, it decides nothing here. */
function reportComparison({ criteria, evaluation_results }: JudgeInput, messages: JudgeMessages): Verdict[] {
  const { comparison } = evaluation_results;
  const metric = criteria[0]?.metric;
  if (comparison === null || metric === undefined || !Object.hasOwn(comparison.metrics, metric)) return [];
  const value = known(comparison.metrics[metric]?.difference);
  const change = value !== null && value >= 0 ? `+${figure(value)}` : figure(value);
  const note = messages.notes.comparison(metricLabel(metric), change, comparison.previous_version);
  return [{ name: `comparison:${metric}`, value, required: '-', verdict: 'not_checked', note }];
}

function messageOf(judgement: Omit<Judgement, 'message'>, input: JudgeInput, messages: JudgeMessages): string {
  const { criteria, decision, next_action } = judgement;
  const line = (one: Verdict) => describe(one, messages);
  const details = criteria.map(line).join(messages.separator);
  return [headline(judgement, input, messages), details, ...nextStep(decision, next_action, input, messages)].join(
    '\n',
  );
}

function headline(
  { criteria, decision }: Omit<Judgement, 'message'>,
  input: JudgeInput,
  messages: JudgeMessages,
): string {
  const brief = (rows: readonly Verdict[]) =>
    rows.map((one) => `${nameOf(one.name, messages)}: ${figure(one.value)}`).join(messages.separator);
  const failed = criteria.filter((one) => one.verdict === 'fail');
  if (decision === 'fail') return messages.failed(brief(failed));
  const missed = criteria.filter((one) => one.verdict === 'miss');
  // Thresholds come first, in the order of the request.
  const [first, ...more] = decision === 'pass' ? criteria.slice(0, input.criteria.length) : missed;
  const asked = input.criteria.find((one) => one.metric === first?.name);
  if (first === undefined || more.length > 0 || asked === undefined) {
    return decision === 'pass'
      ? messages.passed(brief(criteria.slice(0, input.criteria.length)))
      : messages.retrain(brief(missed));
  }
  const { min, max } = asked;
  if (decision === 'retrain')
    return min !== undefined && max === undefined
      ? messages.below(String(min), brief([first]))
      : messages.retrain(brief([first]));
  const isAbove = min !== undefined && max === undefined && first.value !== null && first.value > min;
  return isAbove ? messages.above(String(min), brief([first])) : messages.passedOne(String(min ?? max), brief([first]));
}

function nextStep(
  decision: Judgement['decision'],
  next: Judgement['next_action'],
  input: JudgeInput,
  messages: JudgeMessages,
): string[] {
  if (next === 'register_model') return [messages.next.register_model];
  if (next === 'ask_operator') return [messages.next.ask_operator(input.current_retry + 1, input.max_retry)];
  const keep = messages.next.keep_previous_model(input.previous_version);
  return decision === 'retrain' ? [messages.next.retriesSpent(input.max_retry), keep] : [keep];
}

function describe(one: Verdict, messages: JudgeMessages): string {
  if (one.name.startsWith('comparison:')) return one.note;
  return messages.criterion(
    nameOf(one.name, messages),
    figure(one.value),
    one.required,
    messages.verdicts[one.verdict],
    one.note,
  );
}

/** Rows of gaps are called `gap:{metric}:{attribute}`. */
function nameOf(name: string, messages: JudgeMessages): string {
  const [kind, metric, ...attribute] = name.split(':');
  if (kind === 'gap' && metric !== undefined) return messages.metricGap(attribute.join(':'), metricLabel(metric));
  const names: Readonly<Record<string, string>> = messages.names;
  return Object.hasOwn(names, name) ? (names[name] ?? name) : metricLabel(name);
}

/** At most four decimals, no trailing zeros; a dash for what is unknown. */
function figure(value: number | null): string {
  return value === null ? '-' : String(Number(value.toFixed(4)));
}
