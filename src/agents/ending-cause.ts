import type { Language } from '../contracts/request.js';
import { endingCause } from '../issue/comments/ending-cause.js';
import { stateMachine } from '../workflow/state-machine.js';

interface Failure {
  Error: string;
  Cause?: string | undefined;
}

/** The failure with its cause for people, also where it is a time-out, which has none of its own. */
export function withCause(error: Failure, endedIn: string | null, language: Language): Failure {
  const Cause = endingCause({ name: error.Error, cause: error.Cause ?? '' }, endedIn, language);
  return Cause === '' ? error : { ...error, Cause };
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
