import { describe, expect, it } from 'vitest';
import type { ColumnProfile, DataProfile } from '../../contracts/data.js';
import { optimizationProposal, type DetectedCharacteristics } from '../../contracts/optimization.js';
import type { PerformanceProfile, TrainingRequest } from '../../contracts/request.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { datasetOf, requestOf, runOf } from '../testing/fixtures.js';
import { analyzeModelCharacteristics } from './analyze-model-characteristics.js';
import { applyOptimizationToConfig } from './apply-optimization-to-config.js';
import { estimateOptimizationImpact } from './estimate-optimization-impact.js';
import { generateOptimizationProposal } from './generate-optimization-proposal.js';
import { analyzeCharacteristics } from './logic/characteristics.js';
import { mainMetric } from './logic/decide-evaluation.js';
import { compareImpact } from './logic/compare-impact.js';
import { estimateImpact, median } from './logic/estimate-impact.js';
import { generateProposal } from './logic/generate-proposal.js';
import type { PastRun } from './logic/past-run.js';
import { reasons } from './logic/reasons.js';
import { trackOptimizationHistory } from './track-optimization-history.js';

function columnOf(name: string, changes: Partial<ColumnProfile> = {}): ColumnProfile {
  return {
    name,
    type: 'DOUBLE',
    kind: 'numeric',
    missing: 0,
    missing_ratio: 0,
    distinct: 50,
    distinct_exact: true,
    constant: false,
    min: 0,
    max: 1,
    numeric: null,
    top_values: [],
    mean_length: null,
    numeric_like_ratio: null,
    ...changes,
  };
}

function profileOf(rows: number, classes: Record<string, number>): DataProfile {
  const top_values = Object.entries(classes).map(([value, count]) => ({ value, count }));
  return {
    format: 1,
    source: { file_name: 'churn.csv', format: 'csv', bytes: 1 },
    rows,
    duplicate_rows: 0,
    content_digest: 'x',
    columns: [
      columnOf('tenure', { missing: Math.round(rows / 10) }),
      columnOf('plan', { kind: 'categorical', type: 'VARCHAR' }),
      columnOf('id', { kind: 'identifier', type: 'VARCHAR' }),
      columnOf('same', { constant: true }),
      columnOf('churn', { kind: 'categorical', type: 'VARCHAR', distinct: top_values.length, top_values }),
    ],
  };
}

/** A request with only these fields of `workflow_optimization` changed. */
function wish(
  optimization: Partial<TrainingRequest['workflow_optimization']>,
  changes: Partial<TrainingRequest> = {},
): TrainingRequest {
  const base = requestOf(changes);
  return { ...base, workflow_optimization: { ...base.workflow_optimization, ...optimization } };
}

function seenOf(changes: Partial<DetectedCharacteristics> = {}): DetectedCharacteristics {
  return {
    learning_type: 'supervised',
    task_type: 'classification',
    algorithms: ['random_forest'],
    dataset_size: 10_000,
    dataset_size_class: 'medium',
    num_features: 19,
    class_distribution: { No: 9_000, Yes: 1_000 },
    class_imbalance: true,
    imbalance_ratio: 0.1,
    missing_ratio: 0,
    similar_runs: [],
    ...changes,
  };
}

function pastOf(changes: Partial<PastRun> = {}): PastRun {
  return {
    training_id: 'train-before',
    model_name: 'churn-churn',
    dataset_id: 'churn',
    target: 'churn',
    task_type: 'classification',
    algorithm: 'random_forest',
    algorithms: ['logistic_regression', 'random_forest'],
    rows: 10_000,
    performance_profile: 'balanced',
    class_imbalance_handling: 'smote',
    cv_folds: 5,
    training_seconds: 10,
    total_seconds: 20,
    cost_usd: null,
    metrics: { f1_score: 0.6 },
    ...changes,
  };
}

const propose = (
  request: TrainingRequest,
  seen = seenOf(),
  past: PastRun[] = [],
  explicitFields: string[] | null = null,
) => optimizationProposal.parse(generateProposal({ request, characteristics: seen, past, explicitFields }));
const itemOf = (proposal: ReturnType<typeof propose>, field: string) =>
  proposal.items.find((item) => item.field === field);

describe('analyze_model_characteristics', () => {
  async function analyze(profile: DataProfile, request = requestOf()) {
    const ports = fakePorts({ datasets: [datasetOf()] });
    await ports.objects.put({ key: 'datasets/churn/profile.json', body: JSON.stringify(profile) });
    const answer = await analyzeModelCharacteristics.handler({ request }, fakeContext(ports));
    return analyzeModelCharacteristics.output.parse(answer);
  }

  it('reads the request, the profile and the version of the data', async () => {
    const answer = await analyze(profileOf(7043, { No: 5174, Yes: 1869 }));
    expect(answer.dataset).toMatchObject({ dataset_id: 'churn', version: '1.0.0' });
    expect(answer.detected_characteristics).toMatchObject({
      dataset_size: 7043,
      dataset_size_class: 'small',
      num_features: 2,
      class_distribution: { No: 5174, Yes: 1869 },
      class_imbalance: false,
      missing_ratio: expect.closeTo(0.05, 3),
      similar_runs: [],
    });
    expect(answer.detected_characteristics.imbalance_ratio).toBeCloseTo(0.265, 3);
  });

  it.each([
    [9_999, 'small'],
    [10_000, 'medium'],
    [100_000, 'medium'],
    [100_001, 'large'],
  ])('calls %d rows %s', async (rows, size) => {
    expect((await analyze(profileOf(rows, { a: rows, b: 0 }))).detected_characteristics.dataset_size_class).toBe(size);
  });

  it.each<[string, Record<string, number>, boolean]>([
    ['two classes at 19 %', { a: 81, b: 19 }, true],
    ['two classes at 20 %', { a: 80, b: 20 }, false],
    ['four even classes', { a: 25, b: 25, c: 25, d: 25 }, false],
    ['four classes, one at 9 %', { a: 31, b: 30, c: 30, d: 9 }, true],
    ['one class', { a: 100 }, false],
  ])('judges imbalance: %s', async (_, classes, expected) => {
    expect((await analyze(profileOf(100, classes))).detected_characteristics.class_imbalance).toBe(expected);
  });

  it('knows no classes of a regression and of a target with an incomplete list', async () => {
    const regression = await analyze(
      profileOf(100, { a: 10 }),
      requestOf({ task_type: 'regression', criteria: [{ metric: 'r2' }] }),
    );
    expect(regression.detected_characteristics.class_distribution).toBeNull();
    const profile = profileOf(100, { a: 10 });
    const columns = profile.columns.map((each) => (each.name === 'churn' ? { ...each, distinct: 500 } : each));
    expect((await analyze({ ...profile, columns })).detected_characteristics.imbalance_ratio).toBeNull();
  });

  it('counts the features that the request names', async () => {
    const request = requestOf({ features: { include: ['tenure', 'id'], exclude: ['id'] } });
    expect((await analyze(profileOf(100, { a: 50, b: 50 }), request)).detected_characteristics.num_features).toBe(1);
  });
});

describe('the number of features', () => {
  it('is that of the preparation: categories of too many values are left out, lags are counted', () => {
    const profile = profileOf(10_000, { No: 9_000, Yes: 1_000 });
    const columns = [...profile.columns, columnOf('tail', { kind: 'categorical', type: 'VARCHAR', distinct: 3_479 })];
    const request = requestOf({ time_column: 'tenure' });
    const generate = { interactions: [], aggregates: [], lags: [{ column: 'tenure', steps: [1, 2] }] };
    const lagged = { ...request, data_preprocessing: { ...request.data_preprocessing, generate_features: generate } };
    const count = (asked: TrainingRequest) => analyzeCharacteristics(asked, { ...profile, columns }, []).num_features;
    expect([count(requestOf()), count(lagged)]).toEqual([2, 3]);
  });
});

describe('generate_optimization_proposal', () => {
  const medium = { dataset_size: 60_000, class_distribution: { No: 54_000, Yes: 6_000 } };
  const large = {
    dataset_size: 200_000,
    dataset_size_class: 'large' as const,
    class_distribution: { No: 180_000, Yes: 20_000 },
  };

  it.each<[PerformanceProfile, Partial<DetectedCharacteristics>, string]>([
    ['balanced', {}, 'smote'],
    ['accuracy', {}, 'smote'],
    ['speed', {}, 'class_weight'],
    ['cost', {}, 'class_weight'],
    ['speed', large, 'undersample'],
    ['cost', medium, 'undersample'],
    ['speed', medium, 'class_weight'],
    ['cost', { ...large, imbalance_ratio: 0.01 }, 'class_weight'],
    ['balanced', large, 'smote'],
    ['balanced', { dataset_size: 100, imbalance_ratio: 0.08 }, 'class_weight'],
    ['balanced', { class_imbalance: false, imbalance_ratio: 0.3 }, 'none'],
    ['balanced', { imbalance_ratio: null, class_distribution: null, class_imbalance: false }, 'none'],
  ])('handles imbalance by profile and data: %s %o -> %s', (performance_profile, seen, expected) => {
    const proposal = propose(wish({ performance_profile }), seenOf(seen));
    expect(proposal.phase1_optimizations.class_imbalance_handling).toBe(expected);
    expect(itemOf(proposal, 'class_imbalance_handling')?.reason.length).toBeGreaterThan(20);
  });

  it('warns that probabilities are shifted whenever classes are rebalanced', () => {
    expect(itemOf(propose(requestOf()), 'class_imbalance_handling')?.reason).toContain('calibrate');
    const even = propose(requestOf(), seenOf({ class_imbalance: false, imbalance_ratio: 0.4 }));
    expect(itemOf(even, 'class_imbalance_handling')?.reason).not.toContain('calibrate');
  });

  it("does not promise what a user's own program may leave undone", () => {
    const own = propose(requestOf({ algorithms: [], training_script: { path: 'train.py' } }));
    const item = (field: string) => itemOf(own, field)?.reason;
    for (const field of ['class_imbalance_handling', 'cv_folds']) expect(item(field)).toContain('up to the program');
    expect(item('priority_metrics')).not.toContain('up to the program');
    expect(itemOf(propose(requestOf()), 'cv_folds')?.reason).not.toContain('up to the program');
  });

  it('takes what did best on these data so far', () => {
    const past = [
      pastOf({ class_imbalance_handling: 'smote', metrics: { f1_score: 0.6 } }),
      pastOf({ class_imbalance_handling: 'class_weight', metrics: { f1_score: 0.65 } }),
      pastOf({ class_imbalance_handling: 'undersample', metrics: { f1_score: 0.9 }, dataset_id: 'other' }),
    ];
    const item = itemOf(propose(requestOf(), seenOf(), past), 'class_imbalance_handling');
    expect(item).toMatchObject({ value: 'class_weight', source: 'history' });
    expect(item?.reason).toContain('smote 0.600 (1), class_weight 0.650 (1)');
  });

  it('never changes what the request sets', () => {
    const set = {
      class_imbalance_handling: 'undersample',
      priority_metrics: ['recall'],
      bias_check_level: 'strict',
      class_wise_analysis: false,
    } as const;
    for (const performance_profile of ['speed', 'accuracy', 'cost', 'balanced'] as const) {
      const proposal = propose(wish({ ...set, priority_metrics: ['recall'], performance_profile }));
      expect(proposal.phase1_optimizations.class_imbalance_handling).toBe('undersample');
      expect(proposal.phase2_optimizations.cv_folds).toBe(5);
      expect(proposal.phase3_optimizations).toEqual({
        priority_metrics: ['recall'],
        bias_check_level: 'strict',
        class_wise_analysis: false,
      });
      expect(proposal.phase6_optimizations.monitoring_intensity).toBe('medium');
      for (const field of [
        'class_imbalance_handling',
        'priority_metrics',
        'bias_check_level',
        'class_wise_analysis',
        'cv_folds',
      ]) {
        expect({ field, source: itemOf(proposal, field)?.source }).toEqual({ field, source: 'request' });
      }
    }
  });

  const profiles = ['speed', 'cost', 'balanced', 'accuracy'] as const;
  const even = { class_imbalance: false, imbalance_ratio: 0.4 };
  const noClasses = { class_distribution: null, class_imbalance: false, imbalance_ratio: null };

  it.each<[string, Partial<TrainingRequest>, Partial<DetectedCharacteristics>]>([
    ['few rows, imbalanced', {}, { dataset_size_class: 'small' }],
    ['few rows, even classes', {}, { dataset_size_class: 'small', ...even }],
    ['imbalanced', {}, {}],
    ['even classes', {}, even],
    ['very many rows, imbalanced', {}, large],
    ['a regression', { task_type: 'regression' }, noClasses],
    ['production', { deploy_to: 'production' }, even],
    ['a regression for production', { task_type: 'regression', deploy_to: 'production' }, noClasses],
  ])('no two profiles propose the same, all compare groups alike: %s', (_, changes, seen) => {
    const proposed = profiles.map((performance_profile) => {
      const request = wish({ performance_profile }, { ...changes, sensitive_attributes: ['gender'] });
      const { items } = propose(request, seenOf(seen), [], []);
      return items.map(({ field, value }) => ({ field, value }));
    });
    expect(new Set(proposed.map((items) => JSON.stringify(items))).size).toBe(profiles.length);
    const levels = proposed.map((items) => items.find(({ field }) => field === 'bias_check_level')?.value);
    expect(new Set(levels).size).toBe(1);
  });

  it.each<[PerformanceProfile, Record<string, unknown>]>([
    ['speed', { cv_folds: 3, class_wise_analysis: false, monitoring_intensity: 'medium' }],
    ['cost', { cv_folds: 3, class_wise_analysis: true, monitoring_intensity: 'low' }],
    ['balanced', { cv_folds: 5, class_wise_analysis: true, monitoring_intensity: 'medium' }],
    ['accuracy', { cv_folds: 10, class_wise_analysis: true, monitoring_intensity: 'high' }],
  ])('proposes for %s %o where the request leaves things open', (performance_profile, expected) => {
    const { items } = propose(wish({ performance_profile }), seenOf({ dataset_size_class: 'small', ...even }), [], []);
    expect(Object.fromEntries(items.map(({ field, value }) => [field, value]))).toMatchObject(expected);
  });

  it('only reports the groups of a regression, which selects nobody', () => {
    const request = requestOf({ task_type: 'regression', deploy_to: 'production', sensitive_attributes: ['gender'] });
    const item = itemOf(propose(request, seenOf(noClasses)), 'bias_check_level');
    expect(item).toMatchObject({ value: 'basic', reason: expect.stringContaining('selects nobody') as unknown });
    expect(item?.reason).not.toContain('fails');
  });

  it('asks for no more folds than the rarest class can fill', () => {
    const seen = seenOf({ dataset_size: 100, dataset_size_class: 'small', imbalance_ratio: 0.1 });
    expect(itemOf(propose(wish({ performance_profile: 'accuracy' }), seen, [], []), 'cv_folds')).toMatchObject({
      value: 3,
      source: 'data',
    });
  });

  it.each<[string, Partial<TrainingRequest>, Partial<DetectedCharacteristics>, string[]]>([
    ['imbalanced', {}, {}, ['f1_score', 'precision', 'recall', 'auc_roc']],
    ['even classes', {}, { class_imbalance: false }, ['f1_score', 'accuracy']],
    [
      'another criterion',
      { criteria: [{ metric: 'recall', min: 0.7 }] },
      {},
      ['recall', 'precision', 'f1_score', 'auc_roc'],
    ],
    [
      'a regression',
      { task_type: 'regression', criteria: [{ metric: 'mae', max: 2 }] },
      { class_imbalance: false },
      ['mae', 'rmse', 'r2'],
    ],
  ])('puts the judged metric first: %s', (_, changes, seen, metrics) => {
    expect(propose(requestOf(changes), seenOf(seen)).phase3_optimizations.priority_metrics).toEqual(metrics);
  });

  it('says how little accuracy says with imbalanced classes', () => {
    expect(itemOf(propose(requestOf()), 'priority_metrics')?.reason).toContain('90 %');
  });

  it('is stricter for production and adds nothing when it is turned off', () => {
    const production = propose(
      wish({ performance_profile: 'speed' }, { deploy_to: 'production', sensitive_attributes: ['gender'] }),
      seenOf(),
      [],
      [],
    );
    expect(production.phase3_optimizations.bias_check_level).toBe('standard');
    expect(production.phase6_optimizations.monitoring_intensity).toBe('high');
    const off = propose(wish({ enabled: false }, { sensitive_attributes: ['gender'] }), seenOf(), [], []);
    expect(off.phase1_optimizations.class_imbalance_handling).toBe('none');
    expect(off.phase3_optimizations).toMatchObject({ bias_check_level: 'basic', class_wise_analysis: false });
  });

  it('shows what is planned as disabled, and explains every field in both languages', () => {
    for (const language of ['en', 'ja'] as const) {
      const proposal = propose(requestOf({ language }));
      const { performance_profile: _, items, ...phases } = proposal;
      const fields = Object.values(phases).flatMap((phase) => Object.keys(phase));
      expect(items.map((item) => item.field).toSorted()).toEqual(fields.toSorted());
      expect(items.filter((item) => item.reason === '')).toEqual([]);
      for (const item of items.filter((each) => !each.available)) expect(['disabled', 0, false]).toContain(item.value);
      expect(itemOf(proposal, 'hpo_method')?.reason).toBe(reasons[language].fixed.hpo_method);
    }
  });
});

describe('mainMetric', () => {
  it('is the first criterion that the trainer can measure', () => {
    const criteria = [
      { metric: 'fairness_score', min: 0.8 },
      { metric: 'accuracy', min: 0.7 },
    ];
    expect(mainMetric({ task_type: 'classification', criteria })).toBe('accuracy');
    expect(mainMetric({ task_type: 'regression', criteria })).toBe('r2');
  });
});

describe('estimate_optimization_impact', () => {
  it('makes nothing up without history', async () => {
    const ports = fakePorts();
    const input = { request: requestOf(), detected_characteristics: seenOf() };
    const { estimated_impact } = estimateOptimizationImpact.output.parse(
      await estimateOptimizationImpact.handler(input, fakeContext(ports)),
    );
    const { basis, runs, ...figures } = estimated_impact;
    expect({ basis, runs }).toEqual({ basis: 'no history yet', runs: 0 });
    expect(Object.values(figures).every((value) => value === null)).toBe(true);
  });

  it('gives the median and the span of what was measured, and its basis', () => {
    const past = [10, 30, 14].map((training_seconds, index) =>
      pastOf({
        training_seconds,
        rows: 8_000 + index * 1_000,
        cv_folds: 3 + index,
        metrics: { f1_score: 0.6 + index / 100 },
      }),
    );
    const impact = estimateImpact(requestOf(), seenOf(), past, 'f1_score');
    expect(impact).toMatchObject({
      runs: 3,
      training_seconds: { median: 14, low: 10, high: 30 },
      metric: { name: 'f1_score', value: { median: expect.closeTo(0.61, 9), low: 0.6, high: 0.62 } },
      cost_usd: null,
      training_time_reduction: null,
    });
    expect(impact.basis).toBe(
      '3 finished runs of logistic_regression + random_forest on 8,000-10,000 rows with 3-5 folds in this installation, whatever their hyperparameters; f1_score from 3 on this dataset and target',
    );
  });

  it.each<[string, Partial<PastRun>]>([
    ['other sizes', { rows: 30_000 }],
    ['other tasks', { task_type: 'regression' }],
    ['other algorithms', { algorithms: ['xgboost'], algorithm: 'xgboost' }],
    ['other sets of algorithms', { algorithms: ['random_forest'] }],
  ])('takes no figures from %s', (_, changes) => {
    expect(estimateImpact(requestOf(), seenOf(), [pastOf(changes)], 'f1_score')).toMatchObject({
      runs: 0,
      basis: 'no history yet',
    });
  });

  describe("of a user's own program", () => {
    const request = requestOf({ algorithms: [], training_script: { path: 'own/train.py' } });
    const own = pastOf({ algorithm: 'extra_trees', algorithms: [], model_name: request.model_name });

    it('rests on earlier runs of the same model, and names the program', () => {
      const impact = estimateImpact(request, seenOf(), [own], 'f1_score');
      expect(impact).toMatchObject({ runs: 1, training_seconds: { median: 10 }, metric: { value: { median: 0.6 } } });
      expect(impact.basis).toMatch(/^1 finished run of own\/train\.py on 10,000 rows/);
    });

    it.each<[string, Partial<PastRun>]>([
      ['another model', { model_name: 'other' }],
      ["Dandori's algorithms for the same model", { algorithms: ['xgboost'], algorithm: 'xgboost' }],
    ])('does not rest on %s', (_, changes) => {
      expect(estimateImpact(request, seenOf(), [{ ...own, ...changes }], 'f1_score').runs).toBe(0);
    });
  });

  it('takes the metric only from the same dataset and target, the time from any', () => {
    const impact = estimateImpact(requestOf(), seenOf(), [pastOf({ dataset_id: 'other' })], 'f1_score');
    expect(impact).toMatchObject({ runs: 1, metric: null, training_seconds: { median: 10 } });
    expect(impact.basis).toContain('no prediction of the metric');
  });

  it.each([1, 2])('has no interval from %d runs', (runs) => {
    const past = Array.from({ length: runs }, () => pastOf());
    const impact = estimateImpact(requestOf(), seenOf(), past, 'f1_score');
    expect(impact).toMatchObject({ runs, training_seconds: { median: 10, low: null, high: null } });
    const actual = {
      training_seconds: 7,
      total_seconds: null,
      cost_usd: null,
      metric: { name: 'f1_score', value: 0.6 },
    };
    const comparisons = compareImpact(impact, actual);
    expect(comparisons.map(({ within_interval }) => within_interval)).toEqual([null, null, null, null]);
  });

  it.each<[string, number, string | null]>([
    ['f1_score', 0.66, '+10%'],
    ['log_loss', 0.66, '-10%'],
    ['log_loss', 0.54, '+10%'],
    ['recall', 0.6, '0%'],
  ])('compares with the balanced profile where both were measured three times: %s', (metric, value, expected) => {
    const usual = pastOf({ training_seconds: 20, cost_usd: 2, metrics: { [metric]: 0.6 } });
    const mine = pastOf({
      training_seconds: 15,
      cost_usd: 1,
      metrics: { [metric]: value },
      performance_profile: 'speed',
    });
    const request = wish({ performance_profile: 'speed' });
    const of = (runs: number) =>
      estimateImpact(request, seenOf(), [usual, usual, usual, ...Array.from({ length: runs }, () => mine)], metric);
    expect(of(3)).toMatchObject({
      training_time_reduction: '25%',
      cost_reduction: '50%',
      accuracy_improvement: expected,
    });
    expect(of(2)).toMatchObject({
      training_time_reduction: null,
      cost_reduction: null,
      accuracy_improvement: null,
    });
  });

  it('knows the median', () => {
    expect([median([]), median([3]), median([4, 1]), median([9, 1, 5])]).toEqual([null, 3, 2.5, 5]);
  });
});

describe('apply_optimization_to_config', () => {
  const ports = fakePorts();
  const apply = (request: TrainingRequest, overrides = {}) =>
    applyOptimizationToConfig.handler(
      { run: runOf('PrepareData'), request, optimization_proposal: propose(requestOf()), overrides },
      fakeContext(ports),
    );

  it('writes what the later steps run with, the same when repeated', async () => {
    const answer = applyOptimizationToConfig.output.parse(await apply(requestOf()));
    expect(answer.applied_optimizations).toMatchObject({
      class_imbalance_handling: 'smote',
      priority_metrics: ['f1_score', 'precision', 'recall', 'auc_roc'],
      cv_folds: 5,
      algorithms: ['logistic_regression', 'random_forest'],
    });
    expect(JSON.parse(ports.objects.text(answer.applied_key))).toEqual(answer.applied_optimizations);
    expect(await apply(requestOf())).toEqual(answer);
  });

  it('lets overrides win over the request and the request over the proposal', async () => {
    const request = wish({ class_imbalance_handling: 'class_weight', bias_check_level: 'basic' });
    const { applied_optimizations: applied } = await apply(request, {
      class_imbalance_handling: 'undersample',
      cv_folds: 3,
    });
    expect(applied).toMatchObject({ class_imbalance_handling: 'undersample', bias_check_level: 'basic', cv_folds: 3 });
    expect(applied.items.find((item) => item.field === 'cv_folds')).toMatchObject({
      value: 3,
      reason: 'Overridden by a person.',
      source: 'request',
    });
  });

  it('refuses to rebalance a regression', async () => {
    const request = requestOf({ task_type: 'regression', criteria: [{ metric: 'r2', min: 0.5 }] });
    await expect(apply(request)).rejects.toThrow(/cannot be handled in a regression/);
  });
});

describe('track_optimization_history', () => {
  const input = (changes: { training_seconds?: number | null; visit?: number; id?: string } = {}) => ({
    run: runOf('WriteHistory', changes.id ?? 'train-20260110-000001', changes.visit ?? 1),
    request: requestOf(),
    algorithm: 'random_forest',
    rows: 10_000,
    class_imbalance_handling: 'smote' as const,
    cv_folds: 5,
    actual: {
      training_seconds: changes.training_seconds === undefined ? 12 : changes.training_seconds,
      total_seconds: 25,
      cost_usd: null,
      metrics: { f1_score: 0.7, auc_roc: null },
    },
  });

  it('compares predicted with actual, and what it kept is the history of the next request', async () => {
    const ports = fakePorts();
    const context = fakeContext(ports);
    const first = trackOptimizationHistory.output.parse(await trackOptimizationHistory.handler(input(), context));
    expect(first).toMatchObject({
      history_entry_id: 'optimization-train-20260110-000001-1',
      basis: 'no prediction was made',
    });
    expect(first.comparisons.every(({ predicted }) => predicted === null)).toBe(true);

    const seen = seenOf();
    const { estimated_impact } = await estimateOptimizationImpact.handler(
      { request: requestOf(), detected_characteristics: seen },
      context,
    );
    expect(estimated_impact).toMatchObject({
      runs: 1,
      training_seconds: { median: 12 },
      metric: { value: { median: 0.7 } },
    });
    const { optimization_proposal } = await generateOptimizationProposal.handler(
      { request: requestOf(), detected_characteristics: seen, explicit_fields: null },
      context,
    );
    const document = {
      format: 1,
      training_id: 'train-second',
      detected_characteristics: seen,
      optimization_proposal,
      estimated_impact,
    };
    await ports.objects.put({ key: 'optimizations/train-second/proposal.json', body: JSON.stringify(document) });

    const second = await trackOptimizationHistory.handler(input({ id: 'train-second', training_seconds: 14 }), context);
    expect(second.comparisons).toEqual(
      expect.arrayContaining([
        {
          name: 'training_seconds',
          unit: 'seconds',
          predicted: { median: 12, low: null, high: null },
          actual: 14,
          within_interval: null,
        },
        {
          name: 'f1_score',
          unit: 'none',
          predicted: { median: 0.7, low: null, high: null },
          actual: 0.7,
          within_interval: null,
        },
        { name: 'cost_usd', unit: 'usd', predicted: null, actual: null, within_interval: null },
      ]),
    );
    expect(JSON.parse(ports.objects.text('optimizations/train-second/impact_report.json')).runs).toBe(1);
  });

  it('says of a run that ended before its training what was predicted, and measures nothing', async () => {
    const ports = fakePorts();
    const document = {
      format: 1,
      training_id: 'train-refused',
      detected_characteristics: seenOf(),
      optimization_proposal: propose(requestOf()),
      estimated_impact: estimateImpact(requestOf(), seenOf(), [pastOf()], 'f1_score'),
    };
    await ports.objects.put({ key: 'optimizations/train-refused/proposal.json', body: JSON.stringify(document) });
    const nothing = { training_seconds: null, total_seconds: null, cost_usd: null, metrics: {} };
    const ended = { ...input({ id: 'train-refused' }), run: runOf('WriteFailureHistory', 'train-refused') };
    const answer = await trackOptimizationHistory.handler(
      { ...ended, algorithm: null, actual: nothing },
      fakeContext(ports),
    );
    expect(answer).toMatchObject({ history_entry_id: null, runs: 1 });
    expect(answer.comparisons.map(({ actual }) => actual)).toEqual([null, null, null, null]);
    expect(JSON.parse(ports.objects.text('optimizations/train-refused/impact_report.json')).comparisons).toEqual(
      answer.comparisons,
    );
    expect(ports.experiments.runs).toHaveLength(0);
  });

  it('keeps a training once, and nothing of a training that was not measured', async () => {
    const ports = fakePorts();
    const context = fakeContext(ports);
    await trackOptimizationHistory.handler(input(), context);
    await trackOptimizationHistory.handler(input(), context);
    expect(ports.experiments.runs).toHaveLength(1);
    const answer = await trackOptimizationHistory.handler(
      input({ id: 'train-failed', training_seconds: null }),
      context,
    );
    expect(answer.history_entry_id).toBeNull();
    expect(ports.experiments.runs).toHaveLength(1);
  });
});
