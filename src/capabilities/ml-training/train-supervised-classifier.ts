import { DandoriError } from '../../errors.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { train } from './logic/train.js';
import { trainInput, trainOutput } from './logic/train-schema.js';

/** Trains a classifier as a job; called again, it answers the progress and at last the result. */
export const trainSupervisedClassifier = defineTool({
  name: 'train_supervised_classifier',
  title: 'Train a classifier',
  description:
    'Starts the training job of this attempt (cross-validates every algorithm, fits the best, exports ONNX) or finds the one that ' +
    'was started, and answers its status, progress and metrics; when it has completed, the keys of the model and what was measured.',
  input: trainInput,
  output: trainOutput,
  annotations: writes,
  effect: { states: ['TrainModel'] },
  async handler(input, context) {
    if (input.training_spec.task_type === 'classification') return train(input, context);
    throw new DandoriError('invalid_input', 'This tool trains a classifier only.', {
      found: `task_type ${input.training_spec.task_type}`,
      allowed: 'task_type classification',
    });
  },
});
