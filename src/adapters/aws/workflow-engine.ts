import {
  DescribeExecutionCommand,
  type ExecutionListItem,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DandoriError } from '../../errors.js';
import type {
  ExecutionDescription,
  ExecutionStatus,
  HistoryEvent,
  TaskTokens,
  WorkflowEngine,
} from '../../ports/workflow-engine.js';
import {
  checkExecutionName,
  checkPayload,
  invalidToken,
  noExecution,
  otherInput,
} from '../../workflow/engine/durable/answers.js';
import { jsonEqual, toJson } from '../../workflow/engine/json.js';
import { awsErrorName, fromAws } from './aws-error.js';
import { fromSfnEvent, lastEntered } from './history-events.js';

/** Step Functions answers at most this many executions or events a page. */
const largestPage = 1000;
/** Enough to find the last state entered: a state of ours writes at most eight events before the next one. */
const shortPage = 25;
/** Executions of a list that are described at once; the API allows some ten calls a second. */
const describedAtOnce = 4;
const errorLimit = 256;
const causeLimit = 32_768;

function notRedrivable(name: string, cause: unknown): DandoriError {
  return new DandoriError('wrong_state', `The execution ${name} cannot be run again.`, {
    found: cause instanceof Error ? cause.message : String(cause),
    allowed: 'FAILED, TIMED_OUT or ABORTED within the last 14 days',
    next: 'start a new one with the same input.',
    data: { name: 'ExecutionNotRedrivable' },
    cause,
  });
}

function noStateChoice(name: string, fromState: string): DandoriError {
  return new DandoriError('not_allowed', `The execution ${name} cannot be run again from a chosen state.`, {
    found: `the state ${fromState}`,
    allowed: 'no state: Step Functions goes on where the execution failed',
    next: 'leave the state out, or start a new execution.',
  });
}

function taskGone(reason: string, cause: unknown): DandoriError {
  return new DandoriError('wrong_state', 'The task of this token is over.', {
    found: reason,
    allowed: 'one answer while the task is open',
    next: 'drop the result; nothing was changed.',
    data: { name: 'TaskTimedOut' },
    cause,
  });
}

class StepFunctionsEngine implements WorkflowEngine, TaskTokens {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor(options: { client: SFNClient; stateMachineArn: string }) {
    this.#client = options.client;
    this.#stateMachineArn = options.stateMachineArn;
  }

  #arnOf(name: string): string {
    return `${this.#stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }

  /** A call about one execution. */
  async #about<T>(name: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof DandoriError) throw error;
      const refused = awsErrorName(error);
      if (refused === 'ExecutionDoesNotExist') throw noExecution(name);
      if (refused === 'ExecutionNotRedrivable') throw notRedrivable(name, error);
      throw fromAws(`A call of Step Functions for the execution ${name} failed.`, error);
    }
  }

  async startExecution(params: { name: string; input: unknown }): Promise<ExecutionDescription> {
    const { name } = params;
    const input = params.input === undefined ? {} : params.input;
    checkExecutionName(name);
    checkPayload(`The input of execution ${name}`, input);
    const command = new StartExecutionCommand({ stateMachineArn: this.#stateMachineArn, name, input: toJson(input) });
    await this.#about(name, async () => {
      try {
        await this.#client.send(command);
      } catch (error) {
        // Said of an execution that ended as well, and of the same input in another order of members.
        if (awsErrorName(error) !== 'ExecutionAlreadyExists') throw error;
        const known = await this.describeExecution({ name });
        if (!jsonEqual(known.input, input)) throw otherInput(name, known.input);
      }
    });
    return this.describeExecution({ name });
  }

  async describeExecution(params: { name: string }): Promise<ExecutionDescription> {
    const { name } = params;
    const command = new DescribeExecutionCommand({ executionArn: this.#arnOf(name) });
    const found = await this.#about(name, () => this.#client.send(command));
    return {
      name,
      // PENDING_REDRIVE is for the child executions of a Distributed Map.
      status: found.status === undefined || found.status === 'PENDING_REDRIVE' ? 'RUNNING' : found.status,
      currentState: await this.#about(name, () => this.#currentState(name)),
      input: JSON.parse(found.input ?? 'null') as unknown,
      ...(found.output === undefined ? {} : { output: JSON.parse(found.output) as unknown }),
      ...(found.error === undefined ? {} : { error: found.error }),
      ...(found.cause === undefined ? {} : { cause: found.cause }),
      startedAt: found.startDate?.toISOString() ?? '',
      stoppedAt: found.stopDate?.toISOString() ?? null,
      redriveCount: found.redriveCount ?? 0,
    };
  }

  async #currentState(name: string): Promise<string | null> {
    const query = { executionArn: this.#arnOf(name), reverseOrder: true, includeExecutionData: false };
    for await (const page of paginateGetExecutionHistory({ client: this.#client, pageSize: shortPage }, query)) {
      const state = lastEntered(page.events ?? []);
      if (state !== null) return state;
    }
    return null;
  }

  async #listed(status: ExecutionStatus | undefined, limit: number): Promise<ExecutionListItem[]> {
    const items: ExecutionListItem[] = [];
    let nextToken: string | undefined;
    do {
      const command = new ListExecutionsCommand({
        stateMachineArn: this.#stateMachineArn,
        maxResults: Math.min(limit - items.length, largestPage),
        ...(status === undefined ? {} : { statusFilter: status }),
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      const page = await this.#client.send(command);
      items.push(...(page.executions ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined && items.length < limit);
    return items.slice(0, limit);
  }

  async listExecutions(params: { status?: ExecutionStatus; limit?: number }): Promise<ExecutionDescription[]> {
    let items: ExecutionListItem[];
    try {
      items = await this.#listed(params.status, params.limit ?? 100);
    } catch (error) {
      throw fromAws(`Listing the executions of ${this.#stateMachineArn} failed.`, error);
    }
    const described: ExecutionDescription[] = [];
    for (let at = 0; at < items.length; at += describedAtOnce) {
      const some = items.slice(at, at + describedAtOnce).map((item) => item.name ?? '');
      described.push(...(await Promise.all(some.map((name) => this.describeExecution({ name })))));
    }
    return described;
  }

  async getExecutionHistory(params: { name: string }): Promise<HistoryEvent[]> {
    const query = { executionArn: this.#arnOf(params.name), includeExecutionData: true };
    return this.#about(params.name, async () => {
      const events: HistoryEvent[] = [];
      for await (const page of paginateGetExecutionHistory({ client: this.#client, pageSize: largestPage }, query)) {
        events.push(...(page.events ?? []).map(fromSfnEvent));
      }
      return events;
    });
  }

  async stopExecution(params: { name: string; error?: string; cause?: string }): Promise<void> {
    const { name, error, cause } = params;
    const command = new StopExecutionCommand({
      executionArn: this.#arnOf(name),
      ...(error === undefined ? {} : { error: error.slice(0, errorLimit) }),
      ...(cause === undefined ? {} : { cause: cause.slice(0, causeLimit) }),
    });
    await this.#about(name, () => this.#client.send(command));
  }

  async redriveExecution(params: { name: string; fromState?: string }): Promise<ExecutionDescription> {
    const { name, fromState } = params;
    if (fromState !== undefined) throw noStateChoice(name, fromState);
    const command = new RedriveExecutionCommand({ executionArn: this.#arnOf(name) });
    await this.#about(name, () => this.#client.send(command));
    return this.describeExecution({ name });
  }

  async #answer(call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      const refused = awsErrorName(error);
      if (refused === 'InvalidToken') throw invalidToken();
      if (refused === 'TaskTimedOut' || refused === 'TaskDoesNotExist') throw taskGone(refused, error);
      throw fromAws('Answering a task token failed.', error);
    }
  }

  async sendTaskSuccess(params: { taskToken: string; output: unknown }): Promise<void> {
    const output = params.output === undefined ? null : params.output;
    checkPayload('The output of the task', output);
    const command = new SendTaskSuccessCommand({ taskToken: params.taskToken, output: toJson(output) });
    await this.#answer(() => this.#client.send(command));
  }

  async sendTaskFailure(params: { taskToken: string; error: string; cause: string }): Promise<void> {
    const command = new SendTaskFailureCommand({
      taskToken: params.taskToken,
      error: params.error.slice(0, errorLimit),
      cause: params.cause.slice(0, causeLimit),
    });
    await this.#answer(() => this.#client.send(command));
  }

  async sendTaskHeartbeat(params: { taskToken: string }): Promise<void> {
    await this.#answer(() => this.#client.send(new SendTaskHeartbeatCommand(params)));
  }
}

/** The workflow engine and its task tokens on a Standard state machine of Step Functions. */
export function createStepFunctionsEngine(options: {
  client: SFNClient;
  stateMachineArn: string;
}): WorkflowEngine & TaskTokens {
  return new StepFunctionsEngine(options);
}
