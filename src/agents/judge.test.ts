import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgement as judgementSchema, withoutCriteria } from '../contracts/evaluation.js';
import { judge, judgeInput, type JudgeInput } from './judge.js';

type Results = JudgeInput['evaluation_results'];
type BiasCheck = NonNullable<Results['bias_check']>;

function biasOf(fairness: number | null, gaps: Record<string, number | null> = { recall: 0.02 }): BiasCheck {
  const group = { attribute: 'gender', rows: 100, selection_rate: 0.3, metrics: { recall: 0.8 } };
  return {
    level: 'standard',
    fairness_score: fairness,
    group_disparities: { gender: { selection_rate_ratio: fairness, metric_gaps: gaps } },
    groups: [
      { ...group, group: 'Female' },
      { ...group, group: 'Male' },
    ],
  };
}

const noBias: BiasCheck = { level: 'standard', fairness_score: null, group_disparities: {}, groups: [] };
const tests: Results['model_tests'] = [{ name: 'deterministic', passed: true, detail: 'ok' }];

function inputOf(change: Partial<JudgeInput> = {}, results: Partial<Results> = {}): JudgeInput {
  return {
    evaluation_results: {
      task_type: 'classification',
      metrics: { accuracy: 0.9, precision: 0.85, recall: 0.89, f1_score: 0.87, auc_roc: 0.91, log_loss: 0.3 },
      bias_check: noBias,
      comparison: null,
      model_tests: tests,
      ...results,
    },
    criteria: [{ metric: 'f1_score', min: 0.85 }],
    cv: { metric: 'f1_score', mean: 0.88 },
    bias_check_level: 'standard',
    current_retry: 0,
    max_retry: 3,
    language: 'en',
    previous_version: null,
    ...change,
  };
}

const verdictOf = (input: JudgeInput, name: string) => judge(input).criteria.find((one) => one.name === name)?.verdict;

describe('judge', () => {
  it('passes a model that meets its threshold', () => {
    expect(judge(inputOf())).toMatchObject({
      decision: 'pass',
      next_action: 'register_model',
      message: expect.stringMatching(/^The evaluation is above the threshold 0\.85 \(F1-Score: 0\.87\)\./),
    });
  });

  it('says it in Japanese as the documents do', () => {
    const { message } = judge(inputOf({ language: 'ja' }));
    expect(message.split('\n')[0]).toBe('評価結果が閾値0.85を上回りました（F1-Score: 0.87）。');
    expect(message).toMatch(/過学習ギャップ: 0\.01（< 0\.1）合格/);
  });

  it('can be told without the criteria, where a table shows them', () => {
    const { message } = judge(inputOf({ criteria: [{ metric: 'f1_score', min: 0.9 }] }));
    expect(withoutCriteria(message)).toBe(
      'The evaluation is below the threshold 0.9 (F1-Score: 0.87). Next: an operator is asked for adjusted hyperparameters (retry 1 of 3).',
    );
  });

  it.each([
    ['en', /^The evaluation meets every criterion \(F1-Score: 0\.87; Recall: 0\.89\)\./],
    ['ja', /^評価結果がすべての基準を満たしました（F1-Score: 0\.87.*0\.89）/],
  ] as const)('names every criterion that a model meets: %s', (language, message) => {
    const criteria = [
      { metric: 'f1_score', min: 0.85 },
      { metric: 'recall', min: 0.85 },
    ];
    expect(judge(inputOf({ criteria, language })).message).toMatch(message);
  });

  it('names every criterion, its value and its verdict', () => {
    const input = inputOf(
      {
        criteria: [
          { metric: 'f1_score', min: 0.85 },
          { metric: 'log_loss', max: 0.2 },
        ],
        bias_check_level: 'strict',
      },
      { bias_check: biasOf(0.95, { recall: 0.3 }) },
    );
    const { message, criteria, decision } = judge(input);
    expect(decision).toBe('retrain');
    expect(criteria.map((one) => [one.name, one.verdict])).toEqual([
      ['f1_score', 'pass'],
      ['log_loss', 'miss'],
      ['overfit_gap', 'pass'],
      ['fairness_score', 'pass'],
      ['gap:recall:gender', 'miss'],
      ['model_tests', 'pass'],
    ]);
    for (const part of [
      'F1-Score 0.87 (>= 0.85): pass',
      'Log loss 0.3 (<= 0.2): missed',
      'Overfit gap 0.01 (< 0.1): pass',
      'Fairness score 0.95 (>= 0.9): pass',
      'Gap of Recall by gender 0.3 (<= 0.1): missed',
      'Model tests 1 (all pass): pass',
    ]) {
      expect(message).toContain(part);
    }
  });

  it.each<[string, JudgeInput, string, string]>([
    ['equal to the threshold', inputOf({ criteria: [{ metric: 'f1_score', min: 0.87 }] }), 'f1_score', 'pass'],
    ['below the threshold', inputOf({ criteria: [{ metric: 'f1_score', min: 0.88 }] }), 'f1_score', 'miss'],
    ['within a maximum', inputOf({ criteria: [{ metric: 'log_loss', max: 0.3 }] }), 'log_loss', 'pass'],
    ['above a maximum', inputOf({ criteria: [{ metric: 'log_loss', max: 0.29 }] }), 'log_loss', 'miss'],
    ['outside a range', inputOf({ criteria: [{ metric: 'recall', min: 0.5, max: 0.8 }] }), 'recall', 'miss'],
    ['a metric that is not there', inputOf({ criteria: [{ metric: 'silhouette', min: 0 }] }), 'silhouette', 'fail'],
    [
      'a metric called like a built-in property',
      inputOf({ criteria: [{ metric: 'constructor', min: 0 }] }),
      'constructor',
      'fail',
    ],
    ['a metric that is null', inputOf({}, { metrics: { f1_score: null } }), 'f1_score', 'fail'],
    ['a metric that is NaN', inputOf({}, { metrics: { f1_score: Number.NaN } }), 'f1_score', 'fail'],
    ['an infinite metric', inputOf({}, { metrics: { f1_score: Infinity } }), 'f1_score', 'fail'],
    ['a criterion without a bound', inputOf({ criteria: [{ metric: 'f1_score' }] }), 'f1_score', 'fail'],
    ['a bound that is NaN', inputOf({ criteria: [{ metric: 'f1_score', min: Number.NaN }] }), 'f1_score', 'fail'],
    ['no criterion', inputOf({ criteria: [] }), 'criteria', 'fail'],
    ['no cross-validation', inputOf({ cv: null }), 'overfit_gap', 'not_checked'],
    ['a gap of exactly 0.1', inputOf({ cv: { metric: 'f1_score', mean: 0.97 } }), 'overfit_gap', 'miss'],
    ['a gap just below 0.1', inputOf({ cv: { metric: 'f1_score', mean: 0.9699 } }), 'overfit_gap', 'pass'],
    [
      'a test far better than cross-validation',
      inputOf({ cv: { metric: 'f1_score', mean: 0.5 } }),
      'overfit_gap',
      'pass',
    ],
    ['an error metric 10 % worse', inputOf({ cv: { metric: 'log_loss', mean: 0.3 / 1.1 } }), 'overfit_gap', 'miss'],
    ['an error metric 9 % worse', inputOf({ cv: { metric: 'log_loss', mean: 0.3 / 1.09 } }), 'overfit_gap', 'pass'],
    [
      'an error metric of zero in cross-validation',
      inputOf({ cv: { metric: 'log_loss', mean: 0 } }),
      'overfit_gap',
      'fail',
    ],
    [
      'a cross-validation metric that is not evaluated',
      inputOf({ cv: { metric: 'kappa', mean: 0.9 } }),
      'overfit_gap',
      'fail',
    ],
    ['a cross-validation of NaN', inputOf({ cv: { metric: 'f1_score', mean: Number.NaN } }), 'overfit_gap', 'fail'],
    ['level none', inputOf({ bias_check_level: 'none' }, { bias_check: null }), 'fairness_score', 'not_checked'],
    [
      'level basic, unfair',
      inputOf({ bias_check_level: 'basic' }, { bias_check: biasOf(0.1) }),
      'fairness_score',
      'not_checked',
    ],
    ['level standard, 0.8', inputOf({}, { bias_check: biasOf(0.8) }), 'fairness_score', 'pass'],
    ['level standard, below 0.8', inputOf({}, { bias_check: biasOf(0.79) }), 'fairness_score', 'miss'],
    [
      'level strict, 0.9',
      inputOf({ bias_check_level: 'strict' }, { bias_check: biasOf(0.9) }),
      'fairness_score',
      'pass',
    ],
    [
      'level strict, below 0.9',
      inputOf({ bias_check_level: 'strict' }, { bias_check: biasOf(0.89) }),
      'fairness_score',
      'miss',
    ],
    [
      'level strict, an unknown gap',
      inputOf({ bias_check_level: 'strict' }, { bias_check: biasOf(0.95, { recall: null }) }),
      'gap:recall:gender',
      'fail',
    ],
    [
      'a gap of 0.1 at level strict',
      inputOf({ bias_check_level: 'strict' }, { bias_check: biasOf(0.95, { recall: 0.1 }) }),
      'gap:recall:gender',
      'pass',
    ],
    ['level standard, unknown fairness', inputOf({}, { bias_check: biasOf(null) }), 'fairness_score', 'fail'],
    ['level standard, no bias check', inputOf({}, { bias_check: null }), 'fairness_score', 'fail'],
    ['no sensitive attributes', inputOf(), 'fairness_score', 'not_checked'],
    [
      'a regression',
      inputOf({}, { task_type: 'regression', bias_check: biasOf(null) }),
      'fairness_score',
      'not_checked',
    ],
    ['no model test', inputOf({}, { model_tests: [] }), 'model_tests', 'fail'],
    [
      'a failed model test',
      inputOf({}, { model_tests: [...tests, { name: 'artefact_loads', passed: false, detail: 'garbage' }] }),
      'model_tests',
      'fail',
    ],
  ])('%s', (_, input, name, verdict) => {
    expect(verdictOf(input, name)).toBe(verdict);
    const { decision } = judge(input);
    expect(decision).toBe({ pass: 'pass', not_checked: 'pass', miss: 'retrain', fail: 'fail' }[verdict]);
  });

  it('lets a failure outweigh a miss', () => {
    expect(judge(inputOf({ criteria: [{ metric: 'f1_score', min: 0.99 }] }, { model_tests: [] })).decision).toBe(
      'fail',
    );
  });

  it.each([
    ['en', 'between the groups of senior'],
    ['ja', 'seniorのグループ間'],
  ] as const)('names the attribute whose groups differ most: %s', (language, note) => {
    const disparity = (ratio: number) => ({ selection_rate_ratio: ratio, metric_gaps: {} });
    const group_disparities = { gender: disparity(0.83), senior: disparity(0.45) };
    const bias_check = { ...biasOf(0.45), group_disparities };
    const { criteria } = judge(inputOf({ language }, { bias_check }));
    expect(criteria.find(({ name }) => name === 'fairness_score')).toMatchObject({ verdict: 'miss', note });
  });

  it('fails an unknown bias level', () => {
    const level: string = 'lenient';
    // What arrives from outside the types must not slip through.
    const input = { ...inputOf(), bias_check_level: level as JudgeInput['bias_check_level'] };
    expect(judge(input)).toMatchObject({ decision: 'fail', next_action: 'keep_previous_model' });
  });

  it.each([
    [0, 3, 'ask_operator', /retry 1 of 3/],
    [2, 3, 'ask_operator', /retry 3 of 3/],
    [3, 3, 'keep_previous_model', /All 3 retries are spent.*version 1\.2\.0 stays/s],
    [0, 0, 'keep_previous_model', /No retry is allowed \(max_retry: 0\).*version 1\.2\.0 stays/s],
    [Number.NaN, 3, 'keep_previous_model', /stays in service/],
  ])('after %s of %s retries a miss leads to %s', (current_retry, max_retry, next, message) => {
    const judged = judge(
      inputOf({ criteria: [{ metric: 'f1_score', min: 0.99 }], current_retry, max_retry, previous_version: '1.2.0' }),
    );
    expect(judged).toMatchObject({ decision: 'retrain', next_action: next, message: expect.stringMatching(message) });
  });

  it.each<[string, Partial<JudgeInput>, RegExp]>([
    [
      'one minimum missed',
      { criteria: [{ metric: 'f1_score', min: 0.99 }] },
      /^評価結果が閾値0\.99を下回りました（F1-Score: 0\.87）/,
    ],
    [
      'one maximum missed',
      { criteria: [{ metric: 'log_loss', max: 0.1 }] },
      /^評価結果が基準を満たしませんでした（Log loss: 0\.3）/,
    ],
    [
      'one maximum met',
      { criteria: [{ metric: 'log_loss', max: 0.5 }] },
      /^評価結果が閾値0\.5を満たしました（Log loss: 0\.3）/,
    ],
    ['exactly met', { criteria: [{ metric: 'f1_score', min: 0.87 }] }, /^評価結果が閾値0\.87を満たしました/],
    [
      'several met',
      {
        criteria: [
          { metric: 'f1_score', min: 0.8 },
          { metric: 'recall', min: 0.8 },
        ],
      },
      /^評価結果がすべての基準を満たしました（F1-Score: 0\.87、Recall: 0\.89）/,
    ],
    [
      'overfitted',
      { cv: { metric: 'f1_score', mean: 0.99 } },
      /^評価結果が基準を満たしませんでした（過学習ギャップ: 0\.12）/,
    ],
    ['unknown', { criteria: [{ metric: 'kappa', min: 0 }] }, /^モデルを採用できません（kappa: -）/],
    ['first model', { criteria: [{ metric: 'kappa', min: 0 }] }, /前バージョンはありません/],
  ])('has a headline for: %s', (_, change, message) => {
    expect(judge(inputOf({ language: 'ja', ...change })).message).toMatch(message);
  });

  it('shows the difference from the version in service without judging it', () => {
    const comparison = {
      previous_version: '1.0.0',
      metrics: { f1_score: { previous: 0.9, current: 0.87, difference: -0.03 } },
      agreement: 0.9,
    };
    const judged = judge(inputOf({}, { comparison }));
    expect(judged.decision).toBe('pass');
    expect(judged.criteria.at(-1)).toMatchObject({ name: 'comparison:f1_score', value: -0.03, verdict: 'not_checked' });
    expect(judged.message).toContain('F1-Score -0.03 against version 1.0.0 in service');
    const same = { ...comparison, metrics: { f1_score: { previous: 0.9, current: 0.9, difference: 0 } } };
    expect(judge(inputOf({}, { comparison: same })).message).toContain('F1-Score +0 against version 1.0.0 in service');
    expect(judge(inputOf({ language: 'ja' }, { comparison })).message).toMatch(
      /F1-Score 稼働中バージョン1\.0\.0との差 -0\.03（参考）/,
    );
    expect(judge(inputOf({ criteria: [{ metric: 'recall', min: 0.5 }] }, { comparison })).criteria.at(-1)?.name).toBe(
      'model_tests',
    );
  });

  it('accepts its own example and answers what the contract says', () => {
    expect(judgeInput.safeParse(inputOf()).success).toBe(true);
    expect(judgementSchema.safeParse(judge(inputOf())).success).toBe(true);
  });
});

describe('judge fails closed', () => {
  const anyNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, null, 0.1, 0.8, 0.85, 0.9));
  const metricName = fc.constantFrom('f1_score', 'log_loss', 'r2', 'kappa', '__proto__', 'toString');
  const anyInput = fc.record({
    evaluation_results: fc.record({
      task_type: fc.constantFrom('classification' as const, 'regression' as const),
      metrics: fc.dictionary(metricName, anyNumber),
      bias_check: fc.option(
        fc.record({
          level: fc.constant('standard' as const),
          fairness_score: anyNumber,
          group_disparities: fc.dictionary(
            fc.string(),
            fc.record({ selection_rate_ratio: anyNumber, metric_gaps: fc.dictionary(metricName, anyNumber) }),
          ),
          groups: fc.array(fc.constant({ attribute: 'a', group: 'b', rows: 1, selection_rate: null, metrics: {} }), {
            maxLength: 1,
          }),
        }),
      ),
      comparison: fc.constant(null),
      model_tests: fc.array(fc.record({ name: fc.string(), passed: fc.boolean(), detail: fc.string() }), {
        maxLength: 2,
      }),
    }),
    criteria: fc.array(
      fc
        .record({
          metric: metricName,
          min: fc.option(fc.double(), { nil: undefined }),
          max: fc.option(fc.double(), { nil: undefined }),
        })
        .map(({ metric, min, max }) => ({
          metric,
          ...(min === undefined ? {} : { min }),
          ...(max === undefined ? {} : { max }),
        })),
      { maxLength: 3 },
    ),
    cv: fc.option(fc.record({ metric: metricName, mean: fc.double() })),
    bias_check_level: fc.constantFrom('none' as const, 'basic' as const, 'standard' as const, 'strict' as const),
    current_retry: fc.integer({ min: -1, max: 4 }),
    max_retry: fc.integer({ min: -1, max: 4 }),
    language: fc.constantFrom('en' as const, 'ja' as const),
    previous_version: fc.option(fc.constant('1.0.0')),
  });

  it('passes nothing but what is known and good', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const judged = judge(input);
        const { metrics, model_tests, bias_check, task_type } = input.evaluation_results;
        const valueOf = (name: string) => (Object.hasOwn(metrics, name) ? metrics[name] : undefined);
        const good =
          input.criteria.length > 0 &&
          input.criteria.every(({ metric, min, max }) => {
            const value = valueOf(metric);
            const isBound = (bound: number | undefined) => bound === undefined || Number.isFinite(bound);
            return (
              typeof value === 'number' &&
              Number.isFinite(value) &&
              isBound(min) &&
              isBound(max) &&
              (min ?? max) !== undefined &&
              value >= (min ?? -Infinity) &&
              value <= (max ?? Infinity)
            );
          }) &&
          model_tests.length > 0 &&
          model_tests.every((test) => test.passed) &&
          (input.cv === null || Number.isFinite(valueOf(input.cv.metric) ?? Number.NaN));
        const unfair =
          (input.bias_check_level === 'standard' || input.bias_check_level === 'strict') &&
          (bias_check === null ||
            (bias_check.groups.length > 0 &&
              task_type === 'classification' &&
              !((bias_check.fairness_score ?? Number.NaN) >= 0.8)));
        expect(judged.decision !== 'pass' || (good && !unfair)).toBe(true);
        expect(judged.next_action === 'register_model').toBe(judged.decision === 'pass');
        expect(judged.next_action !== 'ask_operator' || input.current_retry < input.max_retry).toBe(true);
        expect(judgementSchema.safeParse(judged).success).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
