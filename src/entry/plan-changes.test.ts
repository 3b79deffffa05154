import { describe, expect, it } from 'vitest';
import { planCodeDigest } from '../agents/plan-of.js';
import { requestOf } from '../capabilities/testing/fixtures.js';
import type { Plan } from '../contracts/plan.js';
import { planChanges } from './plan-changes.js';

const [code, environment, script] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
const policy = { minimum: 'write' as const, production_requires_second_person: true };
const installation = { code_digest: code, environment_digest: environment, policy };

const planWith = (change: Partial<Plan> = {}): Plan => ({
  format: 1,
  request: requestOf(),
  proposal: {},
  dataset: { dataset_id: 'churn', version: '1.0.0', digest: code },
  code_digest: code,
  environment_digest: environment,
  policy,
  deploy_target: { endpoint_name: 'churn-staging', deploy_to: 'staging' },
  ...change,
});

const changesOf = (plan: Plan, kept: string | null = null): Promise<string[]> =>
  planChanges({ head: async () => (kept === null ? null : { key: '', bytes: 1, sha256: kept }) }, installation, {
    plan,
    trainingId: 'train-20260131-093000-1',
  });

const own = {
  request: requestOf({ training_script: { path: 'own.py' } }),
  code_digest: planCodeDigest(code, script),
};

describe('planChanges', () => {
  it.each<[string, Partial<Plan>, string | null, string[]]>([
    ['nothing', {}, null, []],
    ['the trainer', { code_digest: script }, null, ['the training code']],
    ['the environment', { environment_digest: script }, null, ["the trainer's environment"]],
    ['the policy', { policy: { ...policy, minimum: 'admin' } }, null, ['the rules of approval']],
    ["nothing of a user's own script", own, script, []],
    ["a user's own script", own, environment, ['the training code']],
    ["the place of a user's own script", own, null, ['the training code']],
  ])('finds that %s changed', async (_, change, kept, expected) => {
    expect(await changesOf(planWith(change), kept)).toEqual(expected);
  });
});
