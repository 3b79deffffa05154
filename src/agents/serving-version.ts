import { stageFor } from '../capabilities/shared/in-service.js';
import type { DeployTo } from '../contracts/deploy-to.js';
import { codeOf } from '../errors.js';
import type { AgentContext } from './agent.js';

/** The version that the registry has in service there, however many came after it; null when none does. */
export async function servingVersion(
  { tools }: Pick<AgentContext, 'tools'>,
  { model_name, deploy_to }: { model_name: string; deploy_to: DeployTo },
) {
  try {
    return await tools.call('get_model_version', { model_name, alias: stageFor(deploy_to) });
  } catch (error) {
    if (codeOf(error) === 'not_found') return null;
    throw error;
  }
}
