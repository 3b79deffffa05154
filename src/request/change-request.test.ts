import { describe, expect, test } from 'vitest';
import type { TrainingRequest } from '../contracts/request.js';
import { overrideRequest, retryRequest, type RequestChange } from './change-request.js';
import { parseCommands } from '../issue/commands.js';
import { parseBody } from './parse-body.js';

function request(extra = ''): TrainingRequest {
  const parsed = parseBody(`task_type: classification
algorithm: [xgboost, random_forest]
data_source: churn.csv
target: churned
evaluation_threshold: {metric: f1_score, min: 0.6}
hyperparameters: {xgboost: {max_depth: 5, eta: 0.2}, random_forest: {n_estimators: 50}}
sensitive_attributes: [gender]
positive_class: Yes
${extra}`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.request;
}

function change(command: string): RequestChange {
  const parsed = parseCommands(command).command;
  if (parsed === null || !('data' in parsed)) throw new Error(`not a change: ${command}`);
  return parsed;
}

function overridden(yaml: string, base = request()) {
  return overrideRequest(base, change(`/override\n${yaml}`));
}

function problemsOf(result: ReturnType<typeof overridden>) {
  return result.ok ? [] : result.problems.map(({ field, code, line }) => [field, code, line]);
}

describe('overrideRequest', () => {
  test.each<[string, Partial<Record<keyof TrainingRequest, unknown>>]>([
    ['max_retry: 1', { max_retry: 1 }],
    ['evaluation_threshold: 0.7', { criteria: [{ metric: 'f1_score', min: 0.7 }] }],
    [
      'data_preprocessing: {normalize: minmax}',
      { data_preprocessing: { ...request().data_preprocessing, normalize: 'minmax' } },
    ],
    ['limits: {max_memory_mb: 512}', { limits: { max_runtime_minutes: 60, max_memory_mb: 512 } }],
    ['positive_class:', { positive_class: null }],
    ['sensitive_attributes: []', { sensitive_attributes: [] }],
    ['deploy_to: production\nlanguage: ja', { deploy_to: 'production', language: 'ja' }],
    ['cv_folds: 3', { cv_folds: 3 }],
    ['phase6_optimizations: {drift_detection_frequency: disabled}', {}],
    [
      'hyperparameters: {max_depth: 3}',
      { hyperparameters: { xgboost: { max_depth: 3, eta: 0.2 }, random_forest: { n_estimators: 50, max_depth: 3 } } },
    ],
    [
      'hyperparameters: {random_forest: {n_estimators: 9}}',
      { hyperparameters: { xgboost: { max_depth: 5, eta: 0.2 }, random_forest: { n_estimators: 9 } } },
    ],
    ['hyperparameters:', { hyperparameters: {} }],
    [
      'algorithm: random_forest',
      { algorithms: ['random_forest'], hyperparameters: { random_forest: { n_estimators: 50 } } },
    ],
    [
      'data_source: other.parquet',
      { data_source: { type: 'file', path: 'other.parquet', format: 'parquet' }, dataset_id: 'other' },
    ],
    [
      'data_source: other.csv\ndataset_id: churn',
      { data_source: { type: 'file', path: 'other.csv', format: 'csv' }, dataset_id: 'churn' },
    ],
  ])('takes %j', (yaml, expected) => {
    const base = request();
    const result = overridden(yaml, base);
    expect(result).toEqual({ ok: true, request: { ...base, ...expected }, notes: [] });
  });

  test.each([
    'class_imbalance_handling: none\nbias_check_level: strict\nperformance_profile: speed\nauto_approve: true',
    'phase1_optimizations: {class_imbalance_handling: none}\nphase3_optimizations: {bias_check_level: strict}\nperformance_profile: speed\nauto_approve: true',
    'optimization_proposal:\n  performance_profile: speed\n  phase1_optimizations: {class_imbalance_handling: none}\n  phase3_optimizations: {bias_check_level: strict}\nauto_approve: true',
    'workflow_optimization: {performance_profile: speed, auto_approve: true, phase1_optimizations: {class_imbalance_handling: none}, phase3_optimizations: {bias_check_level: strict}}',
  ])("takes the proposal's own words: %j", (yaml) => {
    const base = request('workflow_optimization: {phase3_optimizations: {class_wise_analysis: false}}');
    const result = overridden(yaml, base);
    expect(result.ok && result.request).toEqual({
      ...base,
      workflow_optimization: {
        ...base.workflow_optimization,
        performance_profile: 'speed',
        auto_approve: true,
        class_imbalance_handling: 'none',
        bias_check_level: 'strict',
        class_wise_analysis: false,
      },
    });
  });

  test('names every problem at once, with its line in the comment', () => {
    const yaml =
      'max_retry: -1\nbias_check_levl: strict\nbias_check_level: harsh\nphase5_optimizations: {deployment_strategy: canary}\nhyperparameters:\n  max_dept: 3';
    const found = problemsOf(overridden(yaml));
    expect(found).toHaveLength(5);
    expect(found).toEqual(
      expect.arrayContaining([
        ['max_retry', 'wrong_value', 2],
        ['bias_check_levl', 'unknown_field', 3],
        ['workflow_optimization.phase3_optimizations.bias_check_level', 'wrong_value', 4],
        ['workflow_optimization.phase5_optimizations.deployment_strategy', 'not_yet', 5],
        ['hyperparameters.max_dept', 'unknown_field', 7],
      ]),
    );
  });

  test('an empty change is the same request', () => {
    expect(overridden('{}')).toMatchObject({ ok: true, request: request() });
  });

  test('a change leaves the request that it was made from alone', () => {
    const base = request();
    overridden('data_preprocessing: {outliers: {method: iqr}}\nsplit: {train: 0.6, validation: 0.2, test: 0.2}', base);
    expect(base).toEqual(request());
  });
});

describe('retryRequest', () => {
  const retried = (yaml: string, base = request()) => retryRequest(base, change(`/retry\n${yaml}`));

  test('puts the adjusted hyperparameters over those of the request', () => {
    const base = request();
    const result = retried('adjusted_hyperparameters:\n  max_depth: 7\n  xgboost: {num_boost_round: 40}', base);
    expect(result).toEqual({
      ok: true,
      request: {
        ...base,
        hyperparameters: {
          xgboost: { max_depth: 7, eta: 0.2, num_round: 40 },
          random_forest: { n_estimators: 50, max_depth: 7 },
        },
      },
      notes: [],
    });
  });

  test("puts them over a script's own", () => {
    const base = {
      ...request(),
      training_script: { path: 'train.py' },
      hyperparameters: { training_script: { rate: 1 } },
    };
    const result = retried('adjusted_hyperparameters: {layers: [3]}', base);
    expect(result.ok && result.request.hyperparameters).toEqual({ training_script: { rate: 1, layers: [3] } });
  });

  test.each([
    [
      'max_depth: 3',
      [
        ['adjusted_hyperparameters', 'missing', null],
        ['max_depth', 'unknown_field', 2],
      ],
    ],
    ['adjusted_hyperparameters:', [['adjusted_hyperparameters', 'missing', 2]]],
    ['adjusted_hyperparameters: 3', [['adjusted_hyperparameters', 'wrong_value', 2]]],
    ['adjusted_hyperparameters: {}', [['adjusted_hyperparameters', 'wrong_value', 2]]],
    [
      'adjusted_hyperparameters: {max_depth: 0, max_dept: 1}',
      [
        ['adjusted_hyperparameters.max_depth', 'wrong_value', 2],
        ['adjusted_hyperparameters.max_depth', 'wrong_value', 2],
        ['adjusted_hyperparameters.max_dept', 'unknown_field', 2],
      ],
    ],
    [
      'adjusted_hyperparameters: {neural_network: {alpha: 1}}',
      [['adjusted_hyperparameters.neural_network', 'conflict', 2]],
    ],
    ['adjusted_hyperparameters: {xgbost: {alpha: 1}}', [['adjusted_hyperparameters.xgbost', 'unknown_field', 2]]],
    [
      'adjusted_hyperparameters: {num_round: 1, n_estimators: 2, random_forest: {n_estimators: 3}}',
      [['adjusted_hyperparameters.n_estimators', 'conflict', 2]],
    ],
  ])('refuses %j', (yaml, expected) => {
    expect(problemsOf(retried(yaml))).toEqual(expected);
  });

  test('speaks the language of the request', () => {
    const result = retryRequest(
      { ...request(), language: 'ja' },
      change('/retry\nadjusted_hyperparameters: {max_depth: 0}'),
    );
    expect(result.ok ? '' : result.problems[0]?.allowed).toMatch(/整数/);
  });
});
