import { messageOf } from '../errors.js';
import type { JobDescription, JobPlatform } from '../ports/job-platform.js';
import type { QueueMessage, TaskQueue } from '../ports/task-queue.js';
import type { TaskLedger, WaitingTask } from '../ports/task-ledger.js';
import type { TaskTokens } from '../ports/workflow-engine.js';
import type { RunRef } from '../contracts/run-ref.js';
import type { AgentResult } from './agent-result.js';
import { TaskSettler, type WorkerLog } from './settle-task.js';
import { isTaskMessage, runOf, type TaskMessage, wrongFields } from './task-message.js';

/** Runs the agent that a message names; throws DandoriError when the work fails. */
export type RunAgent = (message: TaskMessage, run: RunRef, signal: AbortSignal) => Promise<AgentResult>;

export interface WorkerOptions {
  queue: TaskQueue;
  tokens: TaskTokens;
  ledger: TaskLedger;
  jobs: JobPlatform;
  runAgent: RunAgent;
  log: WorkerLog;
  /** Tasks worked at once; jobs have their own limit. Default 16. */
  concurrency?: number;
  /** How often tasks that wait for a job are looked at and beaten for. Default 90 s, so that of their 300 s three beats fall. */
  beatMs?: number;
  now?: () => Date;
}

/** Longer than any agent works without a job; a message whose worker died comes back after it. */
const visibilityTimeoutMs = 120_000;
const longPollMs = 10_000;
const retryReadMs = 1_000;

function hasEnded(job: JobDescription): boolean {
  return job.status === 'Completed' || job.status === 'Failed' || job.status === 'Stopped';
}

/** The worker loop: takes messages, runs agents, parks what waits, answers tokens. The same loop serves the embedded queue and SQS. */
export class TaskWorker {
  readonly #options: WorkerOptions;
  readonly #settler: TaskSettler;
  readonly #inHand = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #end: () => void = () => undefined;
  #stopWaiting: () => void = () => undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { tokens, ledger, log } = options;
    this.#settler = new TaskSettler({ tokens, ledger, log, now: options.now ?? (() => new Date()) });
  }

  start(): void {
    const { jobs, beatMs } = this.#options;
    const unwatch = jobs.watch((job) => this.#guard('a finished job could not be handed on', () => this.#onJob(job)));
    const tick = () => this.#guard('waiting tasks could not be checked', () => this.#tick());
    const timer = setInterval(tick, beatMs ?? 90_000);
    this.#end = () => {
      clearInterval(timer);
      unwatch();
    };
    tick();
    this.#loop = this.#run();
  }

  /** Takes no more messages and waits for those in hand. */
  async stop(): Promise<void> {
    this.#end();
    this.#stopping.abort();
    this.#stopWaiting();
    await this.#loop;
    await Promise.allSettled(this.#inHand.values());
  }

  /** Ends the run as cancelled: what waits at once, what works at its next step. */
  async cancel(params: { trainingId: string; by: string; reason: string }): Promise<void> {
    const { ledger, jobs } = this.#options;
    await ledger.requestCancel(params);
    for (const task of await ledger.list({ trainingId: params.trainingId })) {
      if (task.waitingFor.kind === 'job') await jobs.stopJob({ jobName: task.waitingFor.jobName });
      if (isTaskMessage(task.body)) await this.#settler.endIfCancelled(task.body);
    }
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #guard(what: string, body: () => Promise<void>): void {
    body().catch((error: unknown) => this.#options.log.error({ error: messageOf(error) }, what));
  }

  async #work(message: TaskMessage): Promise<void> {
    if (await this.#settler.endIfCancelled(message)) return;
    try {
      const result = await this.#options.runAgent(message, runOf(message), this.#stopping.signal);
      if (result.kind === 'done') return await this.#settler.succeed(message, result.output);
      await this.#settler.park(message, result);
      // Cancelled or ended while the agent worked: nobody else would look again, nor stop the job that it started meanwhile.
      const isCancelled = await this.#settler.endIfCancelled(message);
      if (result.kind !== 'wait_for_job') return;
      const { jobs } = this.#options;
      if (isCancelled) await jobs.stopJob({ jobName: result.jobName });
      else if (hasEnded(await jobs.describeJob(result))) this.#redo(message);
    } catch (error) {
      // Stopping is no failure: the queue or the ledger brings the task back after the restart.
      if (!this.#stopped) await this.#settler.fail(message, error);
    }
  }

  /** One task at a time per token: a redelivered message joins the work that is under way. */
  #take(message: TaskMessage, after: () => Promise<void> = async () => undefined): void {
    const key = message.task_token;
    const before = this.#inHand.get(key);
    const running = (before ?? this.#work(message))
      .then(() => (this.#stopped ? undefined : after()))
      .catch((error: unknown) =>
        this.#options.log.error(
          { error: messageOf(error), ...runOf(message) },
          'a task could not be settled; it comes again',
        ),
      )
      .finally(() => {
        if (this.#inHand.get(key) === running) this.#inHand.delete(key);
      });
    this.#inHand.set(key, running);
  }

  /** Works a parked task again, after it has let go of its token; one that was answered meanwhile is parked no more. */
  #redo(message: TaskMessage): void {
    const { task_token: taskToken, training_id: trainingId } = message;
    const current = this.#inHand.get(taskToken) ?? Promise.resolve();
    const again = async () => {
      const parked = await this.#options.ledger.list({ trainingId });
      if (!this.#stopped && parked.some((task) => task.taskToken === taskToken)) this.#take(message);
    };
    void current.finally(() => setImmediate(() => this.#guard('a parked task could not be taken up again', again)));
  }

  async #receive(received: QueueMessage): Promise<void> {
    const { queue, log } = this.#options;
    const { body, messageId, receiptHandle } = received;
    const done = () => queue.delete({ receiptHandle });
    if (isTaskMessage(body)) return this.#take(body, done);
    log.error({ messageId, wrong: wrongFields(body) }, 'a message on the task queue is not ours; removed');
    await done();
  }

  /** Waits no longer than until the stop. A race with one promise of the stop would leave something behind at every wait. */
  #untilStopped(next: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#stopWaiting = () => resolve(undefined);
      if (this.#stopped) resolve(undefined);
      next.then(resolve, reject);
    });
  }

  async #run(): Promise<void> {
    const { queue, log, concurrency = 16 } = this.#options;
    while (!this.#stopped) {
      try {
        const free = concurrency - this.#inHand.size;
        const messages = free <= 0 ? [] : await queue.receive({ maxMessages: Math.min(free, 10), visibilityTimeoutMs });
        for (const message of messages) await this.#receive(message);
        if (messages.length > 0) continue;
        const next = free <= 0 ? Promise.race(this.#inHand.values()) : queue.waitForMessages({ timeoutMs: longPollMs });
        await this.#untilStopped(next);
      } catch (error) {
        log.error({ error: messageOf(error) }, 'the task queue could not be read; trying again');
        await this.#untilStopped(new Promise((resolve) => setTimeout(resolve, retryReadMs)));
      }
    }
  }

  #wake(task: WaitingTask): void {
    if (isTaskMessage(task.body)) this.#redo(task.body);
  }

  async #onJob(job: JobDescription): Promise<void> {
    if (!hasEnded(job)) return;
    for (const task of await this.#options.ledger.list({ jobName: job.jobName })) this.#wake(task);
  }

  /** Beats for waiting jobs that are alive, and finds jobs whose end was not seen because we were not running. */
  async #tick(): Promise<void> {
    const { ledger, jobs, tokens } = this.#options;
    // Not those that wait for a person: they may be many, and nobody beats for them.
    for (const task of await ledger.list({ kind: 'job' })) {
      if (this.#stopped) return;
      if (task.waitingFor.kind !== 'job' || this.#inHand.has(task.taskToken)) continue;
      const job = await jobs.describeJob({ jobName: task.waitingFor.jobName });
      if (hasEnded(job)) this.#wake(task);
      else await tokens.sendTaskHeartbeat({ taskToken: task.taskToken }).catch(() => undefined);
      // Many may be queued: everybody else has a turn in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
