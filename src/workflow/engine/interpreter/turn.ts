import {
  containerAt,
  languageOf,
  stateIn,
  type MachineDefinition,
  type StateDefinition,
  type StateType,
} from '../definition.js';
import { toJson, type JsonObject } from '../json.js';
import { jsonataLanguage } from '../languages/jsonata-language.js';
import { jsonpathLanguage } from '../languages/jsonpath-language.js';
import type { QueryLanguage, Scope } from '../languages/language.js';
import type { Failure } from '../failure.js';
import type { Effect, ExecutionState, HistoryRecord, StepEnvironment, Thread } from './types.js';

/** History events an execution may have. */
export const historyLimit = 25_000;
/** Bytes of JSON text that an input, output or result may have. */
export const dataLimitBytes = 262_144;

/** Thrown when the next event would not fit into the history. */
export class HistoryFull extends Error {}

/** What a state type does. */
export interface StateHandler {
  /** Runs the state, on entry and again at each retry. */
  start(turn: Turn, thread: Thread, state: StateDefinition): void;
  childSucceeded?(turn: Turn, thread: Thread, state: StateDefinition, child: Thread, output: unknown): void;
  childFailed?(turn: Turn, thread: Thread, state: StateDefinition, child: Thread, failure: Failure): void;
}

/** One step in the making: the state being changed and the effects so far. */
export interface Turn {
  machine: MachineDefinition;
  state: ExecutionState;
  env: StepEnvironment;
  effects: Effect[];
  handlers: Record<StateType, StateHandler>;
  /** The value of which the text was asked for last. */
  last?: { value: unknown; text: string };
}

/** JSON text of a value: that of a state's output is asked for again as the input of the next one, and values are never changed in place. */
export function textOf(turn: Turn, value: unknown): string {
  if (turn.last === undefined || turn.last.value !== value) turn.last = { value, text: toJson(value) };
  return turn.last.text;
}

/** The definition of the state a thread is in. */
export function definitionOf(turn: Turn, thread: Thread): StateDefinition {
  return stateIn(containerAt(turn.machine, thread.container), thread.stateName);
}

/** The query language of a state. */
export function queryLanguage(turn: Turn, state: StateDefinition): QueryLanguage {
  return languageOf(turn.machine, state) === 'JSONata' ? jsonataLanguage : jsonpathLanguage;
}

/** Appends an event to the history; iterations of a Distributed Map keep none here. Throws HistoryFull. */
export function append(
  turn: Turn,
  thread: Thread | null,
  type: string,
  details: JsonObject,
  variables?: JsonObject,
): void {
  if (thread?.silent === true) return;
  const { state } = turn;
  // The last place is kept for the event that ends the execution.
  if (state.lastEventId >= historyLimit - 1 && !type.startsWith('Execution')) throw new HistoryFull();
  state.lastEventId += 1;
  const record: HistoryRecord = {
    id: state.lastEventId,
    previousEventId: thread?.lastEventId ?? state.lastEventId - 1,
    type,
    atMs: turn.env.nowMs,
    details,
  };
  if (variables !== undefined && Object.keys(variables).length > 0) record.variables = variables;
  if (thread !== null) thread.lastEventId = record.id;
  turn.effects.push({ kind: 'history', record });
}

/** Sets the timer `name` of a thread to go off after `delayMs`. */
export function setTimer(turn: Turn, thread: Thread, name: string, delayMs: number): void {
  turn.effects.push({ kind: 'set_timer', id: `${thread.id}:${name}`, dueAtMs: turn.env.nowMs + delayMs });
}

/** Cancels the timer `name` of a thread. */
export function cancelTimer(turn: Turn, thread: Thread, name: string): void {
  turn.effects.push({ kind: 'cancel_timer', id: `${thread.id}:${name}` });
}

/** The thread with that id; threads that are gone are a mistake of ours. */
export function threadOf(turn: Turn, id: string): Thread {
  const thread = turn.state.threads[id];
  if (thread === undefined) throw new Error(`The execution has no thread ${id}.`);
  return thread;
}

function visibleVariables(turn: Turn, thread: Thread): JsonObject {
  // A Distributed Map runs its iterations as executions of their own: they see no outer variable.
  if (thread.parent === null) return thread.variables;
  const parent = threadOf(turn, thread.parent);
  const outer = thread.silent && !parent.silent ? {} : visibleVariables(turn, parent);
  return { ...outer, ...thread.variables };
}

function mapItemOf(turn: Turn, thread: Thread): Thread['mapItem'] {
  if (thread.mapItem !== undefined || thread.parent === null) return thread.mapItem;
  return mapItemOf(turn, threadOf(turn, thread.parent));
}

const typesWithRetryCount = new Set<StateType>(['Task', 'Parallel', 'Map']);

/** The context object `$$` as the state sees it. */
function contextObject(turn: Turn, thread: Thread, state: StateDefinition): JsonObject {
  const { execution, stateMachine } = turn.state;
  const context: JsonObject = {
    Execution: {
      Id: execution.id,
      Input: execution.input,
      Name: execution.name,
      RoleArn: execution.roleArn,
      StartTime: new Date(execution.startedAtMs).toISOString(),
      ...(execution.redrivable === false ? {} : { RedriveCount: execution.redriveCount }),
    },
    StateMachine: { Id: stateMachine.id, Name: stateMachine.name },
    State: {
      Name: thread.stateName,
      EnteredTime: new Date(thread.enteredAtMs).toISOString(),
      ...(typesWithRetryCount.has(state.Type) ? { RetryCount: thread.retryCount } : {}),
    },
  };
  if (thread.task !== undefined) context['Task'] = { Token: thread.task.token };
  const item = mapItemOf(turn, thread);
  if (item !== undefined) context['Map'] = { Item: { Index: item.index, Value: item.value } };
  return context;
}

class ThreadScope implements Scope {
  readonly state: StateDefinition;
  readonly input: unknown;
  readonly variables: JsonObject;
  readonly sources: StepEnvironment;
  readonly jsonata: Scope['jsonata'];
  readonly inspect: Scope['inspect'];
  readonly #turn: Turn;
  readonly #thread: Thread;
  #context: JsonObject | undefined;

  constructor(turn: Turn, thread: Thread, state: StateDefinition) {
    this.state = state;
    this.input = thread.input;
    this.variables = visibleVariables(turn, thread);
    this.sources = turn.env;
    this.jsonata = turn.env.jsonata;
    this.inspect = turn.env.inspect;
    this.#turn = turn;
    this.#thread = thread;
  }

  // Few expressions read it.
  get context(): JsonObject {
    const { env } = this.#turn;
    this.#context ??=
      env.context === undefined ? contextObject(this.#turn, this.#thread, this.state) : { ...env.context };
    return this.#context;
  }
}

/** What the expressions of the thread's state can see. */
export function scopeOf(turn: Turn, thread: Thread, state: StateDefinition): Scope {
  return new ThreadScope(turn, thread, state);
}
