import type { MachineDefinition } from '../definition.js';
import type { JsonObject } from '../json.js';
import { endExecution, goTo, guard } from './flow.js';
import { parallelHandler } from './states/parallel.js';
import { mapHandler } from './states/map.js';
import { choiceHandler, endWait, failHandler, passHandler, succeedHandler, waitHandler } from './states/simple.js';
import { taskBeat, taskFailed, taskHandler, taskSucceeded, taskTimedOut, threadWaitingFor } from './states/task.js';
import { append, definitionOf, HistoryFull, textOf, threadOf, type Turn } from './turn.js';
import type { Effect, ExecutionEvent, ExecutionState, StepEnvironment, Thread } from './types.js';

/** What each state type does. */
export const handlers = {
  Pass: passHandler,
  Task: taskHandler,
  Choice: choiceHandler,
  Wait: waitHandler,
  Succeed: succeedHandler,
  Fail: failHandler,
  Parallel: parallelHandler,
  Map: mapHandler,
} satisfies Turn['handlers'];

/** Who and what an execution is, before its first event. */
export interface ExecutionIdentity {
  executionId: string;
  name: string;
  roleArn: string | null;
  redrivable?: false;
  stateMachineId: string;
  stateMachineName: string;
  input: unknown;
  startedAtMs: number;
}

/** The state of an execution that has not started. */
export function initialState(machine: MachineDefinition, identity: ExecutionIdentity): ExecutionState {
  const { executionId, input, name, roleArn, startedAtMs, redrivable } = identity;
  return {
    status: 'RUNNING',
    execution: {
      id: executionId,
      name,
      input,
      roleArn,
      startedAtMs,
      redriveCount: 0,
      ...(redrivable === undefined ? {} : { redrivable }),
    },
    stateMachine: { id: identity.stateMachineId, name: identity.stateMachineName },
    lastEventId: 0,
    nextThread: 1,
    threads: { '0': mainThread(machine.StartAt, input, startedAtMs) },
    ready: [],
  };
}

function mainThread(stateName: string, input: unknown, nowMs: number): Thread {
  return {
    id: '0',
    parent: null,
    index: 0,
    container: [],
    stateName,
    phase: 'ready',
    input,
    variables: {},
    enteredAtMs: nowMs,
    enteredEventId: 0,
    lastEventId: 0,
    retryCount: 0,
    retries: [],
    silent: false,
  };
}

/** Values are never changed in place, so a copy of the frame is enough for the caller's state to stay as it was. */
function copy(state: ExecutionState): ExecutionState {
  const threads: Record<string, Thread> = {};
  for (const [id, thread] of Object.entries(state.threads)) {
    threads[id] = { ...thread, variables: { ...thread.variables }, retries: [...thread.retries] };
    const own = threads[id];
    if (thread.task !== undefined) own.task = { ...thread.task };
    if (thread.children !== undefined) {
      own.children = {
        ...thread.children,
        results: [...thread.children.results],
        running: [...thread.children.running],
      };
    }
  }
  return { ...state, execution: { ...state.execution }, threads, ready: [...state.ready] };
}

function started(turn: Turn): void {
  const { execution } = turn.state;
  if (turn.state.lastEventId > 0) return;
  const main = threadOf(turn, '0');
  // Of no thread: on AWS the first state's event follows no event.
  append(turn, null, 'ExecutionStarted', {
    executionStartedEventDetails: {
      input: textOf(turn, execution.input),
      inputDetails: { truncated: false },
      roleArn: execution.roleArn,
    },
  });
  armDeadline(turn);
  goTo(turn, main, turn.machine.StartAt, execution.input);
}

function armDeadline(turn: Turn): void {
  const seconds = turn.machine.TimeoutSeconds;
  if (seconds === undefined) return;
  turn.effects.push({ kind: 'set_timer', id: 'execution', dueAtMs: turn.env.nowMs + seconds * 1000 });
}

function redrive(turn: Turn, event: { stateName: string; input: unknown; variables: JsonObject }): void {
  if (turn.state.status === 'RUNNING') return;
  const { execution } = turn.state;
  turn.state.status = 'RUNNING';
  execution.redriveCount += 1;
  const main = mainThread(event.stateName, event.input, turn.env.nowMs);
  main.variables = event.variables;
  main.lastEventId = turn.state.lastEventId;
  turn.state.threads = { '0': main };
  append(turn, main, 'ExecutionRedriven', {
    executionRedrivenEventDetails: { redriveCount: execution.redriveCount },
  });
  armDeadline(turn);
  goTo(turn, main, event.stateName, event.input);
}

function timerFired(turn: Turn, id: string): void {
  if (id === 'execution') {
    endExecution(turn, 'TIMED_OUT', {});
    return;
  }
  const [threadId = '', name] = id.split(':');
  const thread = turn.state.threads[threadId];
  if (thread === undefined) return;
  if (name === 'wait' && thread.phase === 'waiting') {
    guard(turn, thread, () => endWait(turn, thread, definitionOf(turn, thread)));
  } else if (name === 'retry' && thread.phase === 'retrying') {
    thread.phase = 'ready';
    run(turn, thread);
  } else if ((name === 'timeout' || name === 'heartbeat') && thread.phase === 'task' && thread.task !== undefined) {
    taskTimedOut(turn, thread, name === 'heartbeat');
  }
}

function answered(turn: Turn, event: Extract<ExecutionEvent, { token: string }>): void {
  const thread = threadWaitingFor(turn, event.token);
  if (thread === null) return;
  if (event.type === 'task_succeeded') taskSucceeded(turn, thread, event.output);
  else if (event.type === 'task_failed') taskFailed(turn, thread, { error: event.error, cause: event.cause });
  else if (event.type === 'task_timed_out') taskTimedOut(turn, thread, false);
  else taskBeat(turn, thread);
}

function applyEvent(turn: Turn, event: ExecutionEvent): void {
  if (event.type === 'redrive') redrive(turn, event);
  if (turn.state.status !== 'RUNNING' || event.type === 'redrive') return;
  if (event.type === 'started') started(turn);
  else if (event.type === 'timer') timerFired(turn, event.id);
  else if (event.type === 'stop') endExecution(turn, 'ABORTED', { error: event.error, cause: event.cause });
  else if (event.type === 'fail') endExecution(turn, 'FAILED', { error: 'States.Runtime', cause: event.cause });
  else if (event.type !== 'continue') answered(turn, event);
}

function run(turn: Turn, thread: Thread): void {
  const state = definitionOf(turn, thread);
  guard(turn, thread, () => turn.handlers[state.Type].start(turn, thread, state));
}

function enter(turn: Turn, thread: Thread): void {
  const state = definitionOf(turn, thread);
  thread.enteredAtMs = turn.env.nowMs;
  thread.retryCount = 0;
  thread.retries = [];
  const details = { name: thread.stateName, input: textOf(turn, thread.input), inputDetails: { truncated: false } };
  const variables = thread.parent === null ? thread.variables : undefined;
  append(turn, thread, `${state.Type}StateEntered`, { stateEnteredEventDetails: details }, variables);
  thread.enteredEventId = turn.state.lastEventId;
  run(turn, thread);
}

function drain(turn: Turn): void {
  let left = turn.env.maxTransitions ?? Infinity;
  for (; turn.state.ready.length > 0 && left > 0; left -= 1) {
    const thread = turn.state.threads[turn.state.ready.shift() ?? ''];
    if (thread !== undefined) enter(turn, thread);
  }
}

/**
 * One step of an execution, as a pure function: the event is applied, then every thread that can move is moved. The state
 * given is not changed. Events that no longer fit (late token, cancelled timer, finished execution) change nothing.
 */
export function step(
  machine: MachineDefinition,
  state: ExecutionState,
  event: ExecutionEvent,
  env: StepEnvironment,
): { state: ExecutionState; effects: Effect[] } {
  const turn: Turn = { machine, state: copy(state), env, effects: [], handlers };
  try {
    applyEvent(turn, event);
    drain(turn);
  } catch (problem) {
    if (!(problem instanceof HistoryFull)) throw problem;
    const cause = 'The execution reached the maximum number of history events (25000).';
    endExecution(turn, 'FAILED', { error: 'States.Runtime', cause });
  }
  return { state: turn.state, effects: turn.effects };
}
