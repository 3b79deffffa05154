import type { TrainingRequest } from '../contracts/request.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import type { ControllerParts } from './controller-parts.js';
import { type ApprovalVerdict, type Author, judgePreApproval } from './policy.js';

/** Who caused the event, with the permission of this moment. */
export async function authorOf(
  { tracker, policy }: Pick<ControllerParts, 'tracker' | 'policy'>,
  { actor }: Pick<TrackerEvent, 'actor'>,
): Promise<Author> {
  return { actor, permission: await tracker.getPermission({ user: actor }), policy };
}

/** Whether what the event's author orders is this person's approval of it too. */
export async function judgeAuthor(
  parts: Pick<ControllerParts, 'tracker' | 'policy'>,
  event: Pick<TrackerEvent, 'actor'>,
  order: { request: Pick<TrainingRequest, 'deploy_to' | 'language'>; requestedBy: string; edited: boolean },
): Promise<ApprovalVerdict> {
  const { request, requestedBy, edited } = order;
  const { deploy_to: deployTo, language } = request;
  return judgePreApproval({ ...(await authorOf(parts, event)), requestedBy, deployTo, language, edited });
}
