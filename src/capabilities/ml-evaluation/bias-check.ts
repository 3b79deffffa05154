import { z } from 'zod';
import { evaluationResults, maxMetricGap, minFairness, type EvaluationResults } from '../../contracts/evaluation.js';
import { trainingId } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { checkBias } from '../../jobs/evaluation/bias.js';
import { classificationScorer } from '../../jobs/evaluation/group-scorers.js';
import { eitherWay, givenLabels, indexLabels, requireSameLength } from './logic/given-labels.js';
import { storedResults } from './logic/stored-results.js';

type BiasCheck = NonNullable<EvaluationResults['bias_check']>;
const lists = 'true_labels, predicted_labels, groups and positive_class';

/** Bias check of a training, or of labels and groups given in the call. */
export const biasCheck = defineTool({
  name: 'bias_check',
  title: 'Check for bias between groups',
  description:
    'Group metrics and the fairness score: the smallest ratio of selection rates (share predicted positive) between groups of at least ' +
    '30 rows. With training_id: as its evaluation found it. With true_labels, predicted_labels, groups and positive_class (at most ' +
    '10,000 rows): computed from them. `passes` says what the level asks: standard 0.8, strict 0.9 and no gap above 0.1. Changes nothing.',
  input: z.strictObject({
    training_id: trainingId.optional(),
    true_labels: givenLabels.optional(),
    predicted_labels: givenLabels.optional(),
    groups: givenLabels.optional().describe('Group of each row, e.g. its gender'),
    attribute: z.string().default('group').describe('What the groups are called'),
    positive_class: z.string().optional(),
    level: z.enum(['basic', 'standard', 'strict']).default('standard'),
  }),
  output: z.object({
    bias_check: evaluationResults.shape.bias_check.unwrap(),
    passes: z.boolean().nullable().describe('Null: the level judges nothing'),
  }),
  annotations: readOnly,
  effect: null,
  async handler(given, { ports }) {
    const { training_id, true_labels, predicted_labels, groups, positive_class, level } = given;
    if (training_id !== undefined) {
      if (true_labels !== undefined || predicted_labels !== undefined || groups !== undefined)
        throw eitherWay('bias_check', lists);
      const { bias_check } = await storedResults(ports, training_id);
      if (bias_check === null)
        throw new DandoriError('not_found', `The evaluation of ${training_id} has no bias check.`);
      return { bias_check, passes: passes(bias_check, level) };
    }
    if (
      true_labels === undefined ||
      predicted_labels === undefined ||
      groups === undefined ||
      positive_class === undefined
    ) {
      throw eitherWay('bias_check', lists);
    }
    requireSameLength({ true_labels, predicted_labels, groups });
    const { labels, ids } = indexLabels(true_labels, predicted_labels, [positive_class]);
    const grouped = indexLabels(groups);
    const classes = { classCount: labels.length, positive: labels.indexOf(positive_class) };
    const answers = { values: Float64Array.from(ids[1] ?? []), probabilities: null };
    const codes = Int32Array.from(grouped.ids[0] ?? []);
    const scorer = classificationScorer(Float64Array.from(ids[0] ?? []), answers, classes);
    const check = checkBias(level, [{ attribute: given.attribute, names: grouped.labels, codes }], scorer);
    return { bias_check: check, passes: passes(check, level) };
  },
});

/** Unknown is not a pass. */
function passes(check: BiasCheck, level: 'basic' | 'standard' | 'strict'): boolean | null {
  if (level === 'basic') return null;
  const isFair = check.fairness_score !== null && check.fairness_score >= minFairness[level];
  if (level === 'standard') return isFair;
  const gaps = Object.values(check.group_disparities).flatMap((one) => Object.values(one.metric_gaps));
  return isFair && gaps.every((gap) => gap !== null && gap <= maxMetricGap);
}
