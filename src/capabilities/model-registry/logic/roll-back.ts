import { type DeployTo, deployTargets } from '../../../contracts/deploy-to.js';
import { codeOf, DandoriError } from '../../../errors.js';
import { failure } from '../../../messages/failures.js';
import { orderFailures } from '../../../messages/order-failures.js';
import type { ToolContext } from '../../../mcp/define-tool.js';
import type { ModelVersion } from '../../../ports/model-registry.js';
import type { Ports } from '../../../ports/ports.js';
import { logRollback } from '../../shared/deployment-log.js';
import { recordInService, stageFor, stageWithout, versionInService } from '../../shared/in-service.js';
import { packageVariant } from '../../shared/package-variant.js';
import { previousVersion } from './previous-version.js';
import { findRollback, listRollbacks, rollbackKey, writeRollback, type RollbackRecord } from './rollback-record.js';

export interface RollbackParams {
  trainingId: string;
  modelName: string;
  endpointName: string;
  deployTo: DeployTo;
  requestedBy: string | null;
  reason: string;
}

export interface RollbackResult {
  /** `kept`: the previous model goes on serving; `restored`: it was put back; `rolled_back`: a person went back a version. */
  action: 'kept' | 'restored' | 'rolled_back' | 'nothing_in_service';
  endpoint_name: string;
  from_version: string | null;
  to_version: string | null;
  /** Where the version that gave way serves besides. */
  still_serves: DeployTo[];
  record_key: string | null;
  message: string;
}

/** What the endpoint serves now: the version of its variant, or null without an endpoint. */
async function servedVersion(ports: Ports, endpointName: string): Promise<string | null> {
  try {
    const { variants } = await ports.endpoints.describeEndpoint({ endpointName });
    return variants[0]?.version ?? null;
  } catch (error) {
    if (codeOf(error) === 'not_found') return null;
    throw error;
  }
}

/** The logs of both releases tell what the rollback did to them; the time is that of its record, so that a repetition adds nothing. */
async function logBoth(record: RollbackRecord, { modelName, deployTo }: RollbackParams, ports: Ports): Promise<void> {
  const { kind, training_id, model_name, endpoint_name, from_version, to_version, requested_by, reason } = record;
  const facts = { kind, training_id, model_name, endpoint_name, from_version, to_version, requested_by, reason };
  const versions = await ports.registry.listVersions({ modelName });
  for (const [version, action] of [
    [record.from_version, 'taken_out'],
    [record.to_version, 'put_back'],
  ] as const) {
    const release = versions.find((one) => one.version === version);
    if (release === undefined) continue;
    const entry = {
      ...facts,
      action,
      version: release.version,
      deploy_to: deployTo,
      rolled_back_at: record.started_at,
    };
    await logRollback(ports.objects, release.packagePrefix, entry);
  }
}

async function carryOut(
  record: RollbackRecord,
  target: ModelVersion,
  params: RollbackParams,
  context: ToolContext,
): Promise<void> {
  const { ports } = context;
  await writeRollback(ports.objects, record);
  await ports.endpoints.applyEndpoint({ endpointName: params.endpointName, variants: [packageVariant(target)] });
  if (record.kind === 'rollback') {
    const { modelName } = params;
    if (record.from_version !== null) {
      const left = { modelName, version: record.from_version };
      const stage = stageWithout(await ports.registry.getVersion(left), stageFor(params.deployTo));
      await ports.registry.setStage({ ...left, stage });
      // A person has decided against it: nothing puts it into service again without a new plan.
      await ports.registry.setApprovalStatus({ ...left, status: 'Rejected' });
    }
  }
  await recordInService(ports, { ...params, version: target.version });
  await logBoth(record, params, ports);
  await writeRollback(ports.objects, { ...record, status: 'done', done_at: context.now().toISOString() });
}

function recordOf(
  kind: RollbackRecord['kind'],
  versions: { from: string | null; to: string },
  params: RollbackParams,
  now: Date,
): RollbackRecord {
  return {
    format: 1,
    endpoint_name: params.endpointName,
    model_name: params.modelName,
    training_id: params.trainingId,
    kind,
    from_version: versions.from,
    to_version: versions.to,
    status: 'intended',
    requested_by: params.requestedBy,
    reason: params.reason,
    started_at: now.toISOString(),
    done_at: null,
  };
}

/** After a failed run: what the registry says is in service serves; a half-done deployment is undone, else nothing is touched. */
export async function keepPrevious(params: RollbackParams, context: ToolContext): Promise<RollbackResult> {
  const { ports } = context;
  const { endpointName, modelName, deployTo } = params;
  const serving = await servedVersion(ports, endpointName);
  const wanted = await versionInService(ports, modelName, deployTo);
  const same = { endpoint_name: endpointName, still_serves: [], record_key: null };
  if (wanted === null && serving === null) {
    const message = `No version of ${modelName} was in service on ${endpointName}; there is nothing to keep.`;
    return { ...same, action: 'nothing_in_service', from_version: null, to_version: null, message };
  }
  if (wanted === null || serving === wanted.version) {
    const message = `Version ${serving} of ${modelName} stays in service on ${endpointName}; nothing had to be changed.`;
    return { ...same, action: 'kept', from_version: serving, to_version: serving, message };
  }
  const record = recordOf('restore', { from: serving, to: wanted.version }, params, context.now());
  await carryOut(record, wanted, params, context);
  return {
    action: 'restored',
    endpoint_name: endpointName,
    from_version: serving,
    to_version: wanted.version,
    still_serves: [],
    record_key: rollbackKey(record),
    message: `Version ${wanted.version} of ${modelName} is back in service on ${endpointName}${serving === null ? '' : ` instead of ${serving}`}.`,
  };
}

function notServing(
  { trainingId, endpointName, deployTo }: RollbackParams,
  versions: readonly ModelVersion[],
  current: ModelVersion | undefined,
): DandoriError {
  const own = versions.find((one) => one.trainingId === trainingId);
  const place = deployTargets.find((one) => one !== deployTo && own?.aliases.includes(stageFor(one)));
  const elsewhere = own === undefined || place === undefined ? null : { version: own.version, place };
  return failure(
    'wrong_state',
    orderFailures.notServing({ trainingId, endpointName, current: current ?? null, elsewhere }),
  );
}

async function decide(params: RollbackParams, context: ToolContext): Promise<RollbackRecord> {
  const { ports } = context;
  const { modelName, endpointName, trainingId } = params;
  const serving = await servedVersion(ports, endpointName);
  const versions = await ports.registry.listVersions({ modelName });
  const current = versions.find(({ version }) => version === serving);
  if (current?.trainingId !== trainingId) throw notServing(params, versions, current);
  const edges = await ports.lineage.trace({ node: { kind: 'endpoint', id: endpointName }, direction: 'upstream' });
  const served = edges
    .filter(({ from, to }) => to.kind === 'endpoint' && to.id === endpointName && from.kind === 'model')
    .map(({ from }) => from.id.slice(from.id.lastIndexOf('@') + 1));
  const done = (await listRollbacks(ports.objects, endpointName)).filter(
    ({ kind, status }) => kind === 'rollback' && status === 'done',
  );
  const rolledBack = new Set(done.map(({ from_version: from }) => from ?? ''));
  const target = previousVersion({ versions, current: current.version, served: new Set(served), rolledBack });
  if (target === null) {
    const isFirst = versions.length === 1;
    const { version } = current;
    throw failure('not_found', orderFailures.noVersionBefore({ modelName, version, endpointName, isFirst }));
  }
  return recordOf('rollback', { from: current.version, to: target.version }, params, context.now());
}

/** Where a version serves, by the registry. */
async function placesOf(ports: Ports, modelName: string, version: string): Promise<DeployTo[]> {
  const places: DeployTo[] = [];
  for (const place of deployTargets)
    if ((await versionInService(ports, modelName, place))?.version === version) places.push(place);
  return places;
}

/** The operator's rollback (seeds 4.8): from the version that this training put in service to the one before it. */
export async function rollBack(params: RollbackParams, context: ToolContext): Promise<RollbackResult> {
  const { ports } = context;
  const which = { endpoint_name: params.endpointName, training_id: params.trainingId, kind: 'rollback' as const };
  const record = (await findRollback(ports.objects, which)) ?? (await decide(params, context));
  const target = await ports.registry.getVersion({ modelName: params.modelName, version: record.to_version });
  if (record.status === 'intended') await carryOut(record, target, params, context);
  const still = record.from_version === null ? [] : await placesOf(ports, params.modelName, record.from_version);
  return {
    action: 'rolled_back',
    endpoint_name: params.endpointName,
    from_version: record.from_version,
    to_version: record.to_version,
    still_serves: still,
    record_key: rollbackKey(record),
    message: `${params.endpointName} went back from version ${record.from_version} to ${record.to_version}; ${record.from_version} is rejected${still.length === 0 ? ' and archived' : `, and serves ${still.join(' and ')} still`}.`,
  };
}
