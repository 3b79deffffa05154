import { z } from 'zod';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';

/** A tool whose name is known and whose work is not there yet: it says so and changes nothing. */
function plannedTool<const Name extends string>(name: Name, title: string, instead: string) {
  return defineTool({
    name,
    title,
    description: `Not yet, planned: answers an error that says so. Next: ${instead}`,
    input: z.looseObject({}),
    output: z.object({}),
    annotations: readOnly,
    effect: null,
    async handler() {
      throw new DandoriError('not_yet', `${title}: not yet, planned.`, { next: instead });
    },
  });
}

const supervised = 'use evaluate_classifier or evaluate_regressor.';

export const evaluateClustering = plannedTool('evaluate_clustering', 'Evaluate a clustering', supervised);
export const evaluateReinforcement = plannedTool(
  'evaluate_reinforcement',
  'Evaluate a reinforcement-learning agent',
  supervised,
);
export const calculateShapValues = plannedTool(
  'calculate_shap_values',
  'Calculate SHAP values',
  'the feature importance is in the training report.',
);
