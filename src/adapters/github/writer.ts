import { codeOf, DandoriError, messageOf } from '../../errors.js';
import type { Clock } from './clock.js';
import { statusOf } from './github-error.js';
import type { Priority, RateLimits } from './rate-limit.js';

export interface WriterLog {
  info(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface WriteParams<T> {
  priority: Priority;
  /** Completes "could not be written to GitHub": for messages. */
  about: string;
  /** After this time the caller is told `unavailable` and the write, unless under way, is given up; null waits for ever. */
  waitMs: number | null;
  /** One content-creating request, at most. `attempt` > 0: an earlier one may have arrived although its answer was lost. */
  write: (attempt: number) => Promise<T>;
}

interface Job {
  priority: Priority;
  about: string;
  giveUpAtMs: number;
  attempt: number;
  write: (attempt: number) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

export interface WriterOptions {
  limits: RateLimits;
  clock: Clock;
  log: WriterLog;
  /** Least time between two writes; GitHub asks for a second. */
  gapMs?: number;
}

const rank: Record<Priority, number> = { result: 0, answer: 1, status: 2 };
const defaultGapMs = 1_000;
const firstBackoffMs = 1_000;
const longestBackoffMs = 60_000;

/** Every write to GitHub, one at a time: within the limits, results first, again after an outage. Nothing here is kept over a restart. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #jobs: Job[] = [];
  #failures = 0;
  #notBeforeMs = 0;
  #wake = new AbortController();
  #isPumping = false;
  #pumping: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Writes that wait. */
  get waiting(): number {
    return this.#jobs.length;
  }

  /** Whether GitHub did not take the last write for reasons of its own. */
  get isPaused(): boolean {
    return this.#failures > 0 || this.#options.limits.pauseMs > 0;
  }

  /** The least time until a write of this priority that is asked for now can be sent. */
  busyMs(priority: Priority): number {
    const { limits, gapMs = defaultGapMs } = this.#options;
    const ahead = this.#jobs.filter((job) => rank[job.priority] <= rank[priority]).length;
    return Math.max(limits.waitMs(priority), ahead * gapMs);
  }

  run<T>({ priority, about, waitMs, write }: WriteParams<T>): Promise<T> {
    if (this.#stopped) return Promise.reject(stopping(about));
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({
        priority,
        about,
        giveUpAtMs: waitMs === null ? Number.POSITIVE_INFINITY : this.#options.clock.nowMs() + waitMs,
        attempt: 0,
        write,
        // The loop gives back what this very `write` answered.
        resolve: (value) => resolve(value as T),
        reject,
      });
      this.#wake.abort();
      if (!this.#isPumping) this.#pumping = this.#pump();
    });
  }

  /** Lets the write under way end; the waiting ones are told `unavailable`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.abort();
    await this.#pumping;
    for (const job of this.#jobs.splice(0)) job.reject(stopping(job.about));
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      // The caller's `run` returns before the first write.
      await Promise.resolve();
      while (!this.#stopped) {
        this.#giveUp();
        const job = this.#first();
        if (job === undefined) return;
        const waitMs = this.#waitMs(job);
        if (waitMs > 0) await this.#sleep(waitMs);
        else await this.#perform(job);
      }
    } finally {
      // At the very moment at which nothing is left: a write that is asked for right after begins anew.
      this.#isPumping = false;
    }
  }

  #first(): Job | undefined {
    return this.#jobs.reduce<Job | undefined>(
      (best, job) => (best === undefined || rank[job.priority] < rank[best.priority] ? job : best),
      undefined,
    );
  }

  #waitMs(job: Job): number {
    const { limits, clock } = this.#options;
    return Math.max(limits.waitMs(job.priority), this.#notBeforeMs - clock.nowMs());
  }

  /** Until then, or until a new job or a given-up one changes what is next. */
  async #sleep(waitMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#wake = new AbortController();
    const nextGiveUpMs = Math.min(...this.#jobs.map((job) => job.giveUpAtMs)) - clock.nowMs();
    await clock.sleep(Math.max(1, Math.min(waitMs, nextGiveUpMs)), this.#wake.signal);
  }

  #giveUp(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const job of this.#jobs.filter((one) => one.giveUpAtMs <= nowMs)) {
      this.#jobs.splice(this.#jobs.indexOf(job), 1);
      const next = 'try again later; see https://www.githubstatus.com.';
      const found = this.isPaused
        ? 'GitHub takes no writes at the moment'
        : `${this.#jobs.length} other writes that wait`;
      job.reject(new DandoriError('unavailable', `GitHub did not take in time: ${job.about}.`, { found, next }));
    }
  }

  async #perform(job: Job): Promise<void> {
    const { limits, clock, gapMs = defaultGapMs } = this.#options;
    const id = limits.begin();
    try {
      const value = await job.write(job.attempt);
      this.#failures = 0;
      this.#done(job);
      job.resolve(value);
    } catch (error) {
      if (codeOf(error) === 'unavailable') this.#later(job, error);
      else {
        this.#done(job);
        job.reject(error);
      }
    } finally {
      limits.end(id);
      this.#notBeforeMs = Math.max(this.#notBeforeMs, clock.nowMs() + gapMs);
    }
  }

  #done(job: Job): void {
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
  }

  #later(job: Job, error: unknown): void {
    const { clock, log } = this.#options;
    job.attempt += 1;
    const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#notBeforeMs = clock.nowMs() + backoffMs;
    log.error(
      { error: messageOf(error), status: statusOf(error), backoff_ms: backoffMs, waiting: this.#jobs.length },
      'GitHub did not take a write; trying again',
    );
  }
}

function stopping(about: string): DandoriError {
  return new DandoriError('unavailable', `It was not written to GitHub: ${about}.`, {
    found: 'Dandori is stopping',
    next: 'start it again.',
  });
}
