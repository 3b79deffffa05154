import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalEffectJournal } from '../../adapters/local/effect-journal.js';
import { createLocalExperimentTracker } from '../../adapters/local/experiment-tracker.js';
import { createGitHistoryRepository } from '../../adapters/local/history-repository.js';
import { createLocalLineage } from '../../adapters/local/lineage.js';
import { createLocalModelRegistry } from '../../adapters/local/model-registry.js';
import { createLocalObjectStore } from '../../adapters/local/object-store.js';
import { openDatabase } from '../../db.js';
import { verifyChain } from '../../history/chain.js';
import { historyRecord } from '../../history/record.js';
import { projectRoot } from '../../root.js';
import { commitTrainingHistory } from '../github-integration/commit-training-history.js';
import { recordModelInService } from '../model-registry/record-model-in-service.js';
import { registerModel } from '../model-registry/register-model.js';
import { rollbackModel } from '../model-registry/rollback-model.js';
import { inferenceCode } from '../packaging/logic/inference-code.js';
import { createPackageModel } from '../packaging/package-model.js';
import { packageVariant } from '../shared/package-variant.js';
import { trackOptimizationHistory } from '../workflow-optimization/track-optimization-history.js';
import { fakeContext, fakePorts } from './fake-ports.js';
import { datasetOf, planHash, requestOf, runOf, storeTraining } from './fixtures.js';

const model_name = 'churn-churn';
const endpoint_name = 'churn-churn-staging';
const isBuilt = existsSync(join(projectRoot, 'dist/serving/model-server.js'));
const packageModel = createPackageModel(isBuilt ? inferenceCode : () => new Map([['Dockerfile', 'FROM scratch\n']]));

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

async function setUp() {
  const dir = mkdtempSync(join(tmpdir(), 'dandori-release-'));
  folders.push(dir);
  const db = openDatabase(':memory:');
  const ports = {
    ...fakePorts({ datasets: [datasetOf()] }),
    objects: createLocalObjectStore({ dir: join(dir, 'objects'), db }),
    registry: createLocalModelRegistry({ db }),
    effects: createLocalEffectJournal({ db }),
    lineage: createLocalLineage({ db }),
    experiments: createLocalExperimentTracker({ db }),
    history: createGitHistoryRepository({ dir: join(dir, 'history') }),
  };
  const context = fakeContext(ports);
  const where = await storeTraining(ports.objects);
  const release = async (trainingId: string) => {
    const run = runOf('PackageModel', trainingId);
    const { version } = await packageModel.handler(
      { run, model_name, ...where, request: requestOf(), plan_hash: planHash },
      context,
    );
    const approval = { by: 'ada', how: 'approve', plan_hash: planHash };
    await registerModel.handler({ run, model_name, version, approval, issue_number: 7 }, context);
    const variant = packageVariant(await ports.registry.getVersion({ modelName: model_name, version }));
    await ports.endpoints.applyEndpoint({ endpointName: endpoint_name, variants: [variant] });
    await recordModelInService.handler(
      { run: runOf('DeployModel', trainingId), model_name, version, endpoint_name, deploy_to: 'staging' },
      context,
    );
    return version;
  };
  return { ports, context, release };
}

describe('a release on the adapters of this machine', () => {
  it('is packaged, registered, put in service and rolled back, each step repeatable', async () => {
    const { ports, context, release } = await setUp();
    expect(await release('train-first1')).toBe('1.0.0');
    expect(await release('train-first1')).toBe('1.0.0');
    expect(await release('train-second')).toBe('1.0.1');
    const input = {
      run: runOf('Succeeded', 'train-second'),
      model_name,
      endpoint_name,
      deploy_to: 'staging' as const,
      requested_by: 'ada',
      reason: 'wrong answers',
      issue_number: null,
      language: 'en' as const,
    };
    const answer = await rollbackModel.handler(input, context);
    expect(answer).toMatchObject({ action: 'rolled_back', from_version: '1.0.1', to_version: '1.0.0' });
    expect(await rollbackModel.handler(input, context)).toEqual(answer);
    expect(await ports.registry.getVersion({ modelName: model_name, alias: 'Staging' })).toMatchObject({
      version: '1.0.0',
      stage: 'Staging',
    });
    expect(await ports.registry.getVersion({ modelName: model_name, version: '1.0.1' })).toMatchObject({
      stage: 'Archived',
      aliases: [],
    });
    expect(await release('train-third1')).toBe('1.0.2');
  });

  it('is measured and recorded in a chain in git', async () => {
    const { ports, context } = await setUp();
    for (const id of ['train-first1', 'train-second']) {
      const measured = {
        run: runOf('WriteHistory', id),
        request: requestOf(),
        algorithm: 'random_forest',
        rows: 7043,
        class_imbalance_handling: 'none' as const,
        cv_folds: 5,
        actual: { training_seconds: 3, total_seconds: 9, cost_usd: null, metrics: { f1_score: 0.6 } },
      };
      await trackOptimizationHistory.handler(measured, context);
      await trackOptimizationHistory.handler({ ...measured, run: { ...measured.run, attempt: 1 } }, context);
      const record = historyRecord.parse({
        format: 1,
        training_id: id,
        ending: 'deployed',
        requested_by: 'ada',
        model_name,
        task_type: 'classification',
        target: 'churn',
        started_at: '2026-01-10T12:00:00Z',
        ended_at: '2026-01-10T12:01:00Z',
      });
      const committed = await commitTrainingHistory.handler(
        { run: runOf('WriteHistory', id), record, pictures: [] },
        context,
      );
      expect(committed.commit_sha).toMatch(/^[0-9a-f]{40}$/);
    }
    expect(await verifyChain(ports.history)).toEqual([]);
    expect(await ports.experiments.searchRuns({ experiment: 'workflow-optimization' })).toHaveLength(2);
  });
});
