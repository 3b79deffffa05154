import { z } from 'zod';
import { deployTargets } from '../../contracts/deploy-to.js';
import { runRef, slug } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { recordInService } from '../shared/in-service.js';
import { toShape, versionShape } from './logic/version-shape.js';

export const recordModelInService = defineTool({
  name: 'record_model_in_service',
  title: 'Record that a version is in service',
  description:
    'After a deployment: sets the stage and the alias (Staging or Production) of the version that now serves, archives the one that it ' +
    'takes over from and records the lineage model -> endpoint. Changes no traffic.',
  input: z.object({
    run: runRef,
    model_name: slug,
    version: z.string(),
    endpoint_name: slug,
    deploy_to: z.enum(deployTargets),
  }),
  output: z.object({ ...versionShape.shape, replaced_version: z.string().nullable() }),
  annotations: writes,
  effect: { states: ['DeployModel', 'StartMonitoring'] },
  handler: async (
    { run, model_name: modelName, version, endpoint_name: endpointName, deploy_to: deployTo },
    { ports },
  ) => {
    const found = await ports.registry.getVersion({ modelName, version });
    if (found.trainingId !== run.training_id || found.approvalStatus !== 'Approved') {
      throw new DandoriError(
        'not_allowed',
        `${modelName} ${version} cannot be recorded as in service by ${run.training_id}.`,
        {
          found: `${found.approvalStatus}, made by ${found.trainingId}`,
          allowed: 'an approved version that this run made',
          next: 'register and deploy the version of this run.',
        },
      );
    }
    const { replacedVersion } = await recordInService(ports, { modelName, version, endpointName, deployTo });
    return { ...toShape(await ports.registry.getVersion({ modelName, version })), replaced_version: replacedVersion };
  },
});
