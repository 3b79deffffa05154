import { stateIn, languageOf, type MachineDefinition, type StateDefinition } from '../definition.js';
import type { Failure } from '../failure.js';
import { abortBelow, failState, guard } from '../interpreter/flow.js';
import { handlers, initialState, step } from '../interpreter/step.js';
import { tolerates } from '../interpreter/states/map.js';
import { threadOf, type Turn } from '../interpreter/turn.js';
import type { Effect, ExecutionEvent, ExecutionState, StepEnvironment, Thread } from '../interpreter/types.js';
import { isObject, type JsonObject } from '../json.js';
import type { JsonataEvaluator } from '../languages/language.js';

/** One state, what it is given, and how the work that it would order is answered: TestState's request. */
export interface StateTest {
  /** A state, or a machine when `stateName` says which of its states. */
  definition: unknown;
  stateName?: string;
  input?: unknown;
  context?: JsonObject;
  variables?: JsonObject;
  roleArn?: string;
  mock?: { result: unknown } | { error: string; cause: string };
  /** Attempts that the retriers have used. */
  retrierRetryCount?: number;
  mapIterationFailureCount?: number;
  mapItemReaderData?: unknown;
  jsonata?: JsonataEvaluator;
}

/** TestState's answer; the values are plain JSON, not texts of it. */
export interface StateTestResult {
  status: 'SUCCEEDED' | 'FAILED' | 'RETRIABLE' | 'CAUGHT_ERROR' | 'RUNNING';
  output?: unknown;
  error?: string | undefined;
  cause?: string | undefined;
  nextState?: string;
  inspectionData: JsonObject;
}

const nowMs = Date.UTC(2026, 0, 15, 10, 30);
// AWS calls the state so in the context object, even where the request names it.
const testedState = 'StateName';
const frame = /^An error occurred while executing the state '.*?' \(entered at the event id #\d+\)\. /;

/** The container that holds the state, searched through branches and iterations, with the outer query language. */
function containerOf(container: MachineDefinition, name: string): MachineDefinition | null {
  if (Object.hasOwn(container.States, name)) return container;
  for (const state of Object.values(container.States)) {
    for (const inner of [...(state.Branches ?? []), state.ItemProcessor, state.Iterator]) {
      if (inner === undefined) continue;
      const { QueryLanguage } = container;
      const found = containerOf({ ...(QueryLanguage === undefined ? {} : { QueryLanguage }), ...inner }, name);
      if (found !== null) return found;
    }
  }
  return null;
}

function machineOf(test: StateTest): MachineDefinition {
  const { definition, stateName } = test;
  if (stateName === undefined) {
    return { StartAt: testedState, States: { [testedState]: definition as StateDefinition } };
  }
  const container = containerOf(definition as MachineDefinition, stateName);
  if (container === null) throw new Error(`The definition has no state "${stateName}".`);
  return { ...container, StartAt: testedState, States: { [testedState]: stateIn(container, stateName) } };
}

// What AWS shows of each type, as recorded; `input` and, where there are any, `variables` always are.
const results = ['afterResultSelector', 'afterResultPath'];
const limits = ['maxConcurrency', 'toleratedFailureCount', 'toleratedFailurePercentage'];

function shownNames(machine: MachineDefinition, state: StateDefinition): string[] {
  const jsonata = languageOf(machine, state) === 'JSONata';
  if (state.Type === 'Map') return [...limits, ...(jsonata ? [] : ['afterInputPath', 'afterItemsPath', ...results])];
  if (state.Type === 'Task') {
    return ['result', ...(jsonata ? ['afterArguments'] : ['afterInputPath', 'afterParameters', ...results])];
  }
  if (jsonata) return [];
  if (state.Type === 'Parallel') return results;
  if (state.Type !== 'Pass') return ['afterInputPath'];
  return Object.hasOwn(state, 'Result') ? ['result', ...results] : ['afterInputPath', 'afterParameters', ...results];
}

class StateTester {
  readonly #test: StateTest;
  readonly #machine: MachineDefinition;
  readonly #definition: StateDefinition;
  readonly #seen: JsonObject = {};
  readonly #env: StepEnvironment;
  readonly #effects: Effect[] = [];
  #state: ExecutionState;

  constructor(test: StateTest) {
    this.#test = test;
    this.#machine = machineOf(test);
    this.#definition = stateIn(this.#machine, this.#machine.StartAt);
    this.#state = initialState(this.#machine, {
      executionId: 'arn:aws:states:us-east-1:111111111111:express:machine:execution',
      name: 'execution',
      input: test.input ?? {},
      roleArn: test.roleArn ?? null,
      stateMachineId: 'arn:aws:states:us-east-1:111111111111:stateMachine:machine',
      stateMachineName: 'machine',
      startedAtMs: nowMs,
      redrivable: false,
    });
    this.#env = {
      nowMs,
      random: () => 0.5,
      uuid: () => '00000000-0000-4000-8000-000000000000',
      token: () => 'token',
      region: 'us-east-1',
      jsonata: test.jsonata ?? (() => undefined),
      readItems: () => (Array.isArray(test.mapItemReaderData) ? test.mapItemReaderData : []),
      ...(test.context === undefined ? {} : { context: test.context }),
      inspect: (name, value) => {
        this.#seen[name] = value;
      },
    };
  }

  #main(): Thread {
    return threadOf(this.#turn(), '0');
  }

  #turn(): Turn {
    return { machine: this.#machine, state: this.#state, env: this.#env, effects: this.#effects, handlers };
  }

  #step(event: ExecutionEvent, maxTransitions: number): void {
    const { state, effects } = step(this.#machine, this.#state, event, { ...this.#env, maxTransitions });
    this.#state = state;
    this.#effects.push(...effects);
  }

  /** Answers a task or lets a wait end; a Parallel or Map gets its result without a run of what is inside. */
  #answer(): void {
    const main = this.#main();
    const { mock } = this.#test;
    main.retries = this.#definition.Retry?.map(() => this.#test.retrierRetryCount ?? 0) ?? [];
    if (main.phase === 'waiting') this.#step({ type: 'timer', id: '0:wait' }, 0);
    if (mock === undefined) return;
    if (main.phase === 'children') this.#answerChildren(main, mock);
    const token = main.task?.token;
    if (main.phase !== 'task' || token === undefined) return;
    this.#step(
      'result' in mock
        ? { type: 'task_succeeded', token, output: mock.result }
        : { type: 'task_failed', token, error: mock.error, cause: mock.cause },
      0,
    );
  }

  #answerChildren(main: Thread, mock: NonNullable<StateTest['mock']>): void {
    const { children } = main;
    const turn = this.#turn();
    if (children === undefined) return;
    children.failed = this.#test.mapIterationFailureCount ?? 0;
    const limited = children.toleratedCount > 0 || children.toleratedPercentage > 0;
    let failure: Failure | null = 'error' in mock ? { error: mock.error, cause: mock.cause } : null;
    if (failure === null && limited && children.failed > 0 && !tolerates(children)) {
      const cause = 'The specified tolerated failure threshold was exceeded';
      failure = { error: 'States.ExceedToleratedFailureThreshold', cause };
    }
    if (failure !== null) {
      abortBelow(turn, main);
      failState(turn, main, failure, `${this.#definition.Type}StateFailed`);
    } else this.#complete(turn, main, 'result' in mock ? mock.result : null);
  }

  #complete(turn: Turn, main: Thread, result: unknown): void {
    const { children } = main;
    const [first] = children?.running ?? [];
    if (children === undefined || first === undefined || !Array.isArray(result) || result.length === 0) return;
    const last = { ...threadOf(turn, first), index: result.length - 1 };
    children.results = [...(result as unknown[])];
    children.running = [first];
    children.nextIndex = children.total;
    guard(turn, main, () => {
      handlers[this.#definition.Type].childSucceeded?.(turn, main, this.#definition, last, result.at(-1));
    });
  }

  #inspection(): JsonObject {
    const { variables } = this.#test;
    const shown: JsonObject = { input: this.#test.input ?? {} };
    if (isObject(variables) && Object.keys(variables).length > 0) shown['variables'] = variables;
    for (const name of shownNames(this.#machine, this.#definition)) {
      if (Object.hasOwn(this.#seen, name)) shown[name] = this.#seen[name];
    }
    const details = this.#seen['errorDetails'];
    if (isObject(details)) shown['errorDetails'] = details;
    return shown;
  }

  /** The failure as TestState words it: without the frame that names state and event. */
  #failure(): { error?: string; cause?: string } {
    const failure = this.#seen['failure'];
    if (!isObject(failure)) return {};
    const { error, cause } = failure;
    return {
      ...(typeof error === 'string' ? { error } : {}),
      ...(typeof cause === 'string' ? { cause: cause.replace(frame, '') } : {}),
    };
  }

  run(): StateTestResult {
    Object.assign(this.#main().variables, this.#test.variables);
    this.#step({ type: 'started' }, 1);
    this.#answer();
    const inspectionData = this.#inspection();
    const main = this.#main();
    const failure = this.#failure();
    const ended = this.#effects.find((effect) => effect.kind === 'ended');
    if (ended?.status === 'SUCCEEDED') return { status: 'SUCCEEDED', output: ended.output, inspectionData };
    if (ended !== undefined) {
      const { error, cause } = ended;
      return { status: 'FAILED', ...(error === undefined ? {} : { error, cause }), ...failure, inspectionData };
    }
    if (main.phase === 'retrying') return { status: 'RETRIABLE', ...failure, inspectionData };
    if (main.phase !== 'ready') return { status: 'RUNNING', inspectionData };
    const status = Object.keys(failure).length > 0 ? 'CAUGHT_ERROR' : 'SUCCEEDED';
    return { status, ...failure, output: main.input, nextState: main.stateName, inspectionData };
  }
}

/** Runs one state as AWS's TestState does: without a run of the tasks, branches or iterations that it would start. */
export function testState(test: StateTest): StateTestResult {
  return new StateTester(test).run();
}
