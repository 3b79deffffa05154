import { z } from 'zod';
import { type Judgement, judgement } from '../contracts/evaluation.js';
import { type ApprovedPlan, approvedPlan, ask } from '../contracts/execution.js';
import { renderFailure } from '../issue/comments/failure.js';
import { renderOperatorQuestion } from '../issue/comments/operator-question.js';
import { renderResult } from '../issue/comments/result.js';
import { stageFor } from '../capabilities/shared/in-service.js';
import { type AgentContext, defineAgent, done } from './agent.js';
import { deploymentOutput, rollbackOutput } from './deployment.js';
import { evaluationOutput } from './evaluation.js';
import { historyOutput } from './history-output.js';
import { appliedConfig } from './inputs.js';
import { notificationOutput } from './notification-output.js';
import { packagingOutput } from './packaging.js';
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

export const notificationInput = z.object({
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
async function versionThatStays({ ask: { request }, rollback }: ExecutionSoFar, tools: AgentContext['tools']) {
  if (rollback !== undefined) return rollback.kept_version;
  const { versions } = await tools.call('list_model_versions', { model_name: request.model_name, limit: 100 });
  const alias = stageFor(request.deploy_to);
  return versions.find(({ aliases }) => aliases.includes(alias))?.version ?? null;
}

async function bodyFor(
  { notification_type: type, execution }: z.output<typeof notificationInput>,
  trainingId: string,
  tools: AgentContext['tools'],
): Promise<string> {
  const { request } = execution.ask;
  const { language } = request;
  const judged = execution.judgement ?? null;
  if (type === 'retrain_required' && judged !== null && execution.approval !== undefined) {
    return questionFor(execution, execution.approval, judged, trainingId);
  }
  if (
    type === 'deployment_success' &&
    judged !== null &&
    execution.package !== undefined &&
    execution.deployment !== undefined
  ) {
    const troubles = [execution.monitoring_error, execution.history_error].flatMap((one) =>
      one === undefined ? [] : [`${one.Error}: ${one.Cause ?? ''}`],
    );
    return renderResult({
      training_id: trainingId,
      model_name: request.model_name,
      version: execution.package.version,
      previous_version: execution.package.previous_version,
      judgement: judged,
      evaluation: execution.evaluation?.evaluation_results ?? null,
      candidates: execution.training?.candidates ?? [],
      resources: usedResources(execution.training),
      endpoint: execution.deployment,
      report: execution.history ?? null,
      troubles,
      language,
    });
  }
  return renderFailure({
    training_id: trainingId,
    model_name: request.model_name,
    error: { name: execution.error?.Error ?? 'unknown', cause: execution.error?.Cause ?? '' },
    judgement: judged,
    kept_version: await versionThatStays(execution, tools),
    report: execution.history ?? null,
    language,
  });
}

/** Agent 11: tells the people on the issue; the run goes on whatever becomes of the message. */
export const notificationAgent = defineAgent({
  name: 'notification',
  input: notificationInput,
  output: notificationOutput,
  async run(input, { run, tools }) {
    const sent = await tools.call('send_github_notification', {
      run,
      issue_number: input.execution.issue_number,
      notification_type: input.notification_type,
      language: input.execution.ask.request.language,
      body: await bodyFor(input, run.training_id, tools),
    });
    return done({
      notification_status: sent.notification_status,
      comment_id: sent.comment_id,
      github_comment_url: sent.github_comment_url,
      slack_message_ts: sent.slack_message_ts,
      email_message_id: sent.email_message_id,
    });
  },
});
