import { z } from 'zod';
import { impactReport } from '../contracts/applied-optimizations.js';
import { withoutCriteria } from '../contracts/evaluation.js';
import { proposalDocument } from '../contracts/optimization.js';
import type { Language } from '../contracts/request.js';
import { trainingReport } from '../contracts/training.js';
import { codeOf } from '../errors.js';
import type { HistoryEnding, HistoryRecordInput } from '../history/record.js';
import { cancelReason } from '../issue/comments/cancel-reason.js';
import { taskErrors } from '../workflow/state-machine.js';
import { type AgentContext, defineAgent, done } from './agent.js';
import { approvalsOf } from './approvals-of.js';
import { dataPreparationOutput } from './data-preparation.js';
import { lastFailed, withCause } from './ending-cause.js';
import { historyOutput } from './history-output.js';
import { appliedConfig } from './inputs.js';
import { executionSoFar } from './notification.js';
import { findJson } from './read-json.js';
import { toldSoFar } from './tell-channels.js';
import { usedResources } from './training.js';
import { optimizerOutput } from './workflow-optimizer.js';

const execution = executionSoFar.extend({
  optimization: optimizerOutput.optional().catch(undefined),
  data: dataPreparationOutput.optional(),
});

const historyInput = z.object({ outcome: z.enum(['in_service', 'failed', 'cancelled']), execution });
type Input = z.output<typeof historyInput>;
type Execution = Input['execution'];

/** How the run ended, from the error that ended it and the state in which it did. */
function endingOf({ outcome, execution: { error } }: Input, endedIn: string | null): HistoryEnding {
  if (outcome === 'in_service') return 'deployed';
  if (outcome === 'cancelled') return 'cancelled';
  if (error?.Error === taskErrors.retriesSpent) return 'below_threshold';
  if (error?.Error === 'Dandori.UnusableData') return 'refused';
  const waits = endedIn === 'WaitForOptimizationApproval' || endedIn === 'WaitForOperatorInput';
  return waits && error?.Error === 'States.Timeout' ? 'expired' : 'failed';
}

interface Measured {
  report: z.output<typeof trainingReport> | null;
  proposal: z.output<typeof proposalDocument> | null;
  impact: z.output<typeof impactReport> | null;
}

type Standing = Awaited<ReturnType<typeof standingOf>>;

async function standingOf({ run, tools }: AgentContext) {
  return tools.call('get_execution', { training_id: run.training_id });
}

/** Time the machine worked on it: states that wait for people are left out. */
function workedSeconds(standing: Standing): number {
  const waits = new Set(['WaitForOptimizationApproval', 'WaitForOperatorInput']);
  const worked = standing.states
    .filter((state) => !waits.has(state.state))
    .reduce((sum, state) => sum + (state.duration_ms ?? 0), 0);
  return worked / 1000;
}

/** The approved plan, else the one that was proposed. */
function planOf({ approval, optimization }: Execution) {
  return approval?.plan ?? optimization?.plan;
}

async function measure(input: Execution, standing: Standing, { run, tools }: AgentContext): Promise<Measured> {
  const folder = `optimizations/${run.training_id}`;
  const proposal = await findJson(tools, `${folder}/proposal.json`, proposalDocument);
  const { training, evaluation } = input;
  const plan = planOf(input);
  const key = training?.training_report_s3 ?? null;
  const report = key === null ? null : await findJson(tools, key, trainingReport);
  // Before a proposal nothing was predicted; after it a run that ended early says that nothing was measured.
  if (plan === undefined || proposal === null) return { report, proposal, impact: null };
  const { class_imbalance_handling, cv_folds } = appliedConfig.parse(plan.proposal);
  const used = training?.resource_usage;
  const tracked = await tools.call('track_optimization_history', {
    run,
    request: plan.request,
    algorithm: training?.algorithm ?? null,
    rows: proposal.detected_characteristics.dataset_size,
    class_imbalance_handling,
    cv_folds,
    actual: {
      training_seconds: used === undefined ? null : used.training_time_minutes * 60,
      total_seconds: used === undefined ? null : workedSeconds(standing),
      cost_usd: used?.estimated_cost_usd ?? null,
      metrics: evaluation?.evaluation_results.metrics ?? {},
    },
  });
  return { report, proposal, impact: impactReport.parse(tracked) };
}

function datasetPart(input: Execution): HistoryRecordInput['dataset'] {
  const plan = planOf(input);
  if (plan === undefined) return null;
  const rows = input.data?.metadata.rows ?? null;
  return { ...plan.dataset, rows: rows === null ? null : rows.train + rows.validation + rows.test, splits: rows };
}

function evaluationPart(input: Execution, report: Measured['report']): HistoryRecordInput['evaluation'] {
  const results = input.evaluation?.evaluation_results;
  if (results === undefined) return null;
  const cv = report?.cv ?? null;
  return {
    rows: results.rows,
    metrics: results.metrics,
    positive_class: results.positive_class,
    cross_validation: cv === null ? null : { metric: cv.metric, folds: cv.folds, mean: cv.mean, std: cv.std },
    fairness_score: results.bias_check?.fairness_score ?? null,
    comparison: results.comparison,
  };
}

function modelParts(input: Execution): Pick<HistoryRecordInput, 'model' | 'endpoint' | 'kept_version'> {
  const { package: made, deployment, rollback } = input;
  return {
    model:
      made === undefined
        ? null
        : {
            version: made.version,
            change: made.change,
            previous_version: made.previous_version,
            package_prefix: made.package_prefix,
            model_sha256: made.model_sha256,
          },
    endpoint: deployment === undefined ? null : { name: deployment.endpoint_name, url: deployment.invocation_url },
    kept_version: rollback?.kept_version ?? null,
  };
}

function optimizationPart({ proposal, impact }: Measured): HistoryRecordInput['optimization'] {
  if (proposal === null) return null;
  const { optimization_proposal, detected_characteristics } = proposal;
  return {
    performance_profile: optimization_proposal.performance_profile,
    characteristics: detected_characteristics,
    items: optimization_proposal.items,
    impact,
  };
}

function environmentPart(input: Execution, report: Measured['report']): HistoryRecordInput['environment'] {
  const plan = planOf(input);
  if (plan === undefined) return null;
  const { python = null, platform = null, packages = {} } = report?.environment ?? {};
  return { code_digest: plan.code_digest, environment_digest: plan.environment_digest, python, platform, packages };
}

/** States of this engine -> rows of the record; choices and passes tell nobody anything. */
function statesPart(standing: Standing, input: Execution): NonNullable<HistoryRecordInput['states']> {
  const tasks = standing.states.filter((state) => state.attempts > 0);
  const seen = new Map<string, number>();
  return tasks.map((state) => {
    const visit = (seen.get(state.state) ?? 0) + 1;
    seen.set(state.state, visit);
    const cancelled = state.error === taskErrors.cancelled && input.error?.Error === taskErrors.cancelled;
    const status = cancelled ? 'cancelled' : state.status;
    return { state: state.state, visit, attempts: state.attempts, duration_ms: state.duration_ms, status };
  });
}

/** Title and address of the issue; its number alone when it was deleted meanwhile. */
export async function issueOf(
  number: number,
  tools: Pick<AgentContext['tools'], 'call'>,
): Promise<NonNullable<HistoryRecordInput['issue']>> {
  try {
    const { title, url } = await tools.call('detect_issue', { issue_number: number });
    return { number, title, url };
  } catch (error) {
    if (codeOf(error) === 'not_found') return { number };
    throw error;
  }
}

/** Why a run ended as it did, for people, and who ended it. */
export function whyEnded(
  ending: HistoryEnding,
  error: { Error: string; Cause?: string | undefined } | null,
  language: Language,
): Pick<HistoryRecordInput, 'reason' | 'ended_by'> {
  if (ending === 'deployed' || error === null) return { reason: null, ended_by: null };
  const cancelled = cancelReason({ name: error.Error, cause: error.Cause ?? '' }, language);
  if (cancelled !== null) return { reason: cancelled.reason, ended_by: cancelled.by };
  return { reason: error.Cause ?? error.Error, ended_by: null };
}

/** Why it ended; of a verdict without what the record's table of criteria tells. */
function causeOf({ error, judgement }: Execution, endedIn: string | null, language: Language) {
  if (error === undefined) return null;
  const isVerdict = error.Cause !== undefined && error.Cause === judgement?.message;
  return isVerdict ? { ...error, Cause: withoutCriteria(error.Cause ?? '') } : withCause(error, endedIn, language);
}

function recordOf(
  input: Input,
  standing: Standing,
  measured: Measured,
  issue: HistoryRecordInput['issue'],
  context: AgentContext,
): HistoryRecordInput {
  const { execution: found } = input;
  const { request, requested_by } =
    found.approval === undefined ? found.ask : { ...found.ask, request: found.approval.plan.request };
  const endedIn = lastFailed(standing.states);
  const ending = endingOf(input, endedIn);
  const { report } = measured;
  return {
    format: 1,
    training_id: context.run.training_id,
    language: request.language,
    ending,
    ...whyEnded(ending, causeOf(found, endedIn, request.language), request.language),
    ended_in_state: ending === 'deployed' ? null : endedIn,
    issue,
    requested_by,
    model_name: request.model_name,
    task_type: request.task_type,
    target: request.target,
    algorithm: found.training?.algorithm ?? null,
    started_at: standing.started_at,
    ended_at: context.now().toISOString(),
    dataset: datasetPart(found),
    hyperparameters: report?.hyperparameters ?? {},
    candidates: report?.candidates ?? [],
    resources: usedResources(found.training),
    evaluation: evaluationPart(found, report),
    judgement: found.judgement ?? null,
    optimization: optimizationPart(measured),
    ...modelParts(found),
    plan_hash: found.approval?.plan_hash ?? found.optimization?.plan_hash ?? null,
    ...approvalsOf(found.approval),
    environment: environmentPart(found, report),
    states: statesPart(standing, found),
  };
}

/** Agent 12: writes down what was done and how it ended, with its pictures; every ending has its record. */
export const historyWriterAgent = defineAgent({
  name: 'history_writer',
  input: historyInput,
  output: historyOutput,
  async run(input, context) {
    const { run, tools } = context;
    const standing = await standingOf(context);
    const measured = await measure(input.execution, standing, context);
    const issue = await issueOf(input.execution.issue_number, tools);
    const told = await toldSoFar(context, input.execution.ask.request);
    const record = { ...recordOf(input, standing, measured, issue, context), notifications: told };
    const pictures = (input.execution.evaluation?.evaluation_results.pictures ?? []).map(({ name, title, png_key }) => {
      return { key: png_key, name: `${name}.png`, title };
    });
    const written = await tools.call('commit_training_history', { run, record, pictures });
    return done({ commit_sha: written.commit_sha, file_path: written.file_path, commit_url: written.commit_url });
  },
});
