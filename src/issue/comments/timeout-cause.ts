import type { Language } from '../../contracts/request.js';
import { commentMessages } from '../../messages/comments.js';

/** A time-out has no cause of its own: what was waited for in vain follows from the state that it ended (null: not known). */
export function timeoutCause(endedIn: string | null, language: Language): string {
  const m = commentMessages[language].failure;
  if (endedIn === 'WaitForOptimizationApproval') return m.notApprovedInTime;
  return endedIn === 'WaitForOperatorInput' ? m.notAnsweredInTime : m.timedOut(endedIn);
}
