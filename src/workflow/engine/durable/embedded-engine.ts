import type { Database } from '../../../db.js';
import { DandoriError } from '../../../errors.js';
import type { QueueMessage, TaskQueue } from '../../../ports/task-queue.js';
import type {
  ExecutionDescription,
  ExecutionStatus,
  HistoryEvent,
  TaskTokens,
  WorkflowEngine,
} from '../../../ports/workflow-engine.js';
import type { MachineDefinition } from '../definition.js';
import { initialState } from '../interpreter/step.js';
import type { ExecutionEvent, ExecutionState } from '../interpreter/types.js';
import { jsonEqual } from '../json.js';
import type { JsonataEvaluator } from '../languages/language.js';
import { validateDefinition } from '../validate/definition.js';
import { historyLimit } from '../interpreter/turn.js';
import {
  checkExecutionName,
  checkPayload,
  historyFull,
  invalidToken,
  noExecution,
  otherInput,
  taskOver,
} from './answers.js';
import { systemClock, type EngineClock, type EngineRandom } from './clock.js';
import { TaskQueueTable } from './queue.js';
import { Runner, systemRandom } from './runner.js';
import { engineSchema } from './schema.js';
import { SharedCommit } from './shared-commit.js';
import { ExecutionStore } from './store.js';

/** The token integration that the embedded engine runs: a message to the task queue. */
export const tokenTaskResource = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';

/** Parts and settings of an embedded engine. */
export interface EmbeddedEngineOptions {
  db: Database;
  /** The state machine, with `${TaskQueueUrl}` already substituted. New executions run it; older ones keep theirs. */
  definition: unknown;
  stateMachineName: string;
  clock?: EngineClock;
  random?: EngineRandom;
  /** Told after a commit that messages may be waiting. */
  onMessage?: () => void;
  /** Told after a commit which executions it moved. */
  onChange?: (names: ReadonlySet<string>) => void;
  /** Told of errors that no caller can be given (a timer that could not be worked off); the engine tries again. */
  onError?: (error: unknown) => void;
  /** `evaluateJsonata`; without it a definition in JSONata is refused. */
  jsonata?: JsonataEvaluator;
  /** After a start no heartbeat is missed before this time: nobody could beat while no engine ran. Default 0. */
  silenceAfterStartMs?: number;
}

/** The durable interpreter of Amazon States Language on SQLite, with its task tokens and its task queue. */
export interface EmbeddedEngine extends WorkflowEngine, TaskTokens, TaskQueue {
  /** Arms the timers; what became due meanwhile goes off. */
  start(): void;
  /** Stops the timers and the long polls; nothing is lost. */
  close(): void;
  /** When the next timer is due, in milliseconds since 1970; null when none waits. */
  nextWakeup(): number | null;
}

type RedriveEvent = Extract<ExecutionEvent, { type: 'redrive' }>;

function noJsonata(): never {
  throw new DandoriError('not_yet', 'This engine was made without JSONata.');
}

class Engine implements EmbeddedEngine {
  readonly #db: Database;
  readonly #store: ExecutionStore;
  readonly #commits: SharedCommit;
  readonly #queue: TaskQueueTable;
  readonly #clock: EngineClock;
  readonly #runner: Runner;
  readonly #stateMachineName: string;
  readonly #silenceAfterStartMs: number;
  readonly #machine: MachineDefinition;
  readonly #hash: string;

  constructor(options: EmbeddedEngineOptions) {
    const { db, clock = systemClock, random = systemRandom } = options;
    this.#db = db;
    this.#clock = clock;
    this.#stateMachineName = options.stateMachineName;
    this.#silenceAfterStartMs = options.silenceAfterStartMs ?? 0;
    this.#machine = validateDefinition(options.definition, {
      resources: [tokenTaskResource],
      jsonata: options.jsonata !== undefined,
      outsideItems: false,
    });
    db.migrate('workflow_engine', engineSchema);
    this.#store = new ExecutionStore(db);
    this.#commits = new SharedCommit(db);
    this.#queue = new TaskQueueTable({ db, clock, newId: () => this.#runner.id(16) });
    this.#runner = new Runner({
      db,
      store: this.#store,
      queue: this.#queue,
      clock,
      random,
      jsonata: options.jsonata ?? noJsonata,
      onMessage: options.onMessage ?? (() => undefined),
      onChange: options.onChange ?? (() => undefined),
      onError: options.onError ?? (() => undefined),
    });
    this.#hash = this.#store.saveDefinition(this.#machine);
  }

  start(): void {
    if (this.#silenceAfterStartMs > 0) this.#store.putOffHeartbeats(this.#clock.now() + this.#silenceAfterStartMs);
    this.#runner.start();
  }

  close(): void {
    this.#commits.flush();
    this.#runner.close();
    this.#queue.close();
  }

  nextWakeup(): number | null {
    return this.#store.nextTimer()?.dueAtMs ?? null;
  }

  #describe(name: string): ExecutionDescription {
    const found = this.#store.describe(name);
    if (found === null) throw noExecution(name);
    return found;
  }

  async startExecution(params: { name: string; input: unknown }): Promise<ExecutionDescription> {
    const { name } = params;
    const input = params.input === undefined ? {} : params.input;
    checkExecutionName(name);
    checkPayload(`The input of execution ${name}`, input);
    return this.#commits.run(() => {
      const known = this.#store.describe(name);
      if (known !== null && jsonEqual(known.input, input)) return known;
      if (known !== null) throw otherInput(name, known.input);
      const state = this.#newExecution(name, input);
      this.#store.insert(this.#hash, state);
      this.#runner.commit(this.#machine, state, { type: 'started' });
      return this.#describe(name);
    });
  }

  #newExecution(name: string, input: unknown): ExecutionState {
    const prefix = 'arn:aws:states:local:000000000000';
    return initialState(this.#machine, {
      executionId: `${prefix}:execution:${this.#stateMachineName}:${name}`,
      name,
      input,
      roleArn: 'arn:aws:iam::000000000000:role/dandori',
      stateMachineId: `${prefix}:stateMachine:${this.#stateMachineName}`,
      stateMachineName: this.#stateMachineName,
      startedAtMs: this.#clock.now(),
    });
  }

  async describeExecution(params: { name: string }): Promise<ExecutionDescription> {
    return this.#describe(params.name);
  }

  async listExecutions(params: { status?: ExecutionStatus; limit?: number }): Promise<ExecutionDescription[]> {
    return this.#store.list(params.status, params.limit ?? 100);
  }

  async getExecutionHistory(params: { name: string }): Promise<HistoryEvent[]> {
    this.#describe(params.name);
    return this.#store.history(params.name);
  }

  async stopExecution(params: { name: string; error?: string; cause?: string }): Promise<void> {
    const { name, error, cause } = params;
    const reason = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    this.#runner.transition(name, { type: 'stop', ...reason });
  }

  async redriveExecution(params: { name: string; fromState?: string; input?: unknown }): Promise<ExecutionDescription> {
    const { name, fromState, input } = params;
    checkPayload(`The input of the re-run of ${name}`, input ?? null);
    this.#db.transaction(() => {
      const stored = this.#store.load(name);
      if (stored === null) throw noExecution(name);
      const event = this.#redriveEvent(stored.machine, stored.state, fromState);
      this.#runner.commit(stored.machine, stored.state, { ...event, ...(input === undefined ? {} : { input }) });
    });
    return this.#describe(name);
  }

  #redriveEvent(machine: MachineDefinition, state: ExecutionState, fromState: string | undefined): RedriveEvent {
    const { name } = state.execution;
    if (state.status === 'RUNNING' || (state.status === 'SUCCEEDED' && fromState === undefined)) {
      throw new DandoriError('wrong_state', `The execution ${name} cannot be run again.`, {
        found: state.status,
        allowed: 'FAILED, TIMED_OUT or ABORTED; SUCCEEDED only with the state to start from',
        next: state.status === 'RUNNING' ? 'wait for its end or cancel it first.' : 'name a state.',
        data: { name: 'ExecutionNotRedrivable' },
      });
    }
    if (state.lastEventId >= historyLimit) throw historyFull(name, state.lastEventId);
    const stateName = fromState ?? state.threads['0']?.stateName ?? machine.StartAt;
    const entries = this.#store.entries(name);
    const entry = Object.hasOwn(machine.States, stateName) ? entries.get(stateName) : undefined;
    if (entry === undefined) {
      throw new DandoriError('wrong_state', `The execution ${name} cannot be run again from the state ${stateName}.`, {
        found: 'a state that it never entered',
        allowed: Object.keys(machine.States)
          .filter((one) => entries.has(one))
          .join(', '),
      });
    }
    return { type: 'redrive', stateName, ...entry };
  }

  #answer(taskToken: string, event: ExecutionEvent): Promise<void> {
    return this.#commits.run(() => {
      const token = this.#store.token(taskToken);
      if (token === null) throw invalidToken();
      if (token.status !== 'open') throw taskOver(token.execution, token.status);
      this.#runner.commit(token.stored.machine, token.stored.state, event);
    });
  }

  async sendTaskSuccess(params: { taskToken: string; output: unknown }): Promise<void> {
    const output = params.output === undefined ? null : params.output;
    checkPayload('The output of the task', output);
    await this.#answer(params.taskToken, { type: 'task_succeeded', token: params.taskToken, output });
  }

  async sendTaskFailure(params: { taskToken: string; error: string; cause: string }): Promise<void> {
    // Step Functions' own limits on both texts.
    const error = params.error.slice(0, 256);
    const cause = params.cause.slice(0, 32_768);
    await this.#answer(params.taskToken, { type: 'task_failed', token: params.taskToken, error, cause });
  }

  async sendTaskHeartbeat(params: { taskToken: string }): Promise<void> {
    await this.#answer(params.taskToken, { type: 'task_heartbeat', token: params.taskToken });
  }

  receive(params: { maxMessages: number; visibilityTimeoutMs: number }): Promise<QueueMessage[]> {
    return this.#queue.receive(params);
  }

  delete(params: { receiptHandle: string }): Promise<void> {
    return this.#queue.delete(params);
  }

  changeVisibility(params: { receiptHandle: string; timeoutMs: number }): Promise<void> {
    return this.#queue.changeVisibility(params);
  }

  waitForMessages(params: { timeoutMs: number }): Promise<void> {
    return this.#queue.waitForMessages(params);
  }
}

/** Makes the durable engine on a database; `invalid_request` with the list of problems for a definition that is not valid. */
export function createEmbeddedEngine(options: EmbeddedEngineOptions): EmbeddedEngine {
  return new Engine(options);
}
