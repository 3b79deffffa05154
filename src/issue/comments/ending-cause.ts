import type { Language } from '../../contracts/request.js';
import { commentMessages } from '../../messages/comments.js';
import { quotedInJapanese } from '../../messages/failures.js';

/** A time-out has no cause of its own: what was waited for in vain follows from the state that it ended (null: not known). */
function timeoutCause(endedIn: string | null, language: Language): string {
  const m = commentMessages[language].failure;
  if (endedIn === 'WaitForOptimizationApproval') return m.notApprovedInTime;
  return endedIn === 'WaitForOperatorInput' ? m.notAnsweredInTime : m.timedOut(endedIn);
}

/**
 * Why a run ended, for people, from the error that ended it. Steps say it in the language of the run; a time-out says nothing, and
 * what the engine says of itself is English.
 */
export function endingCause(
  { name, cause }: { name: string; cause: string },
  endedIn: string | null,
  language: Language,
): string {
  if (name === 'States.Timeout' && cause === '') return timeoutCause(endedIn, language);
  if (language === 'en' || !name.startsWith('States.')) return cause;
  return quotedInJapanese('internal', cause === '' ? name : cause);
}
