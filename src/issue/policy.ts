import type { ApprovalPolicy } from '../contracts/plan.js';
import type { Language } from '../contracts/request.js';
import { approvalMessages } from '../messages/approval.js';
import type { Comment, Permission } from '../ports/issue-tracker.js';
import { inlineText } from '../request/escape.js';

const rank: Record<Permission, number> = { none: 0, read: 1, write: 2, admin: 3 };

/** What holds when nothing is configured. */
export const defaultPolicy: ApprovalPolicy = { minimum: 'write', production_requires_second_person: true };

/** Accounts that no person is behind, by GitHub's naming. */
export function isBot(user: string): boolean {
  return /\[bot\]$/i.test(user);
}

/** Whether this permission is enough to trigger, approve, override, retry, cancel and roll back; a bot never may. */
export function mayAct(permission: Permission, policy: ApprovalPolicy, actor = ''): boolean {
  const [has, needs] = [rank[permission], rank[policy.minimum]];
  // An unknown word from a tracker has no rank: that is no permission.
  return has !== undefined && needs !== undefined && has >= needs && !isBot(actor);
}

/** An approval as it came in: by `/approve`, with or without the hash that is meant, or by 👍 on a comment. */
export type GivenApproval =
  { kind: 'comment'; comment: Comment; hash: string | null } | { kind: 'reaction'; commentId: string };

export interface ApprovalCase {
  actor: string;
  permission: Permission;
  policy: ApprovalPolicy;
  requestedBy: string;
  deployTo: 'staging' | 'production';
  /** Hash of the plan that waits; null while the issue is not a valid request. */
  currentHash: string | null;
  /** The comment that shows that hash. */
  proposal: { commentId: string; postedAt: string };
  given: GivenApproval;
  language?: Language;
}

export type ApprovalVerdict =
  { accepted: true; by: string; how: 'approve' | 'reaction' } | { accepted: false; why: string };

/** Least length of the part of a hash that names a plan. */
export const minHashPrefix = 7;

function samePerson(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Whether the person may approve this request at all. */
function judgeActor({
  actor,
  permission,
  policy,
  requestedBy,
  deployTo,
  language = 'en',
}: Omit<ApprovalCase, 'given'>): string | null {
  const m = approvalMessages[language];
  if (isBot(actor)) return m.bot(inlineText(actor));
  if (!mayAct(permission, policy, actor)) return m.noRight(inlineText(actor), policy.minimum);
  const alone = deployTo === 'production' && policy.production_requires_second_person && samePerson(actor, requestedBy);
  return alone ? m.secondPerson(inlineText(actor)) : null;
}

/** Whether what was given is for the plan that waits. */
function judgeGiven({
  given,
  currentHash,
  proposal,
  language = 'en',
}: ApprovalCase & { currentHash: string }): string | null {
  const m = approvalMessages[language];
  if (given.kind === 'reaction') return given.commentId === proposal.commentId ? null : m.otherComment;
  const { comment, hash } = given;
  if (comment.edited) return m.edited;
  // An unreadable time compares false: no approval.
  if (!(Date.parse(comment.createdAt) >= Date.parse(proposal.postedAt))) return m.older;
  const matches = hash === null || (hash.length >= minHashPrefix && currentHash.startsWith(hash.toLowerCase()));
  return matches ? null : m.otherHash(inlineText(hash.slice(0, 12)), currentHash.slice(0, 12));
}

/** Whether an approval counts (requirement R3): the right person, unedited, after the proposal, for the hash that stands. */
export function judgeApproval(approval: ApprovalCase): ApprovalVerdict {
  const { actor, currentHash, given, language = 'en' } = approval;
  if (currentHash === null) return { accepted: false, why: approvalMessages[language].nothingValid };
  const why = judgeActor(approval) ?? judgeGiven({ ...approval, currentHash });
  if (why !== null) return { accepted: false, why };
  return { accepted: true, by: actor, how: given.kind === 'reaction' ? 'reaction' : 'approve' };
}

/** Whether a change (`/override`, `/retry`) or a start (`--yes`, `auto_approve`) is its author's approval too. */
export function judgePreApproval(
  approval: Omit<ApprovalCase, 'given' | 'currentHash' | 'proposal'> & { edited?: boolean },
): ApprovalVerdict {
  const why = judgeActor({ ...approval, currentHash: null, proposal: { commentId: '', postedAt: '' } });
  if (why !== null) return { accepted: false, why };
  if (approval.edited === true) return { accepted: false, why: approvalMessages[approval.language ?? 'en'].edited };
  return { accepted: true, by: approval.actor, how: 'approve' };
}
