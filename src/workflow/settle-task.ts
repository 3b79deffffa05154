import { codeOf, DandoriError, type ErrorCode } from '../errors.js';
import type { TaskLedger } from '../ports/task-ledger.js';
import type { TaskTokens } from '../ports/workflow-engine.js';
import type { AgentResult } from './agent-result.js';
import { cancelCause } from './cancel-cause.js';
import { isCancellable, taskFailure } from './task-errors.js';
import { languageOf, runOf, type TaskMessage } from './task-message.js';

export interface WorkerLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Agent outputs carry keys and numbers, not data: Step Functions stops at 256 KiB in all. */
const outputLimitBytes = 16 * 1024;

const mendedByPeople: ReadonlySet<ErrorCode> = new Set(['unusable_data', 'limit_exceeded', 'job_failed', 'cancelled']);

/** Answers tokens and keeps the ledger of those that wait. */
export class TaskSettler {
  readonly #tokens: TaskTokens;
  readonly #ledger: TaskLedger;
  readonly #log: WorkerLog;
  readonly #now: () => Date;

  constructor(parts: { tokens: TaskTokens; ledger: TaskLedger; log: WorkerLog; now: () => Date }) {
    this.#tokens = parts.tokens;
    this.#ledger = parts.ledger;
    this.#log = parts.log;
    this.#now = parts.now;
  }

  /** One that was answered or timed out meanwhile is no failure of ours. */
  async #answer(token: string, send: () => Promise<void>): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (!(error instanceof DandoriError) || error.code !== 'wrong_state') throw error;
      this.#log.info({ error: error.message }, 'the token had been answered before');
    }
    await this.#ledger.remove({ taskToken: token });
  }

  async fail(message: TaskMessage, error: unknown): Promise<void> {
    const failure = taskFailure(error, languageOf(message));
    const taskToken = message.task_token;
    // What people mend is told on their issue; on standard error it would only stand among what `submit --wait` shows.
    const level = mendedByPeople.has(codeOf(error)) ? 'info' : 'error';
    // The log is for whoever runs the server, the cause for whoever asked for the run.
    this.#log[level]({ ...runOf(message), ...taskFailure(error, 'en') }, 'a task failed');
    await this.#answer(taskToken, () => this.#tokens.sendTaskFailure({ taskToken, ...failure }));
  }

  async succeed(message: TaskMessage, output: Record<string, unknown>): Promise<void> {
    const bytes = Buffer.byteLength(JSON.stringify(output));
    if (bytes > outputLimitBytes) {
      throw new DandoriError(
        'limit_exceeded',
        `The agent of ${message.state} answered too much for ${message.training_id}.`,
        {
          found: `${bytes} bytes`,
          allowed: `${outputLimitBytes} bytes; data belongs into the object store`,
        },
      );
    }
    const taskToken = message.task_token;
    await this.#answer(taskToken, () => this.#tokens.sendTaskSuccess({ taskToken, output }));
  }

  /** The message leaves the queue; the ledger brings the task back when its job ends or its person answers. */
  async park(message: TaskMessage, result: Exclude<AgentResult, { kind: 'done' }>): Promise<void> {
    await this.#ledger.put({
      taskToken: message.task_token,
      trainingId: message.training_id,
      state: message.state,
      body: message,
      waitingFor:
        result.kind === 'wait_for_job'
          ? { kind: 'job', jobName: result.jobName }
          : { kind: 'person', question: result.question },
      since: this.#now().toISOString(),
    });
  }

  /** Ends the task when its run was cancelled; answers whether it did. */
  async endIfCancelled(message: TaskMessage): Promise<boolean> {
    if (!isCancellable(message.state)) return false;
    const request = await this.#ledger.cancelRequest({ trainingId: message.training_id });
    if (request === null) return false;
    // Who cancelled is read from it again wherever it is shown.
    const cause = cancelCause(request);
    await this.fail(message, new DandoriError('cancelled', cause, { ja: cause }));
    return true;
  }
}
