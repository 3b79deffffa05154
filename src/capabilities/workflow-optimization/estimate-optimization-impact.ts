import { z } from 'zod';
import { detectedCharacteristics, estimatedImpact } from '../../contracts/optimization.js';
import { trainingRequest } from '../../contracts/request.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { mainMetric } from './logic/decide-evaluation.js';
import { estimateImpact } from './logic/estimate-impact.js';
import { pastRuns } from './logic/past-run.js';

export const estimateOptimizationImpact = defineTool({
  name: 'estimate_optimization_impact',
  title: 'Estimate the impact of a proposal',
  description:
    'Time, cost and metric to expect, from trainings that this installation has measured, with their basis and the interval they span. ' +
    'Without history every figure is null and the basis says "no history yet": nothing is made up.',
  input: z.object({ request: trainingRequest, detected_characteristics: detectedCharacteristics }),
  output: z.object({ estimated_impact: estimatedImpact }),
  annotations: readOnly,
  effect: null,
  handler: async ({ request, detected_characteristics: seen }, { ports }) => ({
    estimated_impact: estimateImpact(request, seen, await pastRuns(ports.experiments), mainMetric(request)),
  }),
});
