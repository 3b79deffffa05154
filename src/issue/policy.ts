import type { ApprovalPolicy } from '../contracts/plan.js';
import type { Language } from '../contracts/request.js';
import { approvalMessages } from '../messages/approval.js';
import type { Comment, Permission } from '../ports/issue-tracker.js';
import { inlineCode } from '../request/escape.js';

const rank: Record<Permission, number> = { none: 0, read: 1, write: 2, admin: 3 };

/** Accounts that no person is behind, by GitHub's naming. */
export function isBot(user: string): boolean {
  return /\[bot\]$/i.test(user);
}

/** A person, and what the rules of this installation say of people. */
export interface Author {
  actor: string;
  permission: Permission;
  policy: ApprovalPolicy;
}

/** Whether this person may trigger, approve, override, retry, cancel and roll back; a bot never may. */
export function mayAct({ actor, permission, policy }: Author): boolean {
  const [has, needs] = [rank[permission], rank[policy.minimum]];
  // An unknown word from a tracker has no rank: that is no permission.
  return has !== undefined && needs !== undefined && has >= needs && !isBot(actor);
}

/** An approval as it came in: by `/approve`, with or without the hash that is meant, or by 👍 on a comment. */
export type GivenApproval =
  { kind: 'comment'; comment: Comment; hash: string | null } | { kind: 'reaction'; commentId: string };

/** A person who wants to approve a request. */
export interface ActorCase extends Author {
  requestedBy: string;
  deployTo: 'staging' | 'production';
  /** Of the reason when it does not count. */
  language: Language;
}

export interface ApprovalCase extends ActorCase {
  /** Hash of the plan that waits. */
  currentHash: string;
  /** The comment that shows that hash. */
  proposal: { commentId: string; postedAt: string };
  given: GivenApproval;
}

export type ApprovalVerdict = { accepted: true } | { accepted: false; why: string };

/** Least length of the part of a hash that names a plan. */
export const minHashPrefix = 7;

function samePerson(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Why the person may not approve this request at all; null: may. */
function judgeActor(given: ActorCase): string | null {
  const { actor, policy, requestedBy, deployTo, language } = given;
  const m = approvalMessages[language];
  if (isBot(actor)) return m.bot(inlineCode(actor));
  if (!mayAct(given)) return m.noRight(inlineCode(actor), policy.minimum);
  const alone = deployTo === 'production' && policy.production_requires_second_person && samePerson(actor, requestedBy);
  return alone ? m.secondPerson(inlineCode(actor)) : null;
}

/** Why what was given is not for the plan that waits; null: it is. */
function judgeGiven({ given, currentHash, proposal, language }: ApprovalCase): string | null {
  const m = approvalMessages[language];
  if (given.kind === 'reaction') return given.commentId === proposal.commentId ? null : m.otherComment;
  const { comment, hash } = given;
  if (comment.edited) return m.edited;
  // An unreadable time compares false: no approval.
  if (!(Date.parse(comment.createdAt) >= Date.parse(proposal.postedAt))) return m.older;
  const matches = hash === null || (hash.length >= minHashPrefix && currentHash.startsWith(hash.toLowerCase()));
  return matches ? null : m.otherHash(inlineCode(hash.slice(0, 12)), currentHash.slice(0, 12));
}

const verdict = (why: string | null): ApprovalVerdict => (why === null ? { accepted: true } : { accepted: false, why });

/** Whether an approval counts (requirement R3): the right person, unedited, after the proposal, for the hash that stands. */
export function judgeApproval(approval: ApprovalCase): ApprovalVerdict {
  return verdict(judgeActor(approval) ?? judgeGiven(approval));
}

/** Whether a change (`/override`, `/retry`) or a start (`--yes`, `auto_approve`) is its author's approval too. */
export function judgePreApproval(approval: ActorCase & { edited: boolean }): ApprovalVerdict {
  const { edited, language } = approval;
  return verdict(judgeActor(approval) ?? (edited ? approvalMessages[language].edited : null));
}
