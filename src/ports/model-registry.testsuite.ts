import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelRegistry, ModelVersion } from './model-registry.js';

const version = (number: string, changes: Partial<ModelVersion> = {}): Omit<ModelVersion, 'aliases' | 'createdAt'> => ({
  modelName: 'churn',
  version: number,
  trainingId: `train-${number}`,
  approvalStatus: 'PendingManualApproval',
  stage: 'None',
  packagePrefix: `models/churn/${number}`,
  digests: { [`models/churn/${number}/model.onnx`]: 'ab'.repeat(32) },
  facts: { schema: 's1', data: 'd1' },
  metrics: { f1_score: 0.61 },
  description: '解約予測',
  ...changes,
});

/** What every model registry promises. */
export function modelRegistrySuite(
  name: string,
  open: () => Promise<{ registry: ModelRegistry; close: () => Promise<void> }>,
): void {
  describe(`${name} as a model registry`, () => {
    let registry: ModelRegistry;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ registry, close } = await open());
    });
    afterEach(() => close());

    test('gives back a version as it was registered', async () => {
      const registered = await registry.registerVersion(version('1.0.0'));
      expect(registered).toEqual({ ...version('1.0.0'), aliases: [], createdAt: registered.createdAt });
      expect(Number.isNaN(Date.parse(registered.createdAt))).toBe(false);
      expect(await registry.getVersion({ modelName: 'churn', version: '1.0.0' })).toEqual(registered);
      expect(await registry.getVersion({ modelName: 'churn' })).toEqual(registered);
    });

    test('answers the first registration of the same files of the same training, also under another number', async () => {
      const first = await registry.registerVersion(version('1.0.0'));
      expect(await registry.registerVersion(version('1.0.0'))).toEqual(first);
      expect(await registry.registerVersion(version('1.1.0', { trainingId: 'train-1.0.0' }))).toEqual(first);
      expect((await registry.listVersions({ modelName: 'churn' })).length).toBe(1);
    });

    test('refuses a number that is taken by another package and one that is no semantic version', async () => {
      await registry.registerVersion(version('1.0.0'));
      const other = version('1.0.0', { trainingId: 'train-other' });
      await expect(registry.registerVersion(other)).rejects.toMatchObject({ code: 'already_exists' });
      for (const bad of ['1', '1.0', 'v1.0.0', '01.0.0', '../1.0.0']) {
        await expect(registry.registerVersion(version(bad))).rejects.toMatchObject({ code: 'invalid_input' });
      }
    });

    test('lists versions newest first and models by name', async () => {
      for (const number of ['1.0.0', '1.9.0', '1.10.0']) await registry.registerVersion(version(number));
      await registry.registerVersion(
        version('2.0.0', { modelName: 'area', packagePrefix: 'models/area/2.0.0', digests: {} }),
      );
      const numbers = (await registry.listVersions({ modelName: 'churn' })).map((one) => one.version);
      expect(numbers).toEqual(['1.10.0', '1.9.0', '1.0.0']);
      expect(await registry.listModels()).toEqual([
        { modelName: 'area', versions: 1, latest: '2.0.0' },
        { modelName: 'churn', versions: 3, latest: '1.10.0' },
      ]);
      expect(await registry.listVersions({ modelName: 'unknown' })).toEqual([]);
    });

    test('names what exists when asked for what does not', async () => {
      await registry.registerVersion(version('1.0.0'));
      await registry.setAlias({ modelName: 'churn', version: '1.0.0', alias: 'production' });
      for (const asked of [{ version: '9.9.9' }, { alias: 'staging' }]) {
        const error = registry.getVersion({ modelName: 'churn', ...asked });
        await expect(error).rejects.toMatchObject({ code: 'not_found' });
        await expect(error).rejects.toThrow(/1\.0\.0.*production/);
      }
      await expect(registry.getVersion({ modelName: 'chrn' })).rejects.toThrow(/churn/);
      const nobody = { modelName: 'churn', version: '9.9.9' };
      await expect(registry.setStage({ ...nobody, stage: 'Staging' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(registry.setAlias({ ...nobody, alias: 'x' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(registry.setApprovalStatus({ ...nobody, status: 'Approved' })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    test('changes approval and stage', async () => {
      await registry.registerVersion(version('1.0.0'));
      const at = { modelName: 'churn', version: '1.0.0' };
      expect((await registry.setApprovalStatus({ ...at, status: 'Approved' })).approvalStatus).toBe('Approved');
      expect(await registry.setStage({ ...at, stage: 'Production' })).toMatchObject({
        approvalStatus: 'Approved',
        stage: 'Production',
      });
    });

    test('moves an alias; a version may have several', async () => {
      for (const number of ['1.0.0', '1.1.0']) await registry.registerVersion(version(number));
      await registry.setAlias({ modelName: 'churn', version: '1.0.0', alias: 'production' });
      await registry.setAlias({ modelName: 'churn', version: '1.1.0', alias: 'candidate' });
      await registry.setAlias({ modelName: 'churn', version: '1.1.0', alias: 'production' });
      expect((await registry.getVersion({ modelName: 'churn', alias: 'production' })).aliases).toEqual([
        'candidate',
        'production',
      ]);
      expect((await registry.getVersion({ modelName: 'churn', version: '1.0.0' })).aliases).toEqual([]);
      const bad = { modelName: 'churn', version: '1.0.0', alias: '../x' };
      await expect(registry.setAlias(bad)).rejects.toMatchObject({ code: 'invalid_input' });
    });
  });
}
