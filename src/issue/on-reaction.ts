import type { TrackerEvent } from '../ports/issue-tracker.js';
import { approve } from './approve.js';
import { type ControllerParts, type EventResult } from './controller-parts.js';
import { waitingApproval } from './on-issue.js';
import { reply } from './reply.js';

/** Someone reacted: 👍 on the comment that shows the current plan approves it; on anything else it is only a 👍. */
export async function onReaction(parts: ControllerParts, event: TrackerEvent): Promise<EventResult> {
  const { commentId } = event;
  if (commentId === null) return 'done';
  const run = (await parts.runs.list({ issueNumber: event.issueNumber })).find((one) => one.endedAt === null);
  const waiting = run === undefined ? null : await waitingApproval(parts, run.trainingId);
  if (waiting === null || waiting.question.comment_id !== commentId) return 'done';
  const comments = await parts.tracker.listComments({ issueNumber: event.issueNumber });
  const reactions = comments.find((one) => one.id === commentId)?.reactions ?? [];
  // Taken back meanwhile, or another sign.
  if (!reactions.some((one) => one.content === '+1' && one.user === event.actor)) return 'done';
  const result = await approve(parts, event, { kind: 'reaction', commentId });
  if (result === 'later') return 'later';
  await reply(parts, event, 'answer', result.say);
  return 'done';
}
