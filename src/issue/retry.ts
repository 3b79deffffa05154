import { type ApprovedPlan, operatorQuestion, type OperatorQuestion } from '../contracts/execution.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import type { WaitingTask } from '../ports/task-ledger.js';
import { retryRequest, type RequestChange } from '../request/change-request.js';
import { renderProblems } from '../request/render-problems.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import type { CommandResult } from './on-comment.js';
import { planHash } from '../request/plan-hash.js';
import { judgePreApproval } from './policy.js';

async function waitingOperator(
  parts: ControllerParts,
  trainingId: string,
): Promise<{ task: WaitingTask; question: OperatorQuestion } | null> {
  for (const task of await parts.ledger.list({ trainingId })) {
    if (task.waitingFor.kind !== 'person') continue;
    const question = operatorQuestion.safeParse(task.waitingFor.question);
    if (question.success) return { task, question: question.data };
  }
  return null;
}

/** `/retry` + `adjusted_hyperparameters`: the plan with other hyperparameters, under a hash of its own, trains again. */
export async function retry(
  parts: ControllerParts,
  event: TrackerEvent,
  change: RequestChange,
  edited: boolean,
): Promise<CommandResult> {
  const say = await answersFor(parts, event.issueNumber);
  const run = (await parts.runs.list({ issueNumber: event.issueNumber })).find((one) => one.endedAt === null);
  const waiting = run === undefined ? null : await waitingOperator(parts, run.trainingId);
  if (waiting === null) return { say: say.nothingToRetry() };
  const { task, question } = waiting;
  const before = question.plan.request;
  const changed = retryRequest(before, change);
  if (!changed.ok) return { say: renderProblems(changed.problems, changed.language) };
  const verdict = judgePreApproval({
    actor: event.actor,
    permission: await parts.tracker.getPermission({ user: event.actor }),
    policy: parts.policy,
    requestedBy: question.ask_requested_by,
    deployTo: before.deploy_to,
    language: before.language,
    edited,
  });
  if (!verdict.accepted) return { say: say.notApproved(verdict.why) };
  const { hyperparameters } = changed.request;
  const plan = {
    ...question.plan,
    request: { ...before, hyperparameters },
    proposal: { ...question.plan.proposal, hyperparameters },
  };
  const output: ApprovedPlan = {
    decision: 'approved',
    plan_hash: planHash(plan),
    plan,
    approved: { by: event.actor, how: 'retry', at: event.at, comment_id: event.commentId },
  };
  await parts.tokens.sendTaskSuccess({ taskToken: task.taskToken, output });
  await parts.ledger.remove({ taskToken: task.taskToken });
  return { say: say.retrying(event.actor, output.plan_hash) };
}
