import { deployTargets, endpointName } from '../../../contracts/deploy-to.js';
import type { ModelVersion } from '../../../ports/model-registry.js';
import type { Ports } from '../../../ports/ports.js';
import type { RunRecord } from '../../../ports/run-index.js';
import { versionInService } from '../../shared/in-service.js';
import { findJson } from '../../shared/json-objects.js';
import { rollbackRecord } from './rollback-record.js';

type Known = Pick<Ports, 'registry' | 'lineage' | 'objects'>;
type Serving = Pick<ModelVersion, 'version' | 'trainingId'>;

/** What became of a version that serves no more. */
export interface VersionFate {
  /** The version that serves now where this one did, an older one after a rollback, and the run that made it. */
  replaced_by: string;
  replaced_by_training_id: string;
  /** Null: it was not rolled back. */
  rolled_back: { by: string | null } | null;
}

/** What many questions need to know only once. */
export interface FatesLooked {
  served: Map<string, Map<string, Serving>>;
  rollbacks?: Map<string, string>;
}

/** The versions of a model that serve now, by the name of their endpoint. */
async function servedNow(ports: Known, modelName: string): Promise<Map<string, Serving>> {
  const served = new Map<string, Serving>();
  for (const deployTo of deployTargets) {
    const found = await versionInService(ports, modelName, deployTo);
    if (found !== null) served.set(endpointName({ model_name: modelName, deploy_to: deployTo }), found);
  }
  return served;
}

interface Replacement {
  endpoint: string;
  now: Serving;
}

/** The version that serves where this one did; null while this one serves, and where none does. */
async function replacedBy(
  ports: Known,
  model: { modelName: string; version: string },
  served: ReadonlyMap<string, Serving>,
): Promise<Replacement | null> {
  if ([...served.values()].some(({ version }) => version === model.version)) return null;
  const node = { kind: 'model' as const, id: `${model.modelName}@${model.version}` };
  const edges = await ports.lineage.trace({ node, direction: 'downstream' });
  for (const { to } of edges) {
    const now = served.get(to.id);
    if (now !== undefined) return { endpoint: to.id, now };
  }
  return null;
}

/** Keys of the recorded rollbacks by endpoint and training id: one look at the folder, whatever the number of runs. */
async function rollbackKeys({ objects }: Known): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for (const { key } of await objects.list({ prefix: 'rollbacks/' })) {
    const [, rollback] = /^rollbacks\/([^/]+\/[^/]+)\.json$/.exec(key) ?? [];
    if (rollback !== undefined) keys.set(rollback, key);
  }
  return keys;
}

async function rolledBack(
  { objects }: Known,
  key: string | undefined,
  now: Serving,
): Promise<VersionFate['rolled_back']> {
  if (key === undefined) return null;
  const record = await findJson(objects, key, rollbackRecord);
  if (record?.kind !== 'rollback') return null;
  // The traffic moves before the record is closed.
  const happened = record.status === 'done' || record.to_version === now.version;
  return happened ? { by: record.requested_by } : null;
}

/**
 * What became of the version that a run put into service; null while it serves. It is asked of the registry, because rollbacks
 * and later runs change it without touching the run.
 */
export async function versionFate(
  ports: Known,
  { trainingId, modelName, version, status }: Pick<RunRecord, 'trainingId' | 'modelName' | 'version' | 'status'>,
  looked: FatesLooked = { served: new Map() },
): Promise<VersionFate | null> {
  // A run that is under way, perhaps again, is told by its status.
  if (version === null || (status !== 'in_service' && status !== 'failed')) return null;
  const served = looked.served.get(modelName) ?? (await servedNow(ports, modelName));
  looked.served.set(modelName, served);
  const replaced = await replacedBy(ports, { modelName, version }, served);
  if (replaced === null) return null;
  const { endpoint, now } = replaced;
  looked.rollbacks ??= await rollbackKeys(ports);
  return {
    replaced_by: now.version,
    replaced_by_training_id: now.trainingId,
    rolled_back: await rolledBack(ports, looked.rollbacks.get(`${endpoint}/${trainingId}`), now),
  };
}
