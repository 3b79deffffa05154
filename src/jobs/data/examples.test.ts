import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataProfile } from '../../contracts/data.js';
import { projectRoot } from '../../root.js';
import { executeJob } from '../job-context.js';
import { profileData } from '../profile-data.js';
import { targetChecks } from './check-target.js';
import { planFeatures } from './plan-features.js';

const base = mkdtempSync(join(tmpdir(), 'dandori-examples-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const folder = (name: string) => join(projectRoot, 'examples', name);

describe('the example data', () => {
  it.each([
    ['churn', 7043, 20, 'churn', 'classification', 19],
    ['penguins', 344, 7, 'species', 'classification', 6],
    ['flights', 30000, 11, 'arr_delay', 'regression', 9],
  ] as const)('%s can be trained on', async (name, rows, columns, target, taskType, features) => {
    const root = mkdtempSync(join(base, 'ml-'));
    mkdirSync(join(root, 'input', 'data', 'raw'), { recursive: true });
    copyFileSync(join(folder(name), `${name}.csv`), join(root, 'input', 'data', 'raw', `${name}.csv`));
    expect(await executeJob(profileData, { root, write: () => undefined })).toBe(0);
    const profile = dataProfile.parse(JSON.parse(readFileSync(join(root, 'output', 'data', 'profile.json'), 'utf8')));
    expect([profile.rows, profile.columns.length]).toEqual([rows, columns]);
    const checks = targetChecks(profile, { target, task_type: taskType, positive_class: null, cv_folds: 5 });
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
    const plan = planFeatures(profile.columns, {
      target,
      features: { include: null, exclude: [] },
      time_column: null,
      sensitive_attributes: [],
    });
    expect(plan.features).toHaveLength(features);
  });

  it.each(['churn', 'penguins', 'flights'])('%s is the file that its SOURCE.md describes', (name) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(folder(name), `${name}.csv`)))
      .digest('hex');
    expect(readFileSync(join(folder(name), 'SOURCE.md'), 'utf8')).toContain(digest);
  });
});
