import type { MachineDefinition } from '../definition.js';
import { initialState, step } from '../interpreter/step.js';
import type {
  Effect,
  ExecutionEvent,
  ExecutionState,
  HistoryRecord,
  ItemReader,
  StepEnvironment,
} from '../interpreter/types.js';
import { isObject, type JsonObject } from '../json.js';
import type { JsonataEvaluator } from '../languages/language.js';

/** One recorded attempt of a task. */
export interface TaskMock {
  output?: unknown;
  error?: string;
  cause?: string;
  timedOut?: boolean;
  noDetails?: string;
}

/** An execution on a virtual clock: tasks are answered from the mocks, timers go off in order of their time. */
export interface SimulationInput {
  definition: MachineDefinition;
  input: unknown;
  /** By state name, one an attempt. */
  taskMocks?: Record<string, TaskMock[]>;
  readItems?: ItemReader;
  jsonata?: JsonataEvaluator;
  nowMs?: number;
  express?: boolean;
  /** A synchronous Express execution, which has no RedriveCount. */
  synchronous?: boolean;
  /** Stops the execution as soon as it waits. */
  stop?: boolean;
}

/** How a simulated execution ended, and its history. */
export interface SimulationResult {
  status: string;
  output?: unknown;
  error?: string;
  cause?: string;
  events: HistoryRecord[];
}

// A run that goes on after this many turns would never end.
const mostTurns = 100_000;

function answerOf(mock: TaskMock | undefined, token: string): ExecutionEvent | null {
  if (mock === undefined) return { type: 'task_failed', token, error: 'Test.NoMock', cause: 'no recorded attempt' };
  if (mock.timedOut === true) return null;
  if (mock.noDetails !== undefined) return { type: 'task_failed', token, error: null, cause: null };
  if (mock.error !== undefined || mock.cause !== undefined) {
    return { type: 'task_failed', token, error: mock.error ?? null, cause: mock.cause ?? null };
  }
  return { type: 'task_succeeded', token, output: mock.output ?? null };
}

/** The first state of that name, in the machine or in a branch or iteration of it. */
function findState(container: unknown, name: string): JsonObject | null {
  if (!isObject(container) || !isObject(container['States'])) return null;
  const own = container['States'][name];
  if (isObject(own)) return own;
  for (const state of Object.values(container['States']).filter(isObject)) {
    const branches = Array.isArray(state['Branches']) ? state['Branches'] : [];
    for (const inner of [...branches, state['ItemProcessor'], state['Iterator']]) {
      const found = findState(inner, name);
      if (found !== null) return found;
    }
  }
  return null;
}

class Simulation {
  readonly #given: SimulationInput;
  readonly #timers = new Map<string, number>();
  readonly #pending: ExecutionEvent[] = [{ type: 'started' }];
  readonly #attempts = new Map<string, number>();
  readonly result: SimulationResult = { status: 'RUNNING', events: [] };
  #state: ExecutionState;
  #nowMs: number;
  #count = 0;

  constructor(given: SimulationInput) {
    this.#given = given;
    this.#nowMs = given.nowMs ?? Date.UTC(2026, 0, 15, 10, 30);
    const prefix = 'arn:aws:states:us-east-1:111111111111';
    this.#state = initialState(given.definition, {
      executionId:
        given.express === true ? `${prefix}:express:machine:execution:run` : `${prefix}:execution:machine:execution`,
      name: 'execution',
      roleArn: given.express === true ? 'sfn_role_arn' : 'snf_role_arn',
      stateMachineId: `${prefix}:stateMachine:machine`,
      stateMachineName: 'machine',
      input: given.input,
      startedAtMs: this.#nowMs,
      ...(given.synchronous === true ? { redrivable: false } : {}),
    });
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  #environment(): StepEnvironment {
    const { jsonata, readItems } = this.#given;
    return {
      nowMs: this.#nowMs,
      random: () => 0.5,
      uuid: () => `00000000-0000-4000-8000-${String(this.#next()).padStart(12, '0')}`,
      token: () => `token-${this.#next()}`,
      jsonata: jsonata ?? (() => undefined),
      region: 'us-east-1',
      ...(readItems === undefined ? {} : { readItems }),
    };
  }

  #invoke(stateName: string, token: string): void {
    const at = this.#attempts.get(stateName) ?? 0;
    this.#attempts.set(stateName, at + 1);
    const answer = answerOf(this.#given.taskMocks?.[stateName]?.[at], token);
    if (answer !== null) {
      this.#pending.push(answer);
      return;
    }
    // A task without a time-out of its own was timed out by its service.
    const fields = Object.keys(findState(this.#given.definition, stateName) ?? {});
    const timed = fields.some((field) => field.startsWith('TimeoutSeconds') || field.startsWith('Heartbeat'));
    if (!timed) this.#pending.push({ type: 'task_timed_out', token });
  }

  #apply(effect: Effect): void {
    if (effect.kind === 'history') this.result.events.push(effect.record);
    else if (effect.kind === 'set_timer') this.#timers.set(effect.id, effect.dueAtMs);
    else if (effect.kind === 'cancel_timer') this.#timers.delete(effect.id);
    else if (effect.kind === 'invoke') this.#invoke(effect.stateName, effect.token);
    else if (effect.kind === 'ended') {
      const { kind: _kind, ...ended } = effect;
      Object.assign(this.result, ended);
    }
  }

  #nextEvent(): ExecutionEvent | null {
    const waiting = this.#pending.shift();
    if (waiting !== undefined) return waiting;
    if (this.#given.stop === true) return { type: 'stop' };
    const [timer] = [...this.#timers].sort((a, b) => a[1] - b[1]);
    if (timer === undefined) return null;
    const [id, dueAtMs] = timer;
    this.#timers.delete(id);
    this.#nowMs = Math.max(this.#nowMs, dueAtMs);
    return { type: 'timer', id };
  }

  run(): SimulationResult {
    for (let turns = 0; turns < mostTurns && this.#state.status === 'RUNNING'; turns += 1) {
      const event = this.#nextEvent();
      if (event === null) break;
      const { state, effects } = step(this.#given.definition, this.#state, event, this.#environment());
      // The state must survive a round trip through JSON: that is what the database keeps.
      this.#state = JSON.parse(JSON.stringify(state)) as ExecutionState;
      for (const effect of effects) this.#apply(effect);
    }
    return this.result;
  }
}

/** Runs an execution to its end. */
export function simulate(given: SimulationInput): SimulationResult {
  return new Simulation(given).run();
}
