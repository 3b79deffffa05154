import { approvalQuestion, type ApprovedBy, type ApprovedPlan } from '../contracts/execution.js';
import { approvalMessages } from '../messages/approval.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { inlineCode } from '../request/escape.js';
import type { Answer } from './answer.js';
import { authorOf } from './author.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import { isEditedMeanwhile } from './issue-text.js';
import { goOnWith, waitingQuestion } from './open-run.js';
import { type GivenApproval, judgeApproval } from './policy.js';

function approvedBy({ actor: by, at }: TrackerEvent, given: GivenApproval): ApprovedBy {
  return given.kind === 'reaction'
    ? { by, how: 'reaction', at, comment_id: given.commentId }
    : { by, how: 'approve', at, comment_id: given.comment.id };
}

/** When the proposal was posted, by the tracker's own clock: the times of approvals are by that clock too. */
async function postedAt({ tracker }: ControllerParts, issueNumber: number, commentId: string): Promise<string | null> {
  const comments = await tracker.listComments({ issueNumber });
  return comments.find((one) => one.id === commentId)?.createdAt ?? null;
}

/** The plan that waits runs when the approval counts: the right person, for the hash that stands. */
export async function approve(parts: ControllerParts, event: TrackerEvent, given: GivenApproval): Promise<Answer> {
  const say = await answersFor(parts, event.issueNumber);
  const waiting = await waitingQuestion(parts, event.issueNumber, approvalQuestion);
  // While the proposal is being made an approval cannot be for a plan that anybody has seen.
  if (waiting === null) return { say: say.nothingToApprove() };
  const { ask, plan, plan_hash: hash, comment_id: commentId, asked_at: askedAt } = waiting.question;
  const { deploy_to: deployTo, language } = ask.request;
  if (hash === null) return { say: say.notApproved(approvalMessages[language].nothingValid) };
  if (await isEditedMeanwhile(parts, event.issueNumber)) {
    return { say: say.notApproved(approvalMessages[language].issueEdited) };
  }
  const verdict = judgeApproval({
    ...(await authorOf(parts, event)),
    requestedBy: ask.requested_by,
    deployTo,
    currentHash: hash,
    proposal: { commentId, postedAt: (await postedAt(parts, event.issueNumber, commentId)) ?? askedAt },
    given,
    language,
  });
  if (!verdict.accepted) return { say: say.notApproved(verdict.why) };
  const output: ApprovedPlan = { decision: 'approved', plan_hash: hash, plan, approved: approvedBy(event, given) };
  return { say: say.approved(inlineCode(event.actor), hash), act: goOnWith(waiting, output) };
}
