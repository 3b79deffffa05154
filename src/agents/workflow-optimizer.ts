import { z } from 'zod';
import { ask } from '../contracts/execution.js';
import { estimatedImpact } from '../contracts/optimization.js';
import { plan, sha256 } from '../contracts/plan.js';
import type { TrainingRequest } from '../contracts/request.js';
import { DandoriError } from '../errors.js';
import { commentMessages } from '../messages/comments.js';
import { type DataNote, foldedTitle, renderProposal } from '../issue/comments/proposal.js';
import { planHash } from '../request/plan-hash.js';
import { type AgentContext, defineAgent, done, waitFor } from './agent.js';
import { dataChoiceOf } from './data-problems.js';
import { checkJob } from './job-answer.js';
import { planOf } from './plan-of.js';
import { type News, silentLines, tellChannels, undelivered } from './tell-channels.js';

const optimizerInput = z.object({ issue_number: z.number().int(), ask });

export const optimizerOutput = z.object({
  plan,
  plan_hash: sha256,
  estimated_impact: estimatedImpact,
  proposal_s3: z.string(),
  comment_id: z.string(),
  comment_url: z.string(),
  asked_at: z.string(),
});

type Input = z.output<typeof optimizerInput>;

/** Brings the request's file into the catalogue (a job), or finds the version that it names. */
async function loadDataset({ ask: { request, source_path } }: Input, { run, tools }: AgentContext) {
  if (source_path === null) return { waiting: null, version: request.dataset_version };
  const answer = await tools.call('load_dataset', {
    run,
    dataset_id: request.dataset_id,
    path: source_path,
    language: request.language,
  });
  checkJob('file', run.training_id, answer, 'unusable_data');
  return { waiting: answer.result === null ? answer : null, version: answer.result?.version ?? null };
}

/** Refuses data that cannot be trained on, with everything that is wrong with them. */
async function checkData(
  request: TrainingRequest,
  wanted: string | null,
  { tools }: AgentContext,
): Promise<{ version: string; notes: DataNote[] }> {
  const { dataset_id } = request;
  const answer = await tools.call('validate_data', { dataset_id, version: wanted, ...dataChoiceOf(request) });
  const { usable, version, report } = answer;
  if (usable) return { version, notes: report.checks.filter((check) => check.status === 'warn') };
  const failed = report.checks.filter((check) => check.status === 'fail');
  // A line each: the comment makes a list of them. Names of columns may hold line ends.
  const problems = failed.map(({ message }) => `- ${message.replaceAll(/\s+/g, ' ')}\n`);
  const m = commentMessages[request.language].failure;
  const text = `${m.unusableData(`${dataset_id} ${version}`)}\n${problems.join('')}${m.mendData}`;
  throw new DandoriError('unusable_data', text, { ja: text });
}

/** Keeps the user's own files as they are now, and answers their digests: what is planned is what will run. */
async function keepScripts({ ask }: Input, { run, tools }: AgentContext): Promise<string[]> {
  const digests: string[] = [];
  for (const path of [ask.script_path, ask.inference_script_path]) {
    if (typeof path === 'string') digests.push((await tools.call('store_training_script', { run, path })).sha256);
  }
  return digests;
}

async function propose(ask: Input['ask'], version: string, { run, tools }: AgentContext) {
  const { request } = ask;
  const analysis = await tools.call('analyze_model_characteristics', { request, dataset_version: version });
  const { detected_characteristics } = analysis;
  const { optimization_proposal } = await tools.call('generate_optimization_proposal', {
    request,
    detected_characteristics,
    explicit_fields: ask.explicit_fields,
  });
  const { estimated_impact } = await tools.call('estimate_optimization_impact', { request, detected_characteristics });
  const { applied_optimizations } = await tools.call('apply_optimization_to_config', {
    run,
    request,
    optimization_proposal,
  });
  return {
    dataset: analysis.dataset,
    detected_characteristics,
    optimization_proposal,
    estimated_impact,
    applied_optimizations,
  };
}

/**
 * Tells that the proposal waits for an approval, and answers what did not arrive; one that was approved with the asking waits for
 * nobody. Before the proposal is posted: whoever sees it may approve at once, and a dead channel takes its time.
 */
async function tellWaiting(
  { request, dataset }: z.output<typeof plan>,
  hash: string,
  { issue_number, ask: { pre_approval } }: Input,
  context: AgentContext,
): Promise<string[]> {
  if (pre_approval !== null) return silentLines(context, request);
  const facts = {
    algorithm: request.algorithms.join(', '),
    dataset_id: `${dataset.dataset_id}@${dataset.version}`,
    plan_hash: hash.slice(0, 12),
  };
  const news: News = { request, issue_number, type: 'optimization_proposal', needs_somebody: true, facts };
  return undelivered(context, news, await tellChannels(context, news));
}

/** Agent 2: looks at the data, proposes a plan with its reasons, and shows it with its hash. */
export const workflowOptimizerAgent = defineAgent({
  name: 'workflow_optimizer',
  input: optimizerInput,
  output: optimizerOutput,
  async run(input, context) {
    const { run, tools, installation, now } = context;
    const { request } = input.ask;
    const loaded = await loadDataset(input, context);
    if (loaded.waiting !== null) return waitFor(loaded.waiting);
    const { version, notes } = await checkData(request, loaded.version, context);
    const proposed = await propose(input.ask, version, context);
    const scriptDigests = await keepScripts(input, context);
    const { applied_optimizations: applied, dataset } = proposed;
    const made = planOf({ request, applied, dataset, scriptDigests, installation });
    const hash = planHash(made);
    const document = {
      format: 1 as const,
      training_id: run.training_id,
      detected_characteristics: proposed.detected_characteristics,
      optimization_proposal: proposed.optimization_proposal,
      estimated_impact: proposed.estimated_impact,
    };
    const troubles = await tellWaiting(made, hash, input, context);
    const posted = await tools.call('create_optimization_proposal', {
      run,
      issue_number: input.issue_number,
      proposal: document,
      body: renderProposal({
        proposal: document,
        plan: made,
        plan_hash: hash,
        pre_approval: input.ask.pre_approval,
        data_notes: notes,
        troubles,
      }),
      folded_title: foldedTitle(made, hash),
    });
    return done({
      plan: made,
      plan_hash: hash,
      estimated_impact: proposed.estimated_impact,
      proposal_s3: posted.proposal_key,
      comment_id: posted.comment_id,
      comment_url: posted.url,
      asked_at: now().toISOString(),
    });
  },
});
