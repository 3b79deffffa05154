import { z } from 'zod';
import { approvedPlan, ask } from '../contracts/execution.js';
import { endpointName } from '../contracts/deploy-to.js';
import { type AgentContext, defineAgent, done } from './agent.js';
import { partsOf, planned } from './inputs.js';
import { packagingOutput } from './packaging.js';

const deployInput = planned.extend({ package: packagingOutput });

/** State RollbackModel: everything that the failed run found so far. */
const keepInput = z.object({
  execution: z.object({ ask, approval: z.union([approvedPlan, z.object({})]).optional() }),
});

/** Field names of the documents (section 4.8). */
export const deploymentOutput = z.object({
  endpoint_name: z.string(),
  endpoint_arn: z.string(),
  deployment_status: z.string(),
  deployment_strategy_applied: z.string(),
  traffic_distribution: z.record(z.string(), z.number()),
  invocation_url: z.string(),
  previous_version: z.string().nullable(),
  curl: z.string(),
});

export const rollbackOutput = z.object({
  action: z.string(),
  endpoint_name: z.string(),
  /** Version that goes on serving; null when none does. */
  kept_version: z.string().nullable(),
  message: z.string(),
});

async function keepPrevious(input: z.output<typeof keepInput>, { run, tools }: AgentContext) {
  const { request } = input.execution.ask;
  const result = await tools.call('rollback_model', {
    run,
    model_name: request.model_name,
    endpoint_name: endpointName(request),
    deploy_to: request.deploy_to,
    reason: 'the run did not end with a model in service',
  });
  return done({
    action: result.action,
    endpoint_name: result.endpoint_name,
    kept_version: result.to_version ?? result.from_version,
    message: result.message,
  });
}

/** Agent 8: puts the approved version into service; for a failed run it makes sure that the previous one serves. */
export const deploymentAgent = defineAgent({
  name: 'deployment',
  input: z.union([deployInput, keepInput]),
  output: z.union([deploymentOutput, rollbackOutput]),
  async run(input, context) {
    if ('execution' in input) return keepPrevious(input, context);
    const { run, tools } = context;
    const { request, applied, endpoint } = partsOf(input);
    const { version, model_name } = input.package;
    const deployed = await tools.call('deploy_model', {
      run,
      model_name,
      version,
      endpoint_name: endpoint,
      deploy_to: request.deploy_to,
      deployment_strategy: applied.deployment_strategy,
      language: request.language,
    });
    await tools.call('record_model_in_service', {
      run,
      model_name,
      version,
      endpoint_name: endpoint,
      deploy_to: request.deploy_to,
    });
    return done(deployed);
  },
});
