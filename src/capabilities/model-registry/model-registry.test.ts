import { describe, expect, it } from 'vitest';
import { DandoriError } from '../../errors.js';
import { readChain, verifyChain } from '../../history/chain.js';
import { createPackageModel } from '../packaging/package-model.js';
import { recordInService } from '../shared/in-service.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { datasetOf, planHash, requestOf, runOf, storeTraining } from '../testing/fixtures.js';
import { compareModelVersions } from './compare-model-versions.js';
import { getModelVersion } from './get-model-version.js';
import { listModelVersions } from './list-model-versions.js';
import { previousVersion } from './logic/previous-version.js';
import { recordModelInService } from './record-model-in-service.js';
import { registerModel } from './register-model.js';
import { rollbackModel } from './rollback-model.js';
import { trackModelLineage } from './track-model-lineage.js';

const model_name = 'churn-churn';
const endpoint_name = 'churn-churn-staging';
const packageModel = createPackageModel(() => new Map());
const approval = { by: 'ada', how: 'comment', plan_hash: planHash };

async function setUp() {
  const ports = fakePorts({ datasets: [datasetOf()] });
  const context = fakeContext(ports);
  const where = await storeTraining(ports.objects);
  const release = async (trainingId: string, given: typeof approval | null = approval) => {
    const made = await packageModel.handler(
      { run: runOf('PackageModel', trainingId), model_name, ...where, request: requestOf(), plan_hash: planHash },
      context,
    );
    const input = {
      run: runOf('PackageModel', trainingId),
      model_name,
      version: made.version,
      approval: given,
      issue_number: 7,
    };
    return registerModel.handler(input, context);
  };
  const deploy = async (trainingId: string) => {
    const { version } = await release(trainingId);
    const registered = await ports.registry.getVersion({ modelName: model_name, version });
    await ports.endpoints.applyEndpoint({
      endpointName: endpoint_name,
      variants: [
        {
          variantName: 'AllTraffic',
          modelName: model_name,
          version,
          packagePrefix: registered.packagePrefix,
          digests: {},
          weight: 1,
        },
      ],
    });
    const run = runOf('DeployModel', trainingId);
    await recordModelInService.handler({ run, model_name, version, endpoint_name, deploy_to: 'staging' }, context);
    return version;
  };
  const roll = (state: string, trainingId: string, language: 'en' | 'ja' = 'en', visit = 1) =>
    rollbackModel.handler(
      {
        run: { ...runOf(state, trainingId), visit },
        model_name,
        endpoint_name,
        deploy_to: 'staging',
        requested_by: 'ada',
        reason: 'wrong answers',
        issue_number: 7,
        language,
      },
      context,
    );
  const serving = async () =>
    (await ports.endpoints.describeEndpoint({ endpointName: endpoint_name })).variants[0]?.version;
  const stages = async () =>
    Object.fromEntries(
      (await ports.registry.listVersions({ modelName: model_name })).map(({ version, stage }) => [version, stage]),
    );
  return { ports, context, release, deploy, roll, serving, stages };
}

describe('register_model', () => {
  it('registers an approved version with its lineage, and the same one again', async () => {
    const { ports, release } = await setUp();
    const answer = await release('train-first1');
    expect(registerModel.output.parse(answer)).toMatchObject({
      version: '1.0.0',
      approval_status: 'Approved',
      stage: 'None',
    });
    expect(answer.approval_note).toContain('ada approved the plan (comment)');
    expect(await release('train-first1')).toEqual(answer);
    expect(
      ports.lineage.edges.map(({ from, relation, to }) => `${from.kind} ${from.id} ${relation} ${to.kind} ${to.id}`),
    ).toEqual([
      'dataset churn@1.0.0 trained_on training train-first1',
      'training train-first1 produced model churn-churn@1.0.0',
      'issue 7 requested training train-first1',
    ]);
  });

  it('leaves a version without an approval pending', async () => {
    const { release } = await setUp();
    expect(await release('train-first1', null)).toMatchObject({ approval_status: 'PendingManualApproval' });
  });

  it('refuses an approval of another plan, a package of another run and changed files', async () => {
    const { ports, context, release } = await setUp();
    await expect(release('train-first1', { ...approval, plan_hash: 'b'.repeat(64) })).rejects.toThrow(
      /not for the plan/,
    );
    const input = { run: runOf('PackageModel', 'train-second'), model_name, version: '1.0.0', approval };
    await expect(registerModel.handler(input, context)).rejects.toThrow(/not made by this run/);
    await ports.objects.put({ key: 'models/churn-churn/1.0.0/model.onnx', body: 'other' });
    await expect(
      registerModel.handler({ ...input, run: runOf('PackageModel', 'train-first1') }, context),
    ).rejects.toThrow(/not the one that was packaged/);
  });
});

describe('reading the registry', () => {
  it('gets by version or alias, not both, and lists without digests', async () => {
    const { context, deploy } = await setUp();
    await deploy('train-first1');
    expect(await getModelVersion.handler({ model_name, alias: 'Staging' }, context)).toMatchObject({
      version: '1.0.0',
    });
    expect(await getModelVersion.handler({ model_name, version: '1.0.0' }, context)).toMatchObject({
      stage: 'Staging',
    });
    await expect(getModelVersion.handler({ model_name }, context)).rejects.toThrow(/neither "version" nor "alias"/);
    const { versions } = await listModelVersions.handler({ model_name, limit: 20 }, context);
    expect(versions).toHaveLength(1);
    expect(versions[0]).not.toHaveProperty('digests');
    expect(await listModelVersions.handler({ limit: 20 }, context)).toMatchObject({ versions: [] });
  });

  it('traces lineage both ways', async () => {
    const { context, deploy } = await setUp();
    await deploy('train-first1');
    const node = { kind: 'model' as const, id: 'churn-churn@1.0.0' };
    const answer = await trackModelLineage.handler({ node, direction: 'both' }, context);
    expect(answer.upstream).toEqual(
      expect.arrayContaining([
        { kind: 'dataset', id: 'churn@1.0.0' },
        { kind: 'training', id: 'train-first1' },
      ]),
    );
    expect(answer.downstream).toEqual([{ kind: 'endpoint', id: endpoint_name }]);
    expect((await trackModelLineage.handler({ node, direction: 'downstream' }, context)).upstream).toEqual([]);
  });

  it('reports the difference of two versions', async () => {
    const { ports, context, release } = await setUp();
    await release('train-first1');
    await storeTraining(ports.objects, {
      report: { hyperparameters: { n_estimators: 200 } },
      results: { metrics: { accuracy: 0.9, f1_score: 0.61 } },
    });
    await release('train-second');
    const answer = await compareModelVersions.handler(
      { model_name, from_version: '1.0.0', to_version: '1.1.0' },
      context,
    );
    expect(compareModelVersions.output.parse(answer)).toMatchObject({
      changed: ['algorithm'],
      hyperparameters: [
        { name: 'max_depth', from: '10', to: null },
        { name: 'n_estimators', from: '100', to: '200' },
      ],
      features: { added: [], removed: [], retyped: [] },
    });
    expect(answer.report).toContain('| accuracy | 0.8 | 0.9 | +0.1 |');
  });
});

describe('record_model_in_service', () => {
  it('archives the version that it takes over from', async () => {
    const { deploy, stages } = await setUp();
    await deploy('train-first1');
    await deploy('train-second');
    expect(await stages()).toEqual({ '1.0.0': 'Archived', '1.0.1': 'Staging' });
  });

  it('leaves a replaced version that serves elsewhere in its stage', async () => {
    const { ports, deploy, stages } = await setUp();
    await deploy('train-first1');
    await recordInService(ports, {
      modelName: model_name,
      version: '1.0.0',
      endpointName: 'churn-churn-production',
      deployTo: 'production',
    });
    await deploy('train-second');
    expect(await stages()).toEqual({ '1.0.0': 'Production', '1.0.1': 'Staging' });
  });

  it('refuses a version that is not approved', async () => {
    const { context, release } = await setUp();
    const { version } = await release('train-first1', null);
    const input = {
      run: runOf('DeployModel', 'train-first1'),
      model_name,
      version,
      endpoint_name,
      deploy_to: 'staging' as const,
    };
    await expect(recordModelInService.handler(input, context)).rejects.toThrow(/PendingManualApproval/);
  });
});

describe('rollback_model', () => {
  it('goes back one version for the operator, once, and records it', async () => {
    const { ports, deploy, roll, serving, stages } = await setUp();
    await deploy('train-first1');
    await deploy('train-second');
    const answer = await roll('Succeeded', 'train-second');
    expect(rollbackModel.output.parse(answer)).toMatchObject({
      action: 'rolled_back',
      from_version: '1.0.1',
      to_version: '1.0.0',
    });
    expect(await serving()).toBe('1.0.0');
    expect(await stages()).toEqual({ '1.0.0': 'Staging', '1.0.1': 'Archived' });
    expect(await ports.registry.getVersion({ modelName: model_name, version: '1.0.1' })).toMatchObject({
      approvalStatus: 'Rejected',
    });
    expect(ports.endpoints.applied.at(-1)?.variants[0]?.digests).toHaveProperty(['model.onnx']);
    const record = JSON.parse(ports.objects.text(`rollbacks/${endpoint_name}/train-second.json`));
    expect(record).toMatchObject({ status: 'done', requested_by: 'ada', reason: 'wrong answers' });
    const logOf = (version: string) =>
      JSON.parse(ports.objects.text(`models/${model_name}/${version}/deployment_log.json`)) as unknown;
    const logs = [logOf('1.0.1'), logOf('1.0.0')];
    const facts = { kind: 'rollback', training_id: 'train-second', from_version: '1.0.1', to_version: '1.0.0' };
    expect(logs).toMatchObject([
      { entries: [{ ...facts, action: 'taken_out', version: '1.0.1', requested_by: 'ada', reason: 'wrong answers' }] },
      { entries: [{ ...facts, action: 'put_back', version: '1.0.0', deploy_to: 'staging' }] },
    ]);
    const applied = ports.endpoints.applied.length;
    expect(await roll('Succeeded', 'train-second')).toEqual(answer);
    expect([logOf('1.0.1'), logOf('1.0.0')]).toEqual(logs);
    expect(ports.endpoints.applied).toHaveLength(applied);
  });

  it.each([
    { language: 'en' as const, words: [/^# Rollback$/m, /^- Version put back into service: 1\.0\.0$/m] },
    { language: 'ja' as const, words: [/^# ロールバック$/m, /^- 再び稼働させたバージョン: 1\.0\.0$/m] },
  ])('writes a page of its own into the chained history, once: $language', async ({ language, words }) => {
    const { ports, deploy, roll } = await setUp();
    await deploy('train-first1');
    await deploy('train-second');
    await roll('Succeeded', 'train-second', language);
    await roll('Succeeded', 'train-second', language);
    // A client names the visit.
    await roll('Succeeded', 'train-second', language, 2);
    const page = await ports.history.readFile({ path: 'training_history/train-second-rollback-staging.md' });
    for (const word of words) expect(page).toMatch(word);
    expect(page).toMatch(/1\.0\.1[^]*ada[^]*wrong answers/);
    expect(page).toContain('[train-second.md](train-second.md)');
    expect(await verifyChain(ports.history)).toEqual([]);
    expect(await readChain(ports.history)).toMatchObject([{ training_id: 'train-second', sequence: 1 }]);
  });

  it('says that only the page is missing while the history is away, and writes it when ordered again', async () => {
    const { ports, deploy, roll, serving } = await setUp();
    await deploy('train-first1');
    await deploy('train-second');
    const commit = ports.history.commit;
    ports.history.commit = async () => {
      throw new DandoriError('unavailable', 'The repository does not answer.');
    };
    await expect(roll('Succeeded', 'train-second')).rejects.toThrow(
      /went back from version 1\.0\.1 to 1\.0\.0[^]*could not be written[^]*does not answer/,
    );
    expect(await serving()).toBe('1.0.0');
    ports.history.commit = commit;
    expect(await roll('Succeeded', 'train-second')).toMatchObject({ action: 'rolled_back', to_version: '1.0.0' });
    expect(await readChain(ports.history)).toHaveLength(1);
  });

  it('goes to the same version when it was killed in between', async () => {
    const { ports, deploy, roll, serving } = await setUp();
    for (const id of ['train-first1', 'train-second', 'train-third1']) await deploy(id);
    const addEdge = ports.lineage.addEdge;
    ports.lineage.addEdge = async () => {
      throw new Error('killed after the endpoint changed');
    };
    await expect(roll('Succeeded', 'train-third1')).rejects.toThrow(/killed/);
    expect(await serving()).toBe('1.0.1');
    ports.lineage.addEdge = addEdge;
    expect(await roll('Succeeded', 'train-third1')).toMatchObject({ to_version: '1.0.1' });
    expect(await serving()).toBe('1.0.1');
  });

  it('skips a version that was rolled back before', async () => {
    const { deploy, roll, serving } = await setUp();
    await deploy('train-first1');
    await deploy('train-second');
    await roll('Succeeded', 'train-second');
    await deploy('train-third1');
    await roll('Succeeded', 'train-third1');
    expect(await serving()).toBe('1.0.0');
  });

  it('refuses without an earlier version, and for a training whose model does not serve', async () => {
    const { deploy, roll, serving } = await setUp();
    await expect(roll('Succeeded', 'train-first1')).rejects.toThrow(/is not in service/);
    await deploy('train-first1');
    await expect(roll('Succeeded', 'train-first1')).rejects.toThrow(
      /no version to go back to .* it is the first version/,
    );
    await deploy('train-second');
    await expect(roll('Succeeded', 'train-first1')).rejects.toThrow(/version 1\.0\.1 of train-second/);
    expect(await serving()).toBe('1.0.1');
  });

  it('names the other place where the model of the training serves', async () => {
    const { ports, deploy, roll } = await setUp();
    const version = await deploy('train-first1');
    await ports.registry.setAlias({ modelName: model_name, version, alias: 'Production' });
    await deploy('train-second');
    await expect(roll('Succeeded', 'train-first1')).rejects.toThrow(
      /version 1\.0\.1 of train-second[^]*version 1\.0\.0 serves production: [^]*"\/rollback production"/,
    );
  });

  it('keeps the previous model after a failed run', async () => {
    const { ports, deploy, roll } = await setUp();
    expect(await roll('RollbackModel', 'train-failed')).toMatchObject({
      action: 'nothing_in_service',
      to_version: null,
    });
    await deploy('train-first1');
    const applied = ports.endpoints.applied.length;
    expect(await roll('RollbackModel', 'train-second')).toMatchObject({
      action: 'kept',
      to_version: '1.0.0',
      record_key: null,
    });
    expect(ports.endpoints.applied).toHaveLength(applied);
  });

  it('puts the previous model back when a failed run left another one', async () => {
    const { ports, deploy, release, roll, serving } = await setUp();
    await deploy('train-first1');
    const { version, package_prefix: packagePrefix } = await release('train-second');
    const variant = {
      variantName: 'AllTraffic',
      modelName: model_name,
      version,
      packagePrefix,
      digests: {},
      weight: 1,
    };
    await ports.endpoints.applyEndpoint({ endpointName: endpoint_name, variants: [variant] });
    expect(await roll('RollbackModel', 'train-second')).toMatchObject({
      action: 'restored',
      from_version: '1.0.1',
      to_version: '1.0.0',
    });
    expect(await serving()).toBe('1.0.0');
  });
});

describe('previousVersion', () => {
  it('counts every approved version when nothing is known of what served', async () => {
    const { ports, release } = await setUp();
    for (const id of ['train-first1', 'train-second']) await release(id);
    const versions = await ports.registry.listVersions({ modelName: model_name });
    const given = { versions, current: '1.0.1', rolledBack: new Set<string>() };
    expect(previousVersion({ ...given, served: new Set() })?.version).toBe('1.0.0');
    expect(previousVersion({ ...given, served: new Set(['1.0.1']) })).toBeNull();
  });
});
