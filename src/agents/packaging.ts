import { z } from 'zod';
import { judgement } from '../contracts/evaluation.js';
import { artefactNames } from '../contracts/python-model.js';
import { type AgentContext, defineAgent, done } from './agent.js';
import { evaluationOutput } from './evaluation.js';
import { partsOf, planned } from './inputs.js';
import { metricFacts } from './news-facts.js';
import { tellChannels } from './tell-channels.js';
import { trainingOutput } from './training.js';

const packagingInput = planned.extend({
  training: trainingOutput,
  evaluation: evaluationOutput,
  /** Absent: the run began under an earlier definition. */
  judgement: judgement.optional(),
});

/** Field names of the documents (section 4.7), with the keys of this installation's object store. */
export const packagingOutput = z.object({
  model_name: z.string(),
  version: z.string(),
  previous_version: z.string().nullable(),
  change: z.string(),
  docker_image_uri: z.string().nullable(),
  model_package_arn: z.string(),
  api_spec_s3: z.string(),
  model_sha256: z.string(),
  package_prefix: z.string(),
  release_notes_s3: z.string(),
  model_metadata: z.object({ version: z.string(), algorithm: z.string(), created_at: z.string() }),
});

/** Tells that the model met its criteria; never rejects, so that it may go on beside the packaging. */
async function tellTrained(input: z.output<typeof packagingInput>, context: AgentContext): Promise<void> {
  const { request, dataset } = partsOf(input);
  const facts = {
    algorithm: input.training.algorithm,
    dataset_id: `${dataset.dataset_id}@${dataset.version}`,
    ...metricFacts(input.judgement ?? null),
  };
  await tellChannels(context, { request, issue_number: input.issue_number, type: 'training_success', facts });
}

/** Agent 7: makes the release and registers it under its semantic version. */
export const packagingAgent = defineAgent({
  name: 'packaging',
  input: packagingInput,
  output: packagingOutput,
  async run(input, context) {
    const { run, tools } = context;
    const { request, planHash, dataset, approved } = partsOf(input);
    const told = tellTrained(input, context);
    const made = await tools.call('package_model', {
      run,
      model_name: request.model_name,
      output_prefix: input.training.output_prefix,
      evaluation_prefix: input.evaluation.evaluation_prefix,
      request,
      plan_hash: planHash,
      dataset,
    });
    await tools.call('register_model', {
      run,
      model_name: made.model_name,
      version: made.version,
      approval: { by: approved.by, how: approved.how, plan_hash: planHash },
      issue_number: input.issue_number,
    });
    await told;
    return done({
      model_name: made.model_name,
      version: made.version,
      previous_version: made.previous_version,
      change: made.change,
      docker_image_uri: made.docker_image_uri,
      model_package_arn: `arn:dandori:local:model-package/${made.model_name}/${made.version}`,
      api_spec_s3: made.api_spec_key,
      model_sha256: artefactNames.map((name) => made.digests[`${made.package_prefix}/${name}`]).find(Boolean) ?? '',
      package_prefix: made.package_prefix,
      release_notes_s3: made.release_notes_key,
      model_metadata: made.model_metadata,
    });
  },
});
