import type { StateDefinition } from '../../definition.js';
import { runtimeFailure, StateFailure } from '../../failure.js';
import { isObject, toJson, type JsonObject } from '../../json.js';
import { parseTimestamp } from '../../timestamp.js';
import { checkSize, exit, failThread, leave } from '../flow.js';
import { queryLanguage, scopeOf, setTimer, type StateHandler, type Turn } from '../turn.js';
import type { Thread } from '../types.js';

/** Pass: Result, or Parameters, or the effective input becomes the result. */
export const passHandler: StateHandler = {
  start(turn, thread, state) {
    const language = queryLanguage(turn, state);
    const scope = scopeOf(turn, thread, state);
    const input = language.effectiveInput(scope);
    const filled = language.taskArguments(scope, input);
    const hasResult = Object.hasOwn(state, 'Result');
    if (hasResult) turn.env.inspect?.('result', state['Result']);
    exit(turn, thread, state, language.produce(scope, hasResult ? state['Result'] : filled));
  },
};

/** Succeed: the end of the thread, with InputPath, OutputPath or Output. */
export const succeedHandler: StateHandler = {
  start(turn, thread, state) {
    leave(turn, thread, state, queryLanguage(turn, state).passThrough(scopeOf(turn, thread, state), state), null);
  },
};

/** Choice: the first rule that holds, else Default, else States.NoChoiceMatched. */
export const choiceHandler: StateHandler = {
  start(turn, thread, state) {
    const language = queryLanguage(turn, state);
    const scope = scopeOf(turn, thread, state);
    const rules = (state.Choices ?? []).filter(isObject);
    const matched = language.choose(scope, rules);
    const rule: JsonObject = (matched === null ? undefined : rules[matched]) ?? state;
    const next = matched === null ? state.Default : rule['Next'];
    if (typeof next !== 'string') {
      throw new StateFailure(
        'States.NoChoiceMatched',
        `Failed to transition out of the state '${thread.stateName}'. The state's choices do not match the input and there is no Default.`,
      );
    }
    leave(turn, thread, state, language.passThrough(scope, rule), next);
  },
};

function failText(turn: Turn, thread: Thread, state: StateDefinition, field: 'Error' | 'Cause'): string | null {
  const scope = scopeOf(turn, thread, state);
  const language = queryLanguage(turn, state);
  const value = language.field(scope, state, field, language.effectiveInput(scope));
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  throw runtimeFailure(`The ${field} of a Fail state must be a string, found: ${toJson(value)}`);
}

/** Fail: the thread fails with Error and Cause; a field that is absent is reported absent. */
export const failHandler: StateHandler = {
  start(turn, thread, state) {
    const error = failText(turn, thread, state, 'Error');
    const cause = failText(turn, thread, state, 'Cause');
    failThread(turn, thread, { error, cause });
  },
};

// Step Functions refuses waits above 2^31 - 1 seconds (24,855 days).
const longestWaitMs = (2 ** 31 - 1) * 1000;

function secondsToMs(state: StateDefinition, value: unknown): number {
  const path = state['SecondsPath'];
  const what = typeof path === 'string' ? `SecondsPath parameter` : 'Seconds field';
  const shown = typeof path === 'string' ? `${path} == ${toJson(value)}` : toJson(value);
  const verb = typeof path === 'string' ? 'references' : 'holds';
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw runtimeFailure(`The ${what} cannot be parsed as a long value: ${shown}`);
  }
  if (value < 0) throw runtimeFailure(`The ${what} ${verb} a negative value: ${shown}`);
  return value * 1000;
}

function untilMs(state: StateDefinition, value: unknown): number {
  const at = parseTimestamp(value);
  if (at !== null) return at;
  const path = state['TimestampPath'];
  const shown = typeof value === 'string' ? value : toJson(value);
  if (typeof path === 'string') {
    throw runtimeFailure(
      `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${path} == ${shown}`,
    );
  }
  const cause = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${shown}`;
  throw state.QueryLanguage === 'JSONata' || typeof path !== 'string'
    ? new StateFailure('States.QueryEvaluationError', cause, { location: 'Timestamp' })
    : runtimeFailure(cause);
}

/** Wait: a timer by Seconds(Path) or Timestamp(Path); a time in the past goes on at once. */
export const waitHandler: StateHandler = {
  start(turn, thread, state) {
    const language = queryLanguage(turn, state);
    const scope = scopeOf(turn, thread, state);
    const input = language.effectiveInput(scope);
    const seconds = language.field(scope, state, 'Seconds', input);
    const delayMs =
      seconds === undefined
        ? untilMs(state, language.field(scope, state, 'Timestamp', input)) - turn.env.nowMs
        : secondsToMs(state, seconds);
    if (delayMs > longestWaitMs) throw runtimeFailure('Wait state delay is too long.');
    thread.phase = 'waiting';
    setTimer(turn, thread, 'wait', Math.max(0, delayMs));
  },
};

/** The timer of a Wait state went off. */
export function endWait(turn: Turn, thread: Thread, state: StateDefinition): void {
  const produced = queryLanguage(turn, state).passThrough(scopeOf(turn, thread, state), state);
  checkSize(turn, thread, produced.output);
  exit(turn, thread, state, produced);
}
