import { describe, expect, it } from 'vitest';
import { appliedOf, datasetOf, planHash, requestOf } from '../capabilities/testing/fixtures.js';
import type { ApprovedPlan } from '../contracts/execution.js';
import { approvalsOf } from './approvals-of.js';
import { planOf } from './plan-of.js';

const at = '2026-01-31T09:30:00Z';
const policy = { minimum: 'write', production_requires_second_person: true } as const;

function approvalOf(
  hyperparameters: ApprovedPlan['plan']['request']['hyperparameters'],
  change: Partial<ApprovedPlan>,
) {
  const request = requestOf({ hyperparameters });
  const { datasetId: dataset_id, version, digest } = datasetOf();
  const installation = { code_digest: planHash, environment_digest: planHash, policy };
  const parts = { request, applied: appliedOf(request), dataset: { dataset_id, version, digest }, scriptDigests: [] };
  const plan = planOf({ ...parts, installation });
  const approved = { by: 'bob', how: 'retry', at, comment_id: 'c2' } as const;
  return { decision: 'approved', plan_hash: planHash, plan, approved, ...change } satisfies ApprovedPlan;
}

describe('approvalsOf', () => {
  it('is empty before the approval', () => {
    expect(approvalsOf(undefined)).toEqual({ approvals: [], retries: [] });
  });

  it('has the first approval and each retry with what it changed', () => {
    const first = { by: 'ada', how: 'approve', at, comment_id: 'c1', plan_hash: 'a'.repeat(64) } as const;
    const second = { ...first, by: 'bob', how: 'retry', plan_hash: 'b'.repeat(64) } as const;
    const earlier = [
      { ...first, hyperparameters: { xgboost: { eta: 0.1, max_depth: 4 } } },
      { ...second, hyperparameters: { xgboost: { eta: 0.3, max_depth: 4 } } },
    ];
    const now = approvalOf({ xgboost: { eta: 0.3, max_depth: 4 }, random_forest: { n_estimators: 300 } }, { earlier });
    expect(approvalsOf(now)).toEqual({
      approvals: [
        { by: 'ada', how: 'approve', at, plan_hash: 'a'.repeat(64) },
        { by: 'bob', how: 'retry', at, plan_hash: 'b'.repeat(64) },
        { by: 'bob', how: 'retry', at, plan_hash: planHash },
      ],
      retries: [
        { by: 'bob', adjusted_hyperparameters: { 'xgboost.eta': 0.3 } },
        { by: 'bob', adjusted_hyperparameters: { 'random_forest.n_estimators': 300 } },
      ],
    });
  });

  it('knows the last approval alone of a run that an earlier Dandori retried', () => {
    const { approvals, retries } = approvalsOf(approvalOf({ xgboost: { eta: 0.3 } }, {}));
    expect([approvals?.length, retries]).toEqual([1, []]);
  });
});
