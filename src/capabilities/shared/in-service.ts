import type { DeployTo } from '../../contracts/deploy-to.js';
import { codeOf } from '../../errors.js';
import type { ModelStage, ModelVersion } from '../../ports/model-registry.js';
import type { Ports } from '../../ports/ports.js';

/** Stage and alias of what serves there: `Staging` or `Production`; the alias names exactly one version of a model. */
export function stageFor(deployTo: DeployTo): Extract<ModelStage, 'Staging' | 'Production'> {
  return deployTo === 'production' ? 'Production' : 'Staging';
}

/** The version that the registry says is in service there, or null. */
export async function versionInService(
  ports: Pick<Ports, 'registry'>,
  modelName: string,
  deployTo: DeployTo,
): Promise<ModelVersion | null> {
  try {
    return await ports.registry.getVersion({ modelName, alias: stageFor(deployTo) });
  } catch (error) {
    if (codeOf(error) === 'not_found') return null;
    throw error;
  }
}

/**
 * Records that a version serves an endpoint: stage, alias, lineage; the version that it takes over from is archived unless
 * another alias names it. Repeating it is harmless.
 */
export async function recordInService(
  ports: Pick<Ports, 'registry' | 'lineage'>,
  params: { modelName: string; version: string; endpointName: string; deployTo: DeployTo },
): Promise<{ replacedVersion: string | null }> {
  const { modelName, version, endpointName, deployTo } = params;
  const stage = stageFor(deployTo);
  const before = await versionInService(ports, modelName, deployTo);
  const replaced = before === null || before.version === version ? null : before;
  if (replaced !== null) {
    // First, so that a crash after it is mended by the repetition: the alias still names the replaced version then.
    await ports.registry.setStage({ modelName, version: replaced.version, stage: stageWithout(replaced, stage) });
  }
  await ports.registry.setAlias({ modelName, version, alias: stage });
  await ports.registry.setStage({ modelName, version, stage });
  await ports.lineage.addEdge({
    from: { kind: 'model', id: `${modelName}@${version}` },
    to: { kind: 'endpoint', id: endpointName },
    relation: 'deployed_as',
  });
  return { replacedVersion: replaced?.version ?? null };
}

/** The stage of a version that leaves this one: where it serves besides, else the archive. */
export function stageWithout({ aliases }: Pick<ModelVersion, 'aliases'>, left: ModelStage): ModelStage {
  return aliases.filter(isStage).find((alias) => alias !== left) ?? 'Archived';
}

function isStage(alias: string): alias is 'Production' | 'Staging' {
  return alias === 'Production' || alias === 'Staging';
}
