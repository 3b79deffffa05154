import type { StateDefinition } from '../../definition.js';
import { runtimeFailure, type Failure } from '../../failure.js';
import { toJson, type JsonObject } from '../../json.js';
import type { Scope } from '../../languages/language.js';
import { checkSize, exit, failState, guard } from '../flow.js';
import {
  append,
  cancelTimer,
  definitionOf,
  queryLanguage,
  scopeOf,
  setTimer,
  textOf,
  type StateHandler,
  type Turn,
} from '../turn.js';
import type { Thread } from '../types.js';
import { resourceKind, scheduledMembers, taskEvent } from './task-events.js';

function secondsField(turn: Turn, scope: Scope, state: StateDefinition, name: string, input: unknown): number | null {
  const value = queryLanguage(turn, state).field(scope, state, name, input);
  if (value === undefined) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value * 1000;
  const where = typeof state[`${name}Path`] === 'string' ? `${name}Path` : name;
  throw runtimeFailure(`The ${where} field of a Task state must be a positive integer, found: ${toJson(value)}`);
}

/** Task: hands its arguments to the resource under a new token and waits for the answer. */
export const taskHandler: StateHandler = {
  start(turn, thread, state) {
    const language = queryLanguage(turn, state);
    const token = turn.env.token();
    const kind = resourceKind(state.Resource ?? '');
    thread.task = { token, resource: state.Resource ?? '', heartbeatMs: null };
    const scope = scopeOf(turn, thread, state);
    // Only integrations that are answered later give the state a token to pass on.
    if (!kind.submits) delete scope.context['Task'];
    const input = language.effectiveInput(scope);
    const timeoutMs = secondsField(turn, scope, state, 'TimeoutSeconds', input);
    const heartbeatMs = secondsField(turn, scope, state, 'HeartbeatSeconds', input);
    const request = language.taskArguments(scope, input);
    checkSize(turn, thread, request);
    thread.task.heartbeatMs = heartbeatMs;
    thread.phase = 'task';
    const scheduled = { text: textOf(turn, request), token, region: turn.env.region, timeoutMs, heartbeatMs };
    append(turn, thread, ...taskEvent(kind, 'Scheduled', scheduledMembers(kind, scheduled)));
    append(turn, thread, ...taskEvent(kind, 'Started', {}));
    if (kind.submits) append(turn, thread, ...taskEvent(kind, 'Submitted', {}));
    turn.effects.push({
      kind: 'invoke',
      token,
      resource: state.Resource ?? '',
      arguments: request,
      stateName: thread.stateName,
    });
    if (timeoutMs !== null) setTimer(turn, thread, 'timeout', timeoutMs);
    if (heartbeatMs !== null) setTimer(turn, thread, 'heartbeat', heartbeatMs);
  },
};

/** The thread that waits for `token`, or null: answered, timed out or never issued. */
export function threadWaitingFor(turn: Turn, token: string): Thread | null {
  return Object.values(turn.state.threads).find((thread) => thread.task?.token === token) ?? null;
}

function close(turn: Turn, thread: Thread, reason: 'answered' | 'timed_out'): void {
  if (thread.task === undefined) return;
  turn.effects.push({ kind: 'close_token', token: thread.task.token, reason });
  cancelTimer(turn, thread, 'timeout');
  if (thread.task.heartbeatMs !== null) cancelTimer(turn, thread, 'heartbeat');
}

/** The task was answered with a result. */
export function taskSucceeded(turn: Turn, thread: Thread, output: unknown): void {
  const state = definitionOf(turn, thread);
  const kind = resourceKind(state.Resource ?? '');
  close(turn, thread, 'answered');
  turn.env.inspect?.('result', output);
  guard(turn, thread, () => {
    checkSize(turn, thread, output);
    append(
      turn,
      thread,
      ...taskEvent(kind, 'Succeeded', { output: textOf(turn, output), outputDetails: { truncated: false } }),
    );
    exit(turn, thread, state, queryLanguage(turn, state).produce(scopeOf(turn, thread, state), output));
  });
}

function failed(turn: Turn, thread: Thread, step: 'Failed' | 'TimedOut', failure: Failure): void {
  const kind = resourceKind(definitionOf(turn, thread).Resource ?? '');
  const members: JsonObject = {};
  if (failure.error !== null) members['error'] = failure.error;
  if (failure.cause !== null) members['cause'] = failure.cause;
  append(turn, thread, ...taskEvent(kind, step, members));
  failState(turn, thread, failure);
}

/** The task was answered with an error. */
export function taskFailed(turn: Turn, thread: Thread, failure: Failure): void {
  close(turn, thread, 'answered');
  failed(turn, thread, 'Failed', failure);
}

/** Time-out or lost heartbeat: AWS reports both as States.Timeout; a Catch may name States.HeartbeatTimeout for the second. */
export function taskTimedOut(turn: Turn, thread: Thread, heartbeat: boolean): void {
  close(turn, thread, 'timed_out');
  const failure: Failure = { error: 'States.Timeout', cause: null };
  failed(turn, thread, 'TimedOut', heartbeat ? { ...failure, alias: 'States.HeartbeatTimeout' } : failure);
}

/** A sign of life: the heartbeat timer starts again. */
export function taskBeat(turn: Turn, thread: Thread): void {
  const beatMs = thread.task?.heartbeatMs ?? null;
  if (beatMs !== null) setTimer(turn, thread, 'heartbeat', beatMs);
}
