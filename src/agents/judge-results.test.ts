import { describe, expect, it } from 'vitest';
import {
  appliedOf,
  datasetOf,
  planHash as digest,
  requestOf,
  resultsOf,
  runOf,
} from '../capabilities/testing/fixtures.js';
import type { AgentContext } from './agent.js';
import { judgeAgent } from './judge-results.js';
import { planOf } from './plan-of.js';

const policy = { minimum: 'write', production_requires_second_person: true } as const;
const context: AgentContext = {
  run: runOf('JudgeResults'),
  tools: { call: () => Promise.reject(new Error('the judge uses no tool')), close: async () => undefined },
  installation: { code_digest: digest, environment_digest: digest, policy },
  now: () => new Date('2026-01-31T09:30:00Z'),
};

/** What the state is given: a model with this F1-Score, judged at 0.5. */
function inputOf({ f1 = 0.61, strict = false, retries = 0 } = {}) {
  const request = requestOf();
  const { datasetId: dataset_id, version, digest: content } = datasetOf();
  const dataset = { dataset_id, version, digest: content };
  const applied = { ...appliedOf(request), bias_check_level: strict ? ('strict' as const) : ('basic' as const) };
  const plan = planOf({ request, applied, dataset, scriptDigests: [], installation: context.installation });
  const approved = { by: 'aya', how: 'approve', at: '2026-01-31T09:30:00Z', comment_id: '1' };
  const keys = { results_key: 'r', report_key: 'p', test_report_key: 't', evaluation_prefix: 'e' };
  const model_tests = [{ name: 'deterministic', passed: true, detail: 'ok' }];
  const results = resultsOf({ metrics: { f1_score: f1 }, model_tests });
  return {
    issue_number: 1,
    approval: { decision: 'approved', plan_hash: digest, plan, approved },
    evaluation: {
      evaluation_results: { ...results, ...keys, cv: { metric: 'f1_score', mean: f1 }, baseline: null },
      evaluation_s3: 'e/results.json',
      evaluation_prefix: 'e',
      previous_version: '1.2.0',
    },
    current_retry: retries,
    max_retry: 2,
  };
}

const judged = async (given: Parameters<typeof inputOf>[0]) => judgeAgent.work(inputOf(given), context);

describe('the judge', () => {
  it.each([
    ['passes a model above its threshold', {}, { decision: 'pass', next_action: 'register_model' }],
    ['asks for other hyperparameters below it', { f1: 0.4 }, { decision: 'retrain', next_action: 'ask_operator' }],
    [
      'keeps the version in service when the retries are spent',
      { f1: 0.4, retries: 2 },
      {
        next_action: 'keep_previous_model',
        message: expect.stringContaining('version 1.2.0 stays in service') as string,
      },
    ],
    [
      'fails a model without the bias check that the plan asks for',
      { strict: true },
      { decision: 'fail', next_action: 'keep_previous_model' },
    ],
  ])('%s', async (_, given, output) => {
    expect(await judged(given)).toMatchObject({ kind: 'done', output });
  });

  it('judges no evaluation that is not one', async () => {
    const work = judgeAgent.work({ ...inputOf(), evaluation: {} }, context);
    await expect(work).rejects.toThrow(/The agent judge was given something unexpected in JudgeResults/);
  });
});
