import { type ApprovedPlan, operatorQuestion } from '../contracts/execution.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { retryRequest, trainsAlike, type RequestChange } from '../request/change-request.js';
import { inlineCode } from '../request/escape.js';
import { planHash } from '../request/plan-hash.js';
import type { Answer } from './answer.js';
import { judgeAuthor } from './author.js';
import { hyperparameterText } from './comments/proposal.js';
import { commandProblems } from './commands.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import { goOnWith, waitingQuestion } from './open-run.js';

/** `/retry` + `adjusted_hyperparameters`: the plan with other hyperparameters, under a hash of its own, trains again. */
export async function retry(
  parts: ControllerParts,
  event: TrackerEvent,
  change: RequestChange,
  edited: boolean,
): Promise<Answer> {
  const say = await answersFor(parts, event.issueNumber);
  const waiting = await waitingQuestion(parts, event.issueNumber, operatorQuestion);
  if (waiting === null) return { say: say.nothingToRetry() };
  const { plan: before, ask_requested_by: requestedBy, earlier } = waiting.question;
  const { request } = before;
  const changed = retryRequest(request, change);
  if (!changed.ok) return { say: commandProblems('retry', changed.problems, changed.language) };
  if (trainsAlike(request, changed.request)) {
    return { say: say.retryUnchanged(hyperparameterText(changed.request.hyperparameters, request.language)) };
  }
  const verdict = await judgeAuthor(parts, event, { request, requestedBy, edited });
  if (!verdict.accepted) return { say: say.notApproved(verdict.why) };
  const { hyperparameters } = changed.request;
  const plan = {
    ...before,
    request: { ...request, hyperparameters },
    proposal: { ...before.proposal, hyperparameters },
  };
  const output: ApprovedPlan = {
    decision: 'approved',
    plan_hash: planHash(plan),
    plan,
    approved: { by: event.actor, how: 'retry', at: event.at, comment_id: event.commentId },
    ...(earlier.length === 0 ? {} : { earlier }),
  };
  return { say: say.retrying(inlineCode(event.actor), output.plan_hash), act: goOnWith(waiting, output) };
}
