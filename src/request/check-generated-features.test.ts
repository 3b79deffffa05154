import { describe, expect, test } from 'vitest';
import { trainingRequest, type TrainingRequest } from '../contracts/request.js';
import { overrideRequest } from './change-request.js';
import { parseBody, type ParsedBody } from './parse-body.js';
import { planHash } from './plan-hash.js';
import { requestAsInput } from './request-as-input.js';

function parsed(generate: unknown, more: Record<string, unknown> = {}): ParsedBody {
  return parseBody(
    JSON.stringify({
      task_type: 'regression',
      algorithm: 'linear_regression',
      dataset_id: 'sales',
      target: 'sold',
      evaluation_threshold: 0.5,
      time_column: 'day',
      sensitive_attributes: ['age'],
      data_preprocessing: { generate_features: generate },
      ...more,
    }),
  );
}

function requestOf(body: ParsedBody): TrainingRequest {
  if (!body.ok) throw new Error(JSON.stringify(body.problems));
  return body.request;
}

const problemsOf = (body: ParsedBody) =>
  body.ok
    ? []
    : body.problems.map(({ field, found, allowed }) => [
        field.replace('data_preprocessing.generate_features', '*'),
        found,
        allowed,
      ]);

const whole = {
  interactions: [['price', 'visitors']],
  aggregates: [{ columns: ['a', 'b'], functions: ['mean', 'std'] }],
  lags: [
    { column: 'sold', by: 'shop', steps: [1, 7] },
    { column: 'price', steps: [1] },
  ],
};

describe('generate_features', () => {
  test('is filled with defaults and reads back as it was', () => {
    const request = requestOf(parsed(whole));
    expect(request.data_preprocessing.generate_features).toEqual({
      ...whole,
      aggregates: [{ name: 'a_b', columns: ['a', 'b'], functions: ['mean', 'std'] }],
    });
    expect(trainingRequest.parse(request)).toEqual(request);
    expect(requestOf(parseBody(JSON.stringify(requestAsInput(request))))).toEqual(request);
  });

  test('stands only in requests that ask for it, so that the plans of others keep their hash', () => {
    expect(requestOf(parsed(null)).data_preprocessing).not.toHaveProperty('generate_features');
  });

  test('is part of the plan hash', () => {
    const hash = (request: TrainingRequest) =>
      planHash({
        format: 1,
        request,
        proposal: {},
        dataset: { dataset_id: 'sales', version: '1.0.0', digest: '0'.repeat(64) },
        code_digest: '0'.repeat(64),
        environment_digest: '0'.repeat(64),
        policy: { minimum: 'write', production_requires_second_person: true },
        deploy_target: { endpoint_name: 'sales-staging', deploy_to: 'staging' },
      });
    const requests = [null, { interactions: [['a', 'b']] }, { interactions: [['a', 'c']] }].map((each) =>
      requestOf(parsed(each)),
    );
    expect(new Set(requests.map(hash)).size).toBe(3);
  });

  test.each([
    ['a column alone', { interactions: [['a']] }, ['*.interactions[0]', '["a"]', 'two columns']],
    ['three columns', { interactions: [['a', 'b', 'c']] }, ['*.interactions[0]', '["a","b","c"]', 'two columns']],
    ['the target', { interactions: [['a', 'sold']] }, ['*.interactions[0][1]', '"sold"', /other than the target/]],
    ['a sensitive column', { interactions: [['age', 'b']] }, ['*.interactions[0][0]', '"age"', /sensitive_attributes/]],
    ['a column twice', { interactions: [['a', 'a']] }, ['*.interactions[0][1]', '"a"', 'each column once']],
    [
      'a pair twice',
      {
        interactions: [
          ['a', 'b'],
          ['b', 'a'],
        ],
      },
      ['*.interactions[1]', '"b_x_a"', /each generated feature once/],
    ],
    [
      'an aggregate of one',
      { aggregates: [{ columns: ['a'], functions: ['sum'] }] },
      ['*.aggregates[0].columns', '["a"]', 'two columns or more'],
    ],
    [
      'an aggregate of the target',
      { aggregates: [{ columns: ['a', 'sold'], functions: ['sum'] }] },
      ['*.aggregates[0].columns[1]', '"sold"', /other than the target/],
    ],
    [
      'an unknown function',
      { aggregates: [{ columns: ['a', 'b'], functions: ['median'] }] },
      ['*.aggregates[0].functions[0]', '"median"', /`sum`, `mean`, `min`, `max`, `std`/],
    ],
    [
      'a name twice',
      {
        aggregates: [
          { columns: ['a', 'b'], functions: ['sum'], name: 'x' },
          { columns: ['a', 'c'], functions: ['sum'], name: 'x' },
        ],
      },
      ['*.aggregates[1]', '"x_sum"', /under a name of its own/],
    ],
    [
      'a step twice',
      { lags: [{ column: 'a', steps: [1, 1] }] },
      ['*.lags[0]', '"a_lag_1"', /each generated feature once/],
    ],
    ['a step of nothing', { lags: [{ column: 'a', steps: [0] }] }, ['*.lags[0].steps[0]', '0', /from 1 to 10000/]],
    [
      'a lag of a sensitive column',
      { lags: [{ column: 'age', steps: [1] }] },
      ['*.lags[0].column', '"age"', /sensitive_attributes/],
    ],
    [
      'series by the time itself',
      { lags: [{ column: 'a', by: 'day', steps: [1] }] },
      ['*.lags[0].by', '"day"', /other than the target, the `time_column`/],
    ],
    [
      'too many',
      { lags: [{ column: 'a', steps: Array.from({ length: 201 }, (_, step) => step + 1) }] },
      ['*', '201', 'at most 200 generated features'],
    ],
    ['an unknown kind', { ratios: [['a', 'b']] }, ['*.ratios', '[["a","b"]]', /`interactions`, `aggregates`, `lags`/]],
  ])('refuses %s', (_, generate, [field, found, allowed]) => {
    expect(problemsOf(parsed(generate))).toEqual([
      [field, found, typeof allowed === 'string' ? allowed : expect.stringMatching(allowed ?? /^$/)],
    ]);
  });

  test('needs a time column for lags, also when an override takes it away', () => {
    const wanted = [['*.lags', expect.anything(), 'only with `time_column`']];
    expect(problemsOf(parsed({ lags: [{ column: 'a', steps: [1] }] }, { time_column: null }))).toEqual(wanted);
    const changed = overrideRequest(requestOf(parsed(whole)), { data: { time_column: null }, lines: new Map() });
    expect(changed.ok ? [] : changed.problems.map(({ field }) => field)).toEqual([
      'data_preprocessing.generate_features.lags',
    ]);
  });
});
