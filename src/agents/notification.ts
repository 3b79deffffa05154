import { z } from 'zod';
import { impactReport } from '../contracts/applied-optimizations.js';
import { type Judgement, judgement } from '../contracts/evaluation.js';
import { type ApprovedPlan, approvedPlan, ask } from '../contracts/execution.js';
import { renderFailure } from '../issue/comments/failure.js';
import { renderOperatorQuestion } from '../issue/comments/operator-question.js';
import { renderResult } from '../issue/comments/result.js';
import { taskErrors } from '../workflow/state-machine.js';
import { type AgentContext, defineAgent, done } from './agent.js';
import { deploymentOutput, rollbackOutput } from './deployment.js';
import { lastFailed, withCause } from './ending-cause.js';
import { evaluationOutput } from './evaluation.js';
import { historyOutput } from './history-output.js';
import { appliedConfig } from './inputs.js';
import { failedToDeploy, failureFacts, questionFacts, serviceFacts } from './news-facts.js';
import { notificationOutput } from './notification-output.js';
import { packagingOutput } from './packaging.js';
import { findJson } from './read-json.js';
import { servingVersion } from './serving-version.js';
import { type News, tellChannels, undelivered } from './tell-channels.js';
import { trainingOutput, usedResources } from './training.js';

const failure = z.object({ Error: z.string(), Cause: z.string().optional() });

/** Everything that a run found so far; what it did not reach is absent. */
export const executionSoFar = z.object({
  issue_number: z.number().int(),
  ask,
  counters: z.object({ visit: z.number(), current_retry: z.number() }),
  approval: approvedPlan.optional().catch(undefined),
  training: trainingOutput.optional(),
  evaluation: evaluationOutput.optional(),
  judgement: judgement.optional(),
  package: packagingOutput.optional(),
  deployment: deploymentOutput.optional(),
  rollback: rollbackOutput.optional(),
  history: historyOutput.optional(),
  error: failure.optional(),
  monitoring_error: failure.optional(),
  history_error: failure.optional(),
});
export type ExecutionSoFar = z.output<typeof executionSoFar>;

const notificationInput = z.object({
  notification_type: z.enum(['retrain_required', 'deployment_success', 'training_failed']),
  execution: executionSoFar,
});

function questionFor(
  { ask: asked, counters }: ExecutionSoFar,
  approval: ApprovedPlan,
  judged: Judgement,
  trainingId: string,
): string {
  const { algorithms, hyperparameters } = appliedConfig.parse(approval.plan.proposal);
  return renderOperatorQuestion({
    training_id: trainingId,
    judgement: judged,
    current_retry: counters.current_retry,
    max_retry: asked.request.max_retry,
    algorithms,
    hyperparameters,
    language: asked.request.language,
  });
}

/** The version that serves when the run did not change it: as its rollback found it, else as the registry has it. */
async function versionThatStays({ ask: { request }, rollback }: ExecutionSoFar, context: AgentContext) {
  if (rollback !== undefined) return rollback.kept_version;
  return (await servingVersion(context, request))?.version ?? null;
}

type Input = z.output<typeof notificationInput>;

interface Surroundings {
  trainingId: string;
  /** Step that failed; null where none did. */
  endedIn: string | null;
  keptVersion: string | null;
  /** A line for each channel that was not reached. */
  unreached: readonly string[];
  tools: AgentContext['tools'];
}

async function resultOf(execution: ExecutionSoFar, { trainingId, unreached, tools }: Surroundings) {
  const { ask: asked, package: packaged, deployment, judgement: judged, evaluation, training, history } = execution;
  if (judged === undefined || packaged === undefined || deployment === undefined) return null;
  const results = evaluation?.evaluation_results;
  const failed = [execution.monitoring_error, execution.history_error].flatMap((one) =>
    one === undefined ? [] : [`${one.Error}: ${one.Cause ?? ''}`],
  );
  return renderResult({
    training_id: trainingId,
    model_name: asked.request.model_name,
    version: packaged.version,
    previous_version: packaged.previous_version,
    judgement: judged,
    evaluation: results ?? null,
    pictures: results?.pictures ?? [],
    candidates: training?.candidates ?? [],
    resources: usedResources(training),
    impact: await findJson(tools, `optimizations/${trainingId}/impact_report.json`, impactReport),
    endpoint: deployment,
    report: history ?? null,
    troubles: [...failed, ...unreached],
    language: asked.request.language,
  });
}

/** The comment on the issue; of a run that lacks what its news is about, that it failed. */
async function bodyOf({ notification_type: type, execution }: Input, around: Surroundings): Promise<string> {
  const { ask: asked, approval, judgement: judged, error, history } = execution;
  if (type === 'retrain_required' && judged !== undefined && approval !== undefined) {
    return questionFor(execution, approval, judged, around.trainingId);
  }
  const result = type === 'deployment_success' ? await resultOf(execution, around) : null;
  return (
    result ??
    renderFailure({
      training_id: around.trainingId,
      model_name: asked.request.model_name,
      error: { name: error?.Error ?? 'unknown', cause: error?.Cause ?? '' },
      ended_in_state: around.endedIn,
      judgement: judged ?? null,
      kept_version: around.keptVersion,
      report: history ?? null,
      troubles: around.unreached,
      language: asked.request.language,
    })
  );
}

/** What the channels beside the issue are told. */
function newsOf({ notification_type: type, execution }: Input, keptVersion: string | null): News {
  const { issue_number, ask, judgement: judged, error } = execution;
  const base = { issue_number, request: ask.request };
  if (type === 'retrain_required') {
    const facts = questionFacts(execution);
    return { ...base, type, needs_somebody: true, facts, message: judged?.message ?? null };
  }
  if (type === 'deployment_success') return { ...base, type, facts: serviceFacts(execution) };
  const facts = failureFacts({ ...execution, request: ask.request }, keptVersion);
  // Who cancels a run knows it.
  const needs_somebody = error?.Error !== taskErrors.cancelled;
  return { ...base, type: failedToDeploy(execution) ? 'deployment_failed' : 'training_failed', needs_somebody, facts };
}

/** The step that failed and what was found so far, with what a time-out waited for. */
async function explained({ execution }: Input, { run, tools }: AgentContext) {
  const { error, ask: asked } = execution;
  if (error === undefined) return { execution, endedIn: null };
  const { states } = await tools.call('get_execution', { training_id: run.training_id });
  const endedIn = lastFailed(states);
  return { execution: { ...execution, error: withCause(error, endedIn, asked.request.language) }, endedIn };
}

function overall(statuses: readonly string[]): z.input<typeof notificationOutput>['notification_status'] {
  if (statuses.every((status) => status === 'success')) return 'success';
  return statuses.includes('success') ? 'partial' : 'failed';
}

async function comment(input: Input, body: string, { run, tools }: AgentContext) {
  const { execution, notification_type } = input;
  const { issue_number, ask: asked } = execution;
  const { language } = asked.request;
  return tools.call('send_github_notification', { run, issue_number, notification_type, language, body });
}

/** Agent 11: tells the people on the issue and on the channels of the request; the run goes on whatever becomes of it. */
export const notificationAgent = defineAgent({
  name: 'notification',
  input: notificationInput,
  output: notificationOutput,
  async run(given, context) {
    const { run, tools } = context;
    const { execution, endedIn } = await explained(given, context);
    const input = { ...given, execution };
    const needsKept = input.notification_type === 'training_failed';
    const keptVersion = needsKept ? await versionThatStays(execution, context) : null;
    const news = newsOf(input, keptVersion);
    // Before the comment: it tells what did not arrive, and a question that is seen may be answered at once.
    const told = await tellChannels(context, news);
    const unreached = await undelivered(context, news, told);
    const body = await bodyOf(input, { trainingId: run.training_id, endedIn, keptVersion, unreached, tools });
    const sent = await comment(input, body, context);
    return done({
      notification_status: overall([sent.notification_status, ...told.map((one) => one.notification_status)]),
      comment_id: sent.comment_id,
      github_comment_url: sent.github_comment_url,
      slack_message_ts: told.find((one) => one.slack_message_ts !== null)?.slack_message_ts ?? null,
      email_message_id: told.find((one) => one.email_message_id !== null)?.email_message_id ?? null,
      pagerduty_dedup_key: told.find((one) => one.pagerduty_dedup_key !== null)?.pagerduty_dedup_key ?? null,
    });
  },
});
