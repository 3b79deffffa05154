import type { Language } from '../contracts/request.js';
import { timeoutCause } from '../issue/comments/timeout-cause.js';
import { stateMachine } from '../workflow/state-machine.js';

interface Failure {
  Error: string;
  Cause?: string | undefined;
}

/** The failure with a cause, also where it is a time-out, which has none of its own. */
export function withTimeoutCause(error: Failure, endedIn: string | null, language: Language): Failure {
  if (error.Error !== 'States.Timeout' || (error.Cause ?? '') !== '') return error;
  return { ...error, Cause: timeoutCause(endedIn, language) };
}

/** States in which a run ends badly; what stands before one belongs to a run that was run again since. */
const ends = new Set(
  Object.entries(stateMachine.States).flatMap(([name, state]) => (state['Type'] === 'Fail' ? [name] : [])),
);

/** State in which a run failed last, of its visits in order; null where no step failed, as when the judge ended it. */
export function lastFailed(states: readonly { state: string; error: string | null }[]): string | null {
  const from = states.findLastIndex(({ state }) => ends.has(state)) + 1;
  return states.slice(from).findLast(({ error }) => error !== null)?.state ?? null;
}
