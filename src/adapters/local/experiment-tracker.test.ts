import { expect, test } from 'vitest';
import { openDatabase } from '../../db.js';
import { experimentTrackerSuite } from '../../ports/experiment-tracker.testsuite.js';
import { createLocalExperimentTracker } from './experiment-tracker.js';

experimentTrackerSuite('SQLite', async () => {
  const db = openDatabase(':memory:');
  return { tracker: createLocalExperimentTracker({ db }), close: async () => db.close() };
});

// Ids were joined by dots, which MLflow's clients refuse.
test('renames the runs of an earlier Dandori', async () => {
  const db = openDatabase(':memory:');
  const before = createLocalExperimentTracker({ db });
  const [parent, child] = ['train-abcdef.TrainModel.1.0', 'train-abcdef.TrainModel.1.0.xgboost'];
  await before.createRun({ runId: parent, experiment: 'churn', runName: 'job 1.0', tags: { data_version: '1.0.0' } });
  await before.createRun({ runId: child, experiment: 'churn', runName: 'x', tags: { 'mlflow.parentRunId': parent } });
  const points = [{ key: 'f1_score', value: 0.5, timestamp: 1, step: 0 }];
  await before.logBatch({ runId: child, params: { eta: '0.1' }, metrics: points, artifacts: ['a/model.onnx'] });
  db.run("UPDATE schema_version SET version = 2 WHERE module = 'experiment-tracker'");

  const after = createLocalExperimentTracker({ db });
  expect(await after.getRun({ runId: 'train-abcdef_TrainModel_1_0' })).toMatchObject({
    runName: 'job 1.0',
    tags: { data_version: '1.0.0' },
  });
  expect(await after.getRun({ runId: 'train-abcdef_TrainModel_1_0_xgboost' })).toMatchObject({
    params: { eta: '0.1' },
    lastPoints: points,
    artifacts: ['a/model.onnx'],
    tags: { 'mlflow.parentRunId': 'train-abcdef_TrainModel_1_0' },
  });
  db.close();
});
