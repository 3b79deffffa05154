import { z } from 'zod';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';

/** A tool whose name is known and whose work is not there yet: it says so and changes nothing. */
function plannedTool<const Name extends string>(name: Name, title: string, instead: string) {
  return defineTool({
    name,
    title,
    description: `Not yet, planned: answers an error that says so. ${instead}`,
    input: z.looseObject({}),
    output: z.object({}),
    annotations: readOnly,
    effect: null,
    async handler() {
      throw new DandoriError('not_yet', `${title}: not yet, planned.`, { next: instead });
    },
  });
}

const supervised = 'use train_supervised_classifier or train_supervised_regressor.';

export const trainUnsupervisedClustering = plannedTool(
  'train_unsupervised_clustering',
  'Train a clustering',
  supervised,
);
export const trainUnsupervisedDimensionalityReduction = plannedTool(
  'train_unsupervised_dimensionality_reduction',
  'Train a dimensionality reduction',
  supervised,
);
export const trainReinforcement = plannedTool('train_reinforcement', 'Train by reinforcement', supervised);
export const hyperparameterOptimization = plannedTool(
  'hyperparameter_optimization',
  'Optimise hyperparameters',
  'name several algorithms in one request, or set hyperparameters in it; they are cross-validated side by side.',
);
