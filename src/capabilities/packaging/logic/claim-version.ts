import type { z } from 'zod';
import { DandoriError } from '../../../errors.js';
import type { ModelRegistry, ModelVersion } from '../../../ports/model-registry.js';
import type { ObjectStore } from '../../../ports/object-store.js';
import { inTurn } from '../../shared/in-turn.js';
import { findJson, writeJson } from '../../shared/json-objects.js';
import { compareVersions } from '../../shared/semantic-version.js';
import { packagePrefix, versionClaim } from './model-metadata.js';
import { nextVersion, type VersionDecision, type VersionFacts } from './next-version.js';

export interface ClaimedVersion {
  decision: VersionDecision;
  /** Newest version in the registry before this one. */
  previous: ModelVersion | null;
}

async function claims(objects: ObjectStore, modelName: string): Promise<z.infer<typeof versionClaim>[]> {
  const prefix = `models/${modelName}/`;
  const keys = (await objects.list({ prefix }))
    .map(({ key }) => key)
    .filter((key) => /^[^/]+\/claim\.json$/.test(key.slice(prefix.length)));
  const found = await Promise.all(keys.map((key) => findJson(objects, key, versionClaim)));
  return found.filter((claim) => claim !== null);
}

/**
 * Decides the version of a training's model and keeps the number for it: the same model gets the same number again, two
 * trainings at once never get the same one. A number whose package was never finished is not used again.
 */
export async function claimVersion(
  ports: { objects: ObjectStore; registry: ModelRegistry },
  params: { modelName: string; trainingId: string; modelSha256: string; facts: VersionFacts },
): Promise<ClaimedVersion> {
  const { modelName, trainingId, modelSha256, facts } = params;
  return inTurn(ports.objects, `version of ${modelName}`, async () => {
    const claimed = await claims(ports.objects, modelName);
    const mine = claimed.find((claim) => claim.training_id === trainingId && claim.model_sha256 === modelSha256);
    const registered = await ports.registry.listVersions({ modelName });
    const earlier = registered.filter(
      ({ version }) => mine === undefined || compareVersions(version, mine.version) < 0,
    );
    const previous = earlier.toSorted((a, b) => compareVersions(b.version, a.version))[0] ?? null;
    const taken = [...registered, ...claimed].map(({ version }) => version);
    const decision = nextVersion(previous, facts, taken);
    if (mine !== undefined) return { decision: { ...decision, version: mine.version }, previous };
    const key = `${packagePrefix(modelName, decision.version)}/claim.json`;
    await writeJson(ports.objects, key, {
      training_id: trainingId,
      version: decision.version,
      model_sha256: modelSha256,
    });
    // Another process could have written in between; whoever is read back holds the number.
    const holder = await findJson(ports.objects, key, versionClaim);
    if (holder?.training_id === trainingId) return { decision, previous };
    throw new DandoriError('conflict', `Version ${decision.version} of ${modelName} was taken by another run.`, {
      found: holder?.training_id ?? 'nobody',
      next: 'the step is tried again with the next number.',
    });
  });
}
