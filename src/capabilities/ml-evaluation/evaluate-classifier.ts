import { defineTool, writes } from '../../mcp/define-tool.js';
import { evaluate, evaluateInput, evaluateOutput } from './logic/evaluate.js';

/** Evaluates a classifier as a job; called again, it answers the progress and at last the result. */
export const evaluateClassifier = defineTool({
  name: 'evaluate_classifier',
  title: 'Evaluate a classifier',
  description:
    'Starts the evaluation job of this attempt or finds the one that was started: runs the model that will serve, in the runtime that will serve it, on the test split ' +
    'and measures accuracy, precision, recall, F1, AUC and log loss, class by class and by sensitive groups, beside the version in ' +
    'service; tests the artefact; writes the baseline for monitoring, pictures and a report. Answers the status, and when it has ' +
    'completed the figures and the keys of the documents.',
  input: evaluateInput,
  output: evaluateOutput,
  annotations: writes,
  effect: { states: ['EvaluateModel'] },
  handler: (input, context) => evaluate('classification', input, context),
});
