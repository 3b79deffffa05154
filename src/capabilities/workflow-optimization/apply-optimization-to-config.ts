import { z } from 'zod';
import { appliedOptimizations } from '../../contracts/applied-optimizations.js';
import { optimizationProposal } from '../../contracts/optimization.js';
import { trainingRequest } from '../../contracts/request.js';
import { runRef } from '../../contracts/run-ref.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { writeJson } from '../shared/json-objects.js';
import { applyProposal, proposalOverrides } from './logic/apply-proposal.js';

export const applyOptimizationToConfig = defineTool({
  name: 'apply_optimization_to_config',
  title: 'Apply a proposal to the configuration',
  description:
    'Puts a proposal, with what a person changed of it, on the request and writes `optimizations/{training_id}/applied_optimizations.json`: ' +
    'the configuration that preparation, training and evaluation run with. Overrides win over the request, the request over the proposal.',
  input: z.object({
    run: runRef,
    request: trainingRequest,
    optimization_proposal: optimizationProposal,
    overrides: proposalOverrides.default({}),
  }),
  output: z.object({ applied_optimizations: appliedOptimizations, applied_key: z.string() }),
  annotations: writes,
  effect: {
    states: ['OptimizeWorkflow', 'WaitForOptimizationApproval', 'PrepareData', 'WaitForOperatorInput', 'TrainModel'],
  },
  handler: async ({ run, request, optimization_proposal: proposal, overrides }, { ports }) => {
    const applied = applyProposal(request, proposal, overrides);
    const key = `optimizations/${run.training_id}/applied_optimizations.json`;
    await writeJson(ports.objects, key, applied);
    return { applied_optimizations: applied, applied_key: key };
  },
});
