import { defineTool, writes } from '../../mcp/define-tool.js';
import { evaluate, evaluateInput, evaluateOutput } from './logic/evaluate.js';

/** Evaluates a regressor as a job; called again, it answers the progress and at last the result. */
export const evaluateRegressor = defineTool({
  name: 'evaluate_regressor',
  title: 'Evaluate a regressor',
  description:
    'Starts the evaluation job of this attempt or finds the one that was started: runs the model that will serve, in the runtime that will serve it, on the test split ' +
    'and measures RMSE, MAE, R2 and MAPE, by sensitive groups and beside the version in service; tests the artefact; writes the ' +
    'baseline for monitoring, residual pictures and a report. Answers the status, and when it has completed the figures and the keys.',
  input: evaluateInput,
  output: evaluateOutput,
  annotations: writes,
  effect: { states: ['EvaluateModel'] },
  handler: (input, context) => evaluate('regression', input, context),
});
