import { describe, expect, it } from 'vitest';
import { stateRemark } from './state-remark.js';

const data = {
  approval: { plan: { request: { criteria: [{ metric: 'r2' }] } } },
  data: { metadata: { num_samples: 7043, num_features: 19, rows: { train: 4930, validation: 1057, test: 1056 } } },
  training: { algorithm: 'xgboost', training_metrics: { cv_r2_mean: 0.61234 } },
  evaluation: { evaluation_results: { rows: 1056, metrics: { r2: null } } },
  judgement: { decision: 'pass' },
  package: { model_name: 'flats', version: '1.0.0' },
  deployment: { endpoint_name: 'flats-staging' },
};

describe('stateRemark', () => {
  it.each([
    ['PrepareData', '4,930 + 1,057 + 1,056 rows, 19 features'],
    ['TrainModel', 'xgboost, r2 in cross-validation 0.6123'],
    ['EvaluateModel', '1,056 rows'],
    ['JudgeResults', 'pass'],
    ['PackageModel', 'flats 1.0.0'],
    ['DeployModel', 'flats-staging'],
    ['WriteHistory', ''],
  ])('of %s says %j', (state, text) => {
    expect(stateRemark({ data }, state)).toBe(text);
  });

  it.each(['PrepareData', 'TrainModel', 'DeployModel'])('says nothing of %s where nothing was found', (state) => {
    expect(stateRemark({ data: {} }, state)).toBe('');
  });
});
