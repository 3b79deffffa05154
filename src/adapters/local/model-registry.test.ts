import { expect, it } from 'vitest';
import { openDatabase } from '../../db.js';
import { modelRegistrySuite } from '../../ports/model-registry.testsuite.js';
import { createLocalModelRegistry } from './model-registry.js';

it('tells of the runs whose version lost or got an alias', async () => {
  const db = openDatabase(':memory:');
  const told: string[] = [];
  const registry = createLocalModelRegistry({ db, onChange: (trainingId) => told.push(trainingId) });
  const alias = (version: string) => registry.setAlias({ modelName: 'churn', version, alias: 'Staging' });
  for (const version of ['1.0.0', '1.1.0']) {
    const files = { packagePrefix: `models/churn/${version}`, digests: {}, facts: {}, metrics: {}, description: '' };
    const of = { modelName: 'churn', version, trainingId: `train-${version}` };
    await registry.registerVersion({ ...of, ...files, approvalStatus: 'Approved', stage: 'None' });
  }
  await alias('1.0.0');
  await alias('1.0.0');
  expect(told).toEqual(['train-1.0.0']);
  await alias('1.1.0');
  expect(told).toEqual(['train-1.0.0', 'train-1.0.0', 'train-1.1.0']);
  db.close();
});

modelRegistrySuite('SQLite', async () => {
  const db = openDatabase(':memory:');
  return { registry: createLocalModelRegistry({ db }), close: async () => db.close() };
});
