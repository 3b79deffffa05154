import type { IntrinsicSources } from '../intrinsics/intrinsics.js';
import type { JsonObject } from '../json.js';
import type { ContainerPath } from '../definition.js';
import type { Inspect, JsonataEvaluator } from '../languages/language.js';

/** A task that was handed out and has not been answered. */
export interface TaskRun {
  token: string;
  resource: string;
  heartbeatMs: number | null;
}

/** The branches or iterations below a Parallel or Map state. */
export interface Children {
  results: unknown[];
  /** Children that run now. */
  running: string[];
  /** Children still to be started: Map only. */
  nextIndex: number;
  total: number;
  failed: number;
  items: unknown[];
  concurrency: number;
  toleratedCount: number;
  toleratedPercentage: number;
}

/** One line of control: the execution itself, a branch of Parallel or an iteration of Map. */
export interface Thread {
  id: string;
  parent: string | null;
  /** Branch or item number. */
  index: number;
  container: ContainerPath;
  stateName: string;
  phase: 'ready' | 'task' | 'waiting' | 'retrying' | 'children' | 'ended';
  /** Raw input of the current state. */
  input: unknown;
  /** Variables assigned in this scope; outer scopes are read through `parent`. */
  variables: JsonObject;
  enteredAtMs: number;
  enteredEventId: number;
  lastEventId: number;
  retryCount: number;
  /** Attempts used, per retrier. */
  retries: number[];
  /** True in the iterations of a Distributed Map, whose events belong to child executions and not to this history. */
  silent: boolean;
  mapItem?: { index: number; value: unknown };
  task?: TaskRun;
  children?: Children;
}

export type EndStatus = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What an execution is called and was given; its context object shows this. */
export interface ExecutionRecord {
  id: string;
  name: string;
  input: unknown;
  /** Null where a single state is tested without a role. */
  roleArn: string | null;
  startedAtMs: number;
  redriveCount: number;
  /** A synchronous Express execution can never be redriven, and AWS shows it no RedriveCount. */
  redrivable?: false;
}

/** Everything an execution is, as plain JSON. */
export interface ExecutionState {
  status: 'RUNNING' | EndStatus;
  execution: ExecutionRecord;
  stateMachine: { id: string; name: string };
  lastEventId: number;
  nextThread: number;
  threads: Record<string, Thread>;
  /** Threads that can move, in order. */
  ready: string[];
}

/** What may happen to an execution. Tokens and timers that are not known are ignored: a repeat does nothing. */
export type ExecutionEvent =
  | { type: 'started' }
  | { type: 'continue' }
  | { type: 'timer'; id: string }
  | { type: 'task_succeeded'; token: string; output: unknown }
  | { type: 'task_failed'; token: string; error: string | null; cause: string | null }
  | { type: 'task_timed_out'; token: string }
  | { type: 'task_heartbeat'; token: string }
  | { type: 'stop'; error?: string; cause?: string }
  | { type: 'fail'; cause: string }
  | { type: 'redrive'; stateName: string; input: unknown; variables: JsonObject };

/** One event of the history: `type` and that type's details member, as GetExecutionHistory answers them. */
export interface HistoryRecord {
  id: number;
  previousEventId: number;
  type: string;
  atMs: number;
  details: JsonObject;
  /** Top-level variables when a state is entered: what a redrive from that state starts with. */
  variables?: JsonObject;
}

/** What the runner must do, in order, in the same transaction that stores the new state. */
export type Effect =
  | { kind: 'history'; record: HistoryRecord }
  | { kind: 'invoke'; token: string; resource: string; arguments: unknown; stateName: string }
  | { kind: 'close_token'; token: string; reason: 'answered' | 'timed_out' | 'aborted' }
  | { kind: 'set_timer'; id: string; dueAtMs: number }
  | { kind: 'cancel_timer'; id: string }
  | { kind: 'ended'; status: EndStatus; output?: unknown; error?: string; cause?: string };

/** Reads the items of a Distributed Map from outside; the product has none. */
export type ItemReader = (reader: JsonObject, request: unknown) => unknown[];

/** Everything a step may use besides its arguments; clock and chance are given, so a step is a pure function. */
export interface StepEnvironment extends IntrinsicSources {
  nowMs: number;
  /** A new unguessable task token. */
  token(): string;
  jsonata: JsonataEvaluator;
  /** Region in task events. */
  region: string;
  readItems?: ItemReader;
  /** Most states to enter in one step (default: until nothing can move). */
  maxTransitions?: number;
  /** Takes the place of the context object: when a single state is tested. */
  context?: JsonObject;
  /** Told each intermediate value, under TestState's names: when a single state is tested. */
  inspect?: Inspect;
}
