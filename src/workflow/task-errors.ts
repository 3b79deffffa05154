import type { Language } from '../contracts/request.js';
import { codeOf } from '../errors.js';
import { textOf } from '../messages/failures.js';
import { stateMachine, taskErrors } from './state-machine.js';

const causeLimit = 8_000;

/**
 * The error name and cause with which a token fails; only `Dandori.Transient` is retried by the state machine. The cause is what
 * people are shown wherever the run is told of, so it is in their language.
 */
export function taskFailure(error: unknown, language: Language): { error: string; cause: string } {
  const code = codeOf(error);
  const cause = textOf(error, language).slice(0, causeLimit);
  if (code === 'unavailable') return { error: taskErrors.transient, cause };
  if (code === 'cancelled') return { error: taskErrors.cancelled, cause };
  const name = code
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return { error: `Dandori.${name}`, cause };
}

/** Whether a run in this state can still be cancelled: its task catches `Dandori.Cancelled`. */
export function isCancellable(state: string): boolean {
  const definition = stateMachine.States[state];
  const catchers = definition?.['Catch'];
  if (!Array.isArray(catchers)) return false;
  return catchers.some((catcher: { ErrorEquals?: unknown }) => {
    return Array.isArray(catcher.ErrorEquals) && catcher.ErrorEquals.includes(taskErrors.cancelled);
  });
}
