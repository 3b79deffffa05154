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
  code_digest: planCodeDigest(code, [script]),
};

const hooks = {
  request: requestOf({ training_script: { path: 'own.py' }, inference_script: { path: 'inference.py' } }),
  code_digest: planCodeDigest(code, [script, environment]),
};

describe('planChanges', () => {
  it('looks at the program and at its inference.py', async () => {
    const changes = (kept: Record<string, string>) =>
      planChanges(
        {
          head: async ({ key }) => {
            const sha256 = kept[key.slice(key.lastIndexOf('/') + 1)];
            return sha256 === undefined ? null : { key, bytes: 1, sha256 };
          },
        },
        installation,
        { plan: planWith(hooks), trainingId: 'train-20260131-093000-1' },
      );
    expect(await changes({ 'own.py': script, 'inference.py': environment })).toEqual([]);
    expect(await changes({ 'own.py': script, 'inference.py': code })).toEqual(['the training code']);
    expect(await changes({ 'own.py': script })).toEqual(['the training code']);
    expect(await changes({ 'own.py': environment, 'inference.py': script })).toEqual(['the training code']);
  });

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
