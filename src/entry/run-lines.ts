import { findJson } from '../capabilities/shared/json-objects.js';
import { type DeployTo, versionInService } from '../capabilities/shared/in-service.js';
import { rollbackRecord } from '../capabilities/model-registry/logic/rollback-record.js';
import { endpointName } from '../contracts/request.js';
import type { Ports } from '../ports/ports.js';
import type { RunRecord } from '../ports/run-index.js';
import type { RunLine } from './api-types.js';

type Known = Pick<Ports, 'registry' | 'lineage' | 'objects'>;

/** The versions of a model that serve now, by the name of their endpoint. */
async function servedNow(ports: Known, modelName: string): Promise<Map<string, string>> {
  const served = new Map<string, string>();
  for (const deployTo of ['staging', 'production'] satisfies DeployTo[]) {
    const found = await versionInService(ports, modelName, deployTo);
    if (found !== null) served.set(endpointName({ model_name: modelName, deploy_to: deployTo }), found.version);
  }
  return served;
}

/** The version that serves where this one did; null while this one serves, and where none does. */
async function replacedBy(
  ports: Known,
  model: { modelName: string; version: string },
  served: ReadonlyMap<string, string>,
): Promise<string | null> {
  if ([...served.values()].includes(model.version)) return null;
  const node = { kind: 'model' as const, id: `${model.modelName}@${model.version}` };
  const edges = await ports.lineage.trace({ node, direction: 'downstream' });
  return edges.map(({ to }) => served.get(to.id)).find((version) => version !== undefined) ?? null;
}

/** Keys of the recorded rollbacks by training id: one look at the folder, whatever the number of runs. */
async function rollbackKeys({ objects }: Known): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for (const { key } of await objects.list({ prefix: 'rollbacks/' })) {
    const [, trainingId] = /^rollbacks\/[^/]+\/([^/]+)\.json$/.exec(key) ?? [];
    if (trainingId !== undefined) keys.set(trainingId, key);
  }
  return keys;
}

async function rollbackRemark({ objects }: Known, key: string | undefined): Promise<string | null> {
  if (key === undefined) return null;
  const record = await findJson(objects, key, rollbackRecord);
  if (record?.status !== 'done' || record.kind !== 'rollback') return null;
  return record.requested_by === null ? 'rolled back' : `rolled back by ${record.requested_by}`;
}

/** What one list needs to know only once. */
interface Looked {
  served: Map<string, Map<string, string>>;
  rollbacks?: Map<string, string>;
}

/** What has become of the version that a run put into service. */
async function fateOf(
  ports: Known,
  { trainingId, modelName, version, status }: RunRecord,
  looked: Looked,
): Promise<Pick<RunLine, 'replaced_by' | 'remark'>> {
  // A run that is under way, perhaps again, is told by its status.
  if (version === null || (status !== 'in_service' && status !== 'failed')) return { replaced_by: null, remark: null };
  const served = looked.served.get(modelName) ?? (await servedNow(ports, modelName));
  looked.served.set(modelName, served);
  const replaced_by = await replacedBy(ports, { modelName, version }, served);
  if (replaced_by === null) return { replaced_by, remark: null };
  looked.rollbacks ??= await rollbackKeys(ports);
  const replaced = status === 'in_service' ? `replaced by ${replaced_by}` : null;
  return { replaced_by, remark: (await rollbackRemark(ports, looked.rollbacks.get(trainingId))) ?? replaced };
}

/**
 * A run as `dandori list` shows it. Its status is how it ended; what has become of its version since then is asked of the
 * registry, because rollbacks and later runs change it without touching the run.
 */
export async function runLine(ports: Known, run: RunRecord, looked: Looked = { served: new Map() }): Promise<RunLine> {
  return {
    training_id: run.trainingId,
    issue_number: run.issueNumber,
    model_name: run.modelName,
    status: run.status,
    version: run.version,
    ...(await fateOf(ports, run, looked)),
    created_at: run.createdAt,
    ended_at: run.endedAt,
  };
}

/** Many runs: the registry is asked once for each model, and an object is read only for a run that was rolled back. */
export async function runLines(ports: Known, runs: readonly RunRecord[]): Promise<RunLine[]> {
  const looked: Looked = { served: new Map() };
  const lines: RunLine[] = [];
  for (const run of runs) lines.push(await runLine(ports, run, looked));
  return lines;
}
