import { approvalQuestion, type ApprovedBy, type ApprovedPlan } from '../contracts/execution.js';
import { approvalMessages } from '../messages/approval.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { inlineCode } from '../request/escape.js';
import { authorOf } from './author.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import { answerTask, waitingQuestion } from './open-run.js';
import { type GivenApproval, judgeApproval } from './policy.js';

function approvedBy({ actor: by, at }: TrackerEvent, given: GivenApproval): ApprovedBy {
  return given.kind === 'reaction'
    ? { by, how: 'reaction', at, comment_id: given.commentId }
    : { by, how: 'approve', at, comment_id: given.comment.id };
}

/** Answers the waiting token when the approval counts: the right person, for the hash that stands. */
export async function approve(parts: ControllerParts, event: TrackerEvent, given: GivenApproval): Promise<string> {
  const say = await answersFor(parts, event.issueNumber);
  const waiting = await waitingQuestion(parts, event.issueNumber, approvalQuestion);
  // While the proposal is being made an approval cannot be for a plan that anybody has seen.
  if (waiting === null) return say.nothingToApprove();
  const { ask, plan, plan_hash: hash, comment_id: commentId, asked_at: postedAt } = waiting.question;
  const { deploy_to: deployTo, language } = ask.request;
  if (hash === null) return say.notApproved(approvalMessages[language].nothingValid);
  const verdict = judgeApproval({
    ...(await authorOf(parts, event)),
    requestedBy: ask.requested_by,
    deployTo,
    currentHash: hash,
    proposal: { commentId, postedAt },
    given,
    language,
  });
  if (!verdict.accepted) return say.notApproved(verdict.why);
  const output: ApprovedPlan = { decision: 'approved', plan_hash: hash, plan, approved: approvedBy(event, given) };
  await answerTask(parts, waiting.task, output);
  return say.approved(inlineCode(event.actor), hash);
}
