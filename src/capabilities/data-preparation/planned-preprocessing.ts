import { z } from 'zod';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';

/** A tool whose name is known and whose work is not there yet: it says so and changes nothing. */
function plannedTool<const Name extends string>(name: Name, title: string) {
  return defineTool({
    name,
    title,
    description: 'Not yet, planned: answers an error that says so. For supervised learning use preprocess_supervised.',
    input: z.looseObject({}),
    output: z.object({}),
    annotations: readOnly,
    effect: null,
    async handler() {
      throw new DandoriError('not_yet', `${title}: not yet, planned.`, { next: 'use learning_type: supervised.' });
    },
  });
}

export const preprocessUnsupervised = plannedTool('preprocess_unsupervised', 'Prepare data for unsupervised learning');
export const preprocessReinforcement = plannedTool(
  'preprocess_reinforcement',
  'Prepare an environment for reinforcement learning',
);
