import { z } from 'zod';
import { detectedCharacteristics, optimizationProposal } from '../../contracts/optimization.js';
import { trainingRequest } from '../../contracts/request.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { generateProposal } from './logic/generate-proposal.js';
import { pastRuns } from './logic/past-run.js';

export const generateOptimizationProposal = defineTool({
  name: 'generate_optimization_proposal',
  title: 'Generate an optimization proposal',
  description:
    'A proposal for all seven phases by the performance profile of the request: every field with its value, its reason and where it comes ' +
    'from. What the request sets is kept; what Dandori cannot do yet is shown as disabled. Posts nothing: see create_optimization_proposal.',
  input: z.object({
    request: trainingRequest,
    detected_characteristics: detectedCharacteristics,
    explicit_fields: z
      .array(z.string())
      .nullable()
      .default(null)
      .describe('Fields that the person wrote, e.g. `cv_folds`; null: every filled field counts as written'),
  }),
  output: z.object({ optimization_proposal: optimizationProposal }),
  annotations: readOnly,
  effect: null,
  handler: async (
    { request, detected_characteristics: characteristics, explicit_fields: explicitFields },
    { ports },
  ) => {
    const past = await pastRuns(ports.experiments);
    return { optimization_proposal: generateProposal({ request, characteristics, past, explicitFields }) };
  },
});
