import { containerAt, type StateDefinition, type StateType } from '../definition.js';
import { StateFailure, type Failure } from '../failure.js';
import { setMember, toJson, type JsonObject } from '../json.js';
import type { Produced } from '../languages/language.js';
import { errorDetails, remedyFor } from '../retry.js';
import {
  append,
  dataLimitBytes,
  definitionOf,
  queryLanguage,
  scopeOf,
  setTimer,
  textOf,
  threadOf,
  type Turn,
} from './turn.js';
import type { EndStatus, Thread } from './types.js';

const abortable = new Set<StateType>(['Task', 'Wait', 'Parallel', 'Map']);

/** Fails the state when a value is larger than 256 KB of JSON text. */
export function checkSize(turn: Turn, thread: Thread, value: unknown): void {
  if (Buffer.byteLength(textOf(turn, value)) <= dataLimitBytes) return;
  throw new StateFailure(
    'States.DataLimitExceeded',
    `The state/task '${thread.stateName}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    { framed: false },
  );
}

/** Makes a thread ready to enter a state. */
export function goTo(turn: Turn, thread: Thread, stateName: string, input: unknown): void {
  thread.stateName = stateName;
  thread.input = input;
  thread.phase = 'ready';
  turn.state.ready.push(thread.id);
}

/** Starts a thread at the beginning of a container. */
export function spawn(
  turn: Turn,
  parent: Thread,
  child: Pick<Thread, 'index' | 'container' | 'input' | 'silent'> & { mapItem?: Thread['mapItem'] },
): Thread {
  const id = String(turn.state.nextThread);
  turn.state.nextThread += 1;
  const thread: Thread = {
    id,
    parent: parent.id,
    index: child.index,
    container: child.container,
    stateName: '',
    phase: 'ready',
    input: child.input,
    variables: {},
    enteredAtMs: turn.env.nowMs,
    enteredEventId: 0,
    lastEventId: parent.lastEventId,
    retryCount: 0,
    retries: [],
    silent: child.silent,
  };
  if (child.mapItem !== undefined) thread.mapItem = child.mapItem;
  turn.state.threads[id] = thread;
  goTo(turn, thread, containerAt(turn.machine, child.container).StartAt, child.input);
  return thread;
}

function exitEvent(turn: Turn, thread: Thread, state: StateDefinition, produced: Produced): void {
  const details: JsonObject = {
    name: thread.stateName,
    output: textOf(turn, produced.output),
    outputDetails: { truncated: false },
  };
  if (Object.keys(produced.assigned).length > 0) {
    const texts: JsonObject = {};
    for (const [name, value] of Object.entries(produced.assigned)) setMember(texts, name, toJson(value));
    details['assignedVariables'] = texts;
    details['assignedVariablesDetails'] = { truncated: false };
  }
  append(turn, thread, `${state.Type}StateExited`, { stateExitedEventDetails: details });
}

/** Leaves the current state for `next` (null: the end of the thread). */
export function leave(
  turn: Turn,
  thread: Thread,
  state: StateDefinition,
  produced: Produced,
  next: string | null,
): void {
  checkSize(turn, thread, produced.output);
  for (const [name, value] of Object.entries(produced.assigned)) setMember(thread.variables, name, value);
  delete thread.task;
  delete thread.children;
  exitEvent(turn, thread, state, produced);
  if (next === null) finish(turn, thread, produced.output);
  else goTo(turn, thread, next, produced.output);
}

/** Leaves a state that has `Next` or `End`. */
export function exit(turn: Turn, thread: Thread, state: StateDefinition, produced: Produced): void {
  leave(turn, thread, state, produced, state.Next ?? null);
}

function finish(turn: Turn, thread: Thread, output: unknown): void {
  if (thread.parent === null) {
    endExecution(turn, 'SUCCEEDED', { output });
    return;
  }
  const parent = threadOf(turn, thread.parent);
  const state = definitionOf(turn, parent);
  guard(turn, parent, () => {
    turn.handlers[state.Type].childSucceeded?.(turn, parent, state, thread, output);
  });
}

/** Stops the threads below a thread: their tasks, timers and states end without a result. */
export function abortBelow(turn: Turn, thread: Thread, eachChild?: (child: Thread) => void): void {
  for (const id of thread.children?.running ?? []) {
    const child = turn.state.threads[id];
    if (child === undefined) continue;
    eachChild?.(child);
    abortThread(turn, child);
  }
  delete thread.children;
}

/** Stops a thread where it is and forgets it. */
export function abortThread(turn: Turn, thread: Thread): void {
  abortBelow(turn, thread);
  const { Type } = definitionOf(turn, thread);
  if (abortable.has(Type) && thread.enteredEventId > 0) append(turn, thread, `${Type}StateAborted`, {});
  release(turn, thread);
  turn.state.ready = turn.state.ready.filter((id) => id !== thread.id);
  delete turn.state.threads[thread.id];
}

/** Gives back what a thread holds outside: its token and its timers. */
function release(turn: Turn, thread: Thread): void {
  if (thread.task !== undefined)
    turn.effects.push({ kind: 'close_token', token: thread.task.token, reason: 'aborted' });
  for (const name of ['timeout', 'heartbeat', 'wait', 'retry']) {
    turn.effects.push({ kind: 'cancel_timer', id: `${thread.id}:${name}` });
  }
  delete thread.task;
}

const endEvents: Record<EndStatus, [type: string, member: string]> = {
  SUCCEEDED: ['ExecutionSucceeded', 'executionSucceededEventDetails'],
  FAILED: ['ExecutionFailed', 'executionFailedEventDetails'],
  TIMED_OUT: ['ExecutionTimedOut', 'executionTimedOutEventDetails'],
  ABORTED: ['ExecutionAborted', 'executionAbortedEventDetails'],
};

/** Ends the execution: everything that still runs is let go. */
export function endExecution(
  turn: Turn,
  status: EndStatus,
  result: { output?: unknown; error?: string | undefined; cause?: string | undefined },
): void {
  const { state } = turn;
  for (const thread of Object.values(state.threads)) if (thread.phase !== 'ended') release(turn, thread);
  turn.effects.push({ kind: 'cancel_timer', id: 'execution' });
  const main = state.threads['0'];
  for (const id of Object.keys(state.threads)) if (id !== '0') delete state.threads[id];
  if (main !== undefined) {
    main.phase = 'ended';
    delete main.children;
  }
  state.ready = [];
  state.status = status;
  const text: JsonObject = {};
  if (status === 'SUCCEEDED') {
    text['output'] = textOf(turn, result.output);
    text['outputDetails'] = { truncated: false };
  }
  if (result.error !== undefined) text['error'] = result.error;
  if (result.cause !== undefined) text['cause'] = result.cause;
  const [type, member] = endEvents[status];
  append(turn, main ?? null, type, { [member]: text });
  const ended = { kind: 'ended' as const, status };
  turn.effects.push({
    ...ended,
    ...(status === 'SUCCEEDED' ? { output: result.output ?? null } : {}),
    ...(result.error === undefined ? {} : { error: result.error }),
    ...(result.cause === undefined ? {} : { cause: result.cause }),
  });
}

function describe(turn: Turn, thread: Thread, problem: StateFailure): Failure {
  const frame = `An error occurred while executing the state '${thread.stateName}' (entered at the event id #${thread.enteredEventId}). `;
  const cause = problem.framed ? frame + problem.message : problem.message;
  if (problem.error === 'States.QueryEvaluationError') {
    append(turn, thread, 'EvaluationFailed', {
      evaluationFailedEventDetails: {
        error: problem.error,
        cause,
        state: thread.stateName,
        ...(problem.location === undefined ? {} : { location: problem.location }),
      },
    });
  }
  return { error: problem.error, cause };
}

/** Runs `body`; a StateFailure becomes a failure of the thread's state. */
export function guard(turn: Turn, thread: Thread, body: () => void): void {
  try {
    body();
  } catch (problem) {
    if (!(problem instanceof StateFailure)) throw problem;
    // AWS records the failed Map when its items could not be evaluated, and no other state's failed evaluation.
    const isMap = problem.error === 'States.QueryEvaluationError' && definitionOf(turn, thread).Type === 'Map';
    failState(turn, thread, describe(turn, thread, problem), isMap ? 'MapStateFailed' : undefined);
  }
}

/** The thread's state failed: Retry, else Catch, else the thread fails. `failedEvent` is recorded unless it is retried. */
export function failState(turn: Turn, thread: Thread, failure: Failure, failedEvent?: string): void {
  const state = definitionOf(turn, thread);
  delete thread.task;
  const remedy = remedyFor(failure, {
    retry: state.Retry ?? [],
    catch: state.Catch ?? [],
    used: thread.retries,
    random: () => turn.env.random(),
  });
  turn.env.inspect?.('failure', failure);
  turn.env.inspect?.('errorDetails', errorDetails(remedy));
  if (remedy.kind === 'retry') {
    thread.retries[remedy.retrier] = (thread.retries[remedy.retrier] ?? 0) + 1;
    for (let i = 0; i < remedy.retrier; i += 1) thread.retries[i] ??= 0;
    thread.retryCount += 1;
    thread.phase = 'retrying';
    setTimer(turn, thread, 'retry', remedy.delayMs);
    return;
  }
  if (failedEvent !== undefined) append(turn, thread, failedEvent, {});
  const catcher = remedy.kind === 'catch' ? state.Catch?.[remedy.catcher] : undefined;
  if (catcher === undefined) {
    failThread(turn, thread, failure);
    return;
  }
  try {
    const produced = queryLanguage(turn, state).caught(scopeOf(turn, thread, state), catcher, failure);
    leave(turn, thread, state, produced, catcher.Next);
  } catch (problem) {
    if (!(problem instanceof StateFailure)) throw problem;
    failThread(turn, thread, describe(turn, thread, problem));
  }
}

/** Nothing caught the failure inside the thread: it goes to the parent state, or ends the execution. */
export function failThread(turn: Turn, thread: Thread, failure: Failure): void {
  if (thread.parent === null) {
    endExecution(turn, 'FAILED', { error: failure.error ?? undefined, cause: failure.cause ?? undefined });
    return;
  }
  const parent = threadOf(turn, thread.parent);
  const state = definitionOf(turn, parent);
  guard(turn, parent, () => {
    turn.handlers[state.Type].childFailed?.(turn, parent, state, thread, failure);
  });
}
