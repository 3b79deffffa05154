import { z } from 'zod';
import { evaluationSummary } from '../capabilities/ml-evaluation/logic/summary.js';
import type { TrainingRequest } from '../contracts/request.js';
import { type AgentContext, defineAgent, done, waitFor } from './agent.js';
import { dataPreparationOutput } from './data-preparation.js';
import { partsOf, planned } from './inputs.js';
import { servingVersion } from './serving-version.js';
import { trainingOutput } from './training.js';

const evaluationInput = planned.extend({ data: dataPreparationOutput, training: trainingOutput });

/** Field names of the documents (section 4.5). */
export const evaluationOutput = z.object({
  evaluation_results: evaluationSummary,
  evaluation_s3: z.string(),
  /** Folder of this visit's documents and pictures. */
  evaluation_prefix: z.string(),
  /** Version in service that was evaluated on the same rows. */
  previous_version: z.string().nullable(),
});

/** The version that serves under this plan's endpoint, to be compared with; null when none does. */
async function versionInService(context: AgentContext, request: TrainingRequest) {
  const serving = await servingVersion(context, request);
  return serving === null ? null : { version: serving.version, package_prefix: serving.package_prefix };
}

/** Agent 5: measures the artefact that will serve, in the runtime that will serve it. */
export const evaluationAgent = defineAgent({
  name: 'evaluation',
  input: evaluationInput,
  output: evaluationOutput,
  async run(input, context) {
    const { run, tools } = context;
    const { request, applied } = partsOf(input);
    const previous = await versionInService(context, request);
    const tool = request.task_type === 'classification' ? 'evaluate_classifier' : 'evaluate_regressor';
    const answer = await tools.call(tool, {
      run,
      output_prefix: input.training.output_prefix,
      test_key: input.data.test_data_s3,
      train_key: input.data.training_data_s3,
      target: request.target,
      sensitive_attributes: request.sensitive_attributes,
      bias_check_level: applied.bias_check_level,
      criteria: request.criteria,
      class_wise_analysis: applied.class_wise_analysis,
      previous,
      language: request.language,
    });
    if (answer.result === null) return waitFor(answer);
    return done({
      evaluation_results: answer.result,
      evaluation_s3: answer.result.results_key,
      evaluation_prefix: answer.result.evaluation_prefix,
      previous_version: previous?.version ?? null,
    });
  },
});
