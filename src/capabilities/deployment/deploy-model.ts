import { z } from 'zod';
import { deployTargets } from '../../contracts/deploy-to.js';
import { effectKey, runRef, slug, type RunRef } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { runFailures } from '../../messages/run-failures.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { once } from '../../ports/effect-journal.js';
import type { ModelVersion } from '../../ports/model-registry.js';
import { deploy, findDeployment, healthCheck, type DeployParams } from './logic/deploy.js';
import { curlLine, recordDeployment } from './logic/deployment-log.js';
import { endpointArn, trafficDistribution } from './logic/endpoint-shape.js';
import { releaseOf } from './logic/release.js';

const strategies = ['all_at_once', 'canary', 'ab_test', 'blue_green'] as const;

const input = z.object({
  run: runRef,
  model_name: slug,
  version: z.string(),
  endpoint_name: slug,
  deploy_to: z.enum(deployTargets).default('staging'),
  deployment_strategy: z.enum(strategies).default('all_at_once').describe('all_at_once; the others are planned'),
  language: z.enum(['en', 'ja']).default('en').describe('Of the deployment document'),
});

const output = z.object({
  endpoint_name: z.string(),
  endpoint_arn: z.string(),
  deployment_status: z.string(),
  deployment_strategy_applied: z.string(),
  traffic_distribution: z.record(z.string(), z.number()),
  invocation_url: z.string(),
  model_name: z.string(),
  version: z.string(),
  previous_version: z.string().nullable().describe('Version that served before; null when none did'),
  health_check: healthCheck,
  curl: z.string().describe('A line for a shell that asks the endpoint'),
  deployment_log_key: z.string(),
  deployment_document_key: z.string(),
});

/** Only what this run made and a person approved goes into service. */
function checkApproved(model: ModelVersion, run: RunRef): void {
  if (model.approvalStatus === 'Approved' && model.trainingId === run.training_id) return;
  throw new DandoriError(
    'not_allowed',
    `${model.modelName} ${model.version} cannot be deployed by ${run.training_id}.`,
    {
      found: `${model.approvalStatus}, made by ${model.trainingId}`,
      allowed: 'an Approved version that this run made',
      next: 'register the version of this run and let its plan be approved.',
    },
  );
}

export const deployModel = defineTool({
  name: 'deploy_model',
  title: 'Deploy a model version',
  description:
    'Puts an approved version of the registry behind an endpoint, creating the endpoint when there is none. The version that serves goes on ' +
    'until the new one is loaded and has answered; no request is dropped. Asks the endpoint one real question and takes the version back ' +
    'when the answer is wrong. Writes the deployment log and the deployment document with its rollback plan.',
  input,
  output,
  annotations: writes,
  effect: { states: ['DeployModel'] },
  handler: async (given, { ports, now, progress }) => {
    const { run, model_name: modelName, version, endpoint_name: endpointName, deployment_strategy: strategy } = given;
    if (strategy !== 'all_at_once') {
      throw failure('not_yet', runFailures.strategy({ strategy }));
    }
    const model = await ports.registry.getVersion({ modelName, version });
    checkApproved(model, run);
    const release = await releaseOf(ports.objects, model);
    const params: DeployParams = { endpoints: ports.endpoints, endpointName, ...release, now };
    progress({ progress: 10, message: `loading ${modelName} ${version}` });
    const done = await once(ports.effects, effectKey(run, 'deploy_model'), {
      find: () => findDeployment(params),
      act: () => deploy(params),
    });
    progress({ progress: 90, message: 'in service' });
    const entry = {
      training_id: run.training_id,
      model_name: modelName,
      version,
      deploy_to: given.deploy_to,
      deployment_strategy: strategy,
      ...done,
    };
    const keys = await recordDeployment(ports.objects, model.packagePrefix, entry, given.language);
    return {
      endpoint_name: endpointName,
      endpoint_arn: endpointArn(endpointName),
      deployment_status: done.endpoint_status,
      deployment_strategy_applied: strategy,
      traffic_distribution: trafficDistribution([release.variant]),
      invocation_url: done.invocation_url,
      model_name: modelName,
      version,
      previous_version: done.previous_version,
      health_check: done.health_check,
      curl: curlLine(done),
      deployment_log_key: keys.log,
      deployment_document_key: keys.document,
    };
  },
});
