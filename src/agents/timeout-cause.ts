import type { Language } from '../contracts/request.js';
import { commentMessages } from '../messages/comments.js';

interface Failure {
  Error: string;
  Cause?: string | undefined;
}

/** A time-out has no cause of its own: what was waited for in vain follows from the state that it ended (null: not known). */
export function withTimeoutCause(error: Failure, endedIn: string | null, language: Language): Failure {
  if (error.Error !== 'States.Timeout' || (error.Cause ?? '') !== '') return error;
  const m = commentMessages[language].failure;
  if (endedIn === 'WaitForOptimizationApproval') return { ...error, Cause: m.notApprovedInTime };
  if (endedIn === 'WaitForOperatorInput') return { ...error, Cause: m.notAnsweredInTime };
  return { ...error, Cause: m.timedOut(endedIn) };
}

/** State in which a run failed last, of its visits in order. */
export function lastFailed(states: readonly { state: string; error: string | null }[]): string | null {
  return states.findLast(({ error }) => error !== null)?.state ?? null;
}
