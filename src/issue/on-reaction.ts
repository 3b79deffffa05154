import { approvalQuestion } from '../contracts/execution.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { carryOut } from './answer.js';
import { approve } from './approve.js';
import { authorOf } from './author.js';
import type { ControllerParts, EventResult } from './controller-parts.js';
import { waitingQuestion } from './open-run.js';
import { mayAct } from './policy.js';
import { refuseRight, reply } from './reply.js';

/** Someone reacted: 👍 on the comment that shows the current plan approves it; on anything else it is only a 👍. */
export async function onReaction(parts: ControllerParts, event: TrackerEvent): Promise<EventResult> {
  const { commentId, issueNumber } = event;
  if (commentId === null) return 'done';
  const waiting = await waitingQuestion(parts, issueNumber, approvalQuestion);
  if (waiting?.question.comment_id !== commentId) return 'done';
  const comments = await parts.tracker.listComments({ issueNumber });
  const reactions = comments.find((one) => one.id === commentId)?.reactions ?? [];
  // Taken back meanwhile, or another sign.
  if (!reactions.some((one) => one.content === '+1' && one.user === event.actor)) return 'done';
  const answer = await approve(parts, event, { kind: 'reaction', commentId });
  const said = await carryOut(parts, event, 'approve', answer);
  if (mayAct(await authorOf(parts, event))) await reply(parts, event, 'answer', said);
  else await refuseRight(parts, event, 'thumb', said);
  return 'done';
}
