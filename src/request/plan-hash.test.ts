import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../contracts/plan.js';
import { parseBody } from './parse-body.js';
import { codeDigest, planHash, readCodeFiles } from './plan-hash.js';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

function examplePlan(): Plan {
  const parsed = parseBody(
    'task_type: classification\nalgorithm: xgboost\ndataset_id: churn\ntarget: churned\nevaluation_threshold: 0.6',
  );
  if (!parsed.ok) throw new Error('the example is wrong');
  return {
    format: 1,
    request: parsed.request,
    proposal: { class_imbalance_handling: 'smote', cv_folds: 5 },
    dataset: { dataset_id: 'churn', version: '1.0.0', digest: sha('data') },
    code_digest: sha('code'),
    environment_digest: sha('environment'),
    policy: { minimum: 'write', production_requires_second_person: true },
    deploy_target: { endpoint_name: 'churn-staging', deploy_to: 'staging' },
  };
}

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
}

describe('planHash', () => {
  test('is a SHA-256 that does not depend on the order of fields', () => {
    const plan = examplePlan();
    expect(planHash(plan)).toMatch(/^[0-9a-f]{64}$/);
    expect(planHash(shuffled(plan) as Plan)).toBe(planHash(plan));
    expect(planHash(JSON.parse(JSON.stringify(plan)) as Plan)).toBe(planHash(plan));
  });

  test.each<[string, (plan: Plan) => void]>([
    ['the request', (plan) => (plan.request.seed = 43)],
    ['a hyperparameter', (plan) => (plan.request.hyperparameters = { xgboost: { eta: 0.10000000000000002 } })],
    ['the proposal', (plan) => (plan.proposal = { ...plan.proposal, cv_folds: 4 })],
    ['the data', (plan) => (plan.dataset.digest = sha('other'))],
    ['the version of the data', (plan) => (plan.dataset.version = '1.0.1')],
    ['the code', (plan) => (plan.code_digest = sha('other'))],
    ['the environment', (plan) => (plan.environment_digest = sha('other'))],
    ['the policy', (plan) => (plan.policy.production_requires_second_person = false)],
    ['the target', (plan) => (plan.deploy_target.deploy_to = 'production')],
  ])('is another one when %s changes', (_, change) => {
    const plan = examplePlan();
    change(plan);
    expect(planHash(plan)).not.toBe(planHash(examplePlan()));
  });

  test('refuses what is no plan', () => {
    expect(() => planHash({ ...examplePlan(), code_digest: 'x' })).toThrow(/SHA-256/);
  });
});

describe('codeDigest', () => {
  test('depends on names and bytes, not on the order', () => {
    const file = fc.record({ path: fc.string({ maxLength: 6 }), bytes: fc.uint8Array({ maxLength: 6 }) });
    const files = fc.uniqueArray(file, { maxLength: 5, selector: ({ path }) => path });
    fc.assert(fc.property(files, (list) => codeDigest(list.toReversed()) === codeDigest(list)));
    fc.assert(
      fc.property(files, files, (left, right) => {
        const text = (list: typeof left) => JSON.stringify(list.map(({ path, bytes }) => [path, [...bytes]]).sort());
        expect(codeDigest(left) === codeDigest(right)).toBe(text(left) === text(right));
      }),
    );
  });

  test('a line break in a name is not a file more', () => {
    const bytes = Buffer.from('x');
    expect(codeDigest([{ path: 'a\nb', bytes }])).not.toBe(
      codeDigest([
        { path: 'a', bytes },
        { path: 'b', bytes },
      ]),
    );
  });
});

describe('readCodeFiles', () => {
  test('reads what can run, sorted, without caches, tests and links', () => {
    const dir = mkdtempSync(join(tmpdir(), 'dandori-code-'));
    for (const folder of ['pkg', '__pycache__', 'tests']) mkdirSync(join(dir, folder));
    for (const file of ['b.py', 'a.py', 'pkg/c.py', 'pkg/c.pyc', '__pycache__/x', 'tests/t.py'])
      writeFileSync(join(dir, file), file);
    symlinkSync(join(dir, 'a.py'), join(dir, 'link.py'));
    const files = readCodeFiles(dir);
    expect(files.map((file) => file.path)).toEqual(['a.py', 'b.py', 'pkg/c.py']);
    expect(Buffer.from(files[2]?.bytes ?? []).toString()).toBe('pkg/c.py');
  });
});
