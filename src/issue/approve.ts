import type { ApprovedBy, ApprovedPlan } from '../contracts/execution.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import type { CommandResult } from './on-comment.js';
import { waitingApproval } from './on-issue.js';
import { type GivenApproval, judgeApproval } from './policy.js';

/** Answers the waiting token when the approval counts: the right person, for the hash that stands. */
export async function approve(
  parts: ControllerParts,
  event: TrackerEvent,
  given: GivenApproval,
): Promise<CommandResult> {
  const say = await answersFor(parts, event.issueNumber);
  const run = (await parts.runs.list({ issueNumber: event.issueNumber })).find((one) => one.endedAt === null);
  if (run === undefined) return { say: say.nothingToApprove() };
  const waiting = await waitingApproval(parts, run.trainingId);
  // While the proposal is being made an approval cannot be for a plan that anybody has seen.
  if (waiting === null) return { say: say.nothingToApprove() };
  const { task, question } = waiting;
  const verdict = judgeApproval({
    actor: event.actor,
    permission: await parts.tracker.getPermission({ user: event.actor }),
    policy: parts.policy,
    requestedBy: question.ask.requested_by,
    deployTo: question.ask.request.deploy_to,
    currentHash: question.plan_hash,
    proposal: { commentId: question.comment_id, postedAt: question.asked_at },
    given,
    language: question.ask.request.language,
  });
  if (!verdict.accepted) return { say: say.notApproved(verdict.why) };
  const approved: ApprovedBy = {
    by: event.actor,
    how: given.kind === 'reaction' ? 'reaction' : 'approve',
    at: event.at,
    comment_id: given.kind === 'reaction' ? given.commentId : given.comment.id,
  };
  const { plan, plan_hash: hash } = question;
  if (hash === null) return { say: say.nothingToApprove() };
  const output: ApprovedPlan = { decision: 'approved', plan_hash: hash, plan, approved };
  await parts.tokens.sendTaskSuccess({ taskToken: task.taskToken, output });
  await parts.ledger.remove({ taskToken: task.taskToken });
  return { say: say.approved(event.actor, hash) };
}
