import { z } from 'zod';
import { evaluationResults, judgement } from '../contracts/evaluation.js';
import { defineAgent, done } from './agent.js';
import { evaluationOutput } from './evaluation.js';
import { partsOf, planned } from './inputs.js';
import { judge } from './judge.js';

const judgeResultsInput = planned.extend({
  evaluation: evaluationOutput,
  current_retry: z.number().int().min(0),
  max_retry: z.number().int().min(0),
});

/** Agent 6: plain logic on the figures of the evaluation, no tools. */
export const judgeAgent = defineAgent({
  name: 'judge',
  input: judgeResultsInput,
  output: judgement,
  async run(input) {
    const { request, applied } = partsOf(input);
    const { evaluation } = input;
    return done(
      judge({
        evaluation_results: evaluationResults
          .pick({ task_type: true, metrics: true, bias_check: true, comparison: true, model_tests: true })
          .parse(evaluation.evaluation_results),
        criteria: request.criteria,
        cv: evaluation.evaluation_results.cv,
        bias_check_level: applied.bias_check_level,
        current_retry: input.current_retry,
        max_retry: input.max_retry,
        language: request.language,
        previous_version: evaluation.previous_version,
      }),
    );
  },
});
