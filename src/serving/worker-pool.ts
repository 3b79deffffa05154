import { DandoriError, messageOf } from '../errors.js';
import type { InvocationRequest, InvocationResponse } from './invocation.js';
import { WorkerGoneError, type ModelWorker } from './model-worker.js';

/** The pool gave its place to another one; the request belongs there. */
export class PoolClosedError extends Error {
  override readonly name = 'PoolClosedError';
}

export interface PoolEvent {
  event: 'worker ready' | 'worker died' | 'worker not started' | 'worker recycled';
  pid?: number;
  reason?: string;
}

export interface PoolOptions {
  start: () => Promise<ModelWorker>;
  size: number;
  /** A request without a ready worker waits this long for one. */
  holdMs?: number;
  /** A worker that does not answer for this long is stuck, and killed. */
  answerTimeoutMs?: number;
  /** Running and waiting requests beyond which new ones are refused. */
  maxRequests?: number;
  /** Resident size at which a worker is replaced: native sessions leak. */
  maxRssBytes?: number;
  /** How long running requests may take to end when a worker is retired. */
  drainMs?: number;
  onEvent?: (event: PoolEvent) => void;
}

const defaults = {
  holdMs: 5_000,
  answerTimeoutMs: 60_000,
  maxRequests: 2_048,
  maxRssBytes: 2 * 1024 ** 3,
  drainMs: 30_000,
  onEvent: () => undefined,
};

const backoffMs = { first: 100, most: 10_000 };
const healthyAfterMs = 60_000;

interface Waiter {
  resolve: (worker: ModelWorker) => void;
  reject: (error: Error) => void;
}

/** The worker processes of one variant: restarted with backoff when they die, replaced when they grow. */
export class WorkerPool {
  readonly #options: Required<PoolOptions>;
  #workers: ModelWorker[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #recycling = new Set<ModelWorker>();
  #isClosed = false;
  #requests = 0;
  #starting = 0;
  #failures = 0;
  #lastFailure: string | null = null;
  #refillTimer: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = { ...defaults, ...options };
  }

  /** Starts all workers; rejects with the reason, leaving none behind, when one does not come up. */
  async open(): Promise<void> {
    const { size, start } = this.#options;
    const started = await Promise.allSettled(Array.from({ length: size }, () => start()));
    const failed = started.find((result) => result.status === 'rejected');
    if (failed !== undefined) this.#isClosed = true;
    for (const result of started) if (result.status === 'fulfilled') this.#admit(result.value);
    if (failed !== undefined) throw failed.reason;
  }

  /** Starts them in the background and keeps trying. */
  openEventually(): void {
    this.#refill();
  }

  workers(): readonly ModelWorker[] {
    return this.#workers;
  }

  /** Why the last start failed; null when the workers are well. */
  lastFailure(): string | null {
    return this.#lastFailure;
  }

  /** Rejects with `PoolClosedError` after `close`, with `unavailable` when no worker came up in time or too many requests are running. */
  async invoke(request: InvocationRequest): Promise<InvocationResponse> {
    if (this.#requests >= this.#options.maxRequests) throw overloaded(this.#requests);
    this.#requests += 1;
    try {
      return await this.#invokeOnce(request).catch((error: unknown) => {
        // Once more on another worker: a request that kills two workers is not tried a third time.
        if (error instanceof WorkerGoneError) return this.#invokeOnce(request);
        throw error;
      });
    } catch (error) {
      throw error instanceof WorkerGoneError ? notReady(error.message) : error;
    } finally {
      this.#requests -= 1;
    }
  }

  /** New requests are turned away with `PoolClosedError`, running ones end, then the processes do. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#refillTimer);
    for (const waiter of this.#waiters) waiter.reject(new PoolClosedError('The pool is closed.'));
    await Promise.all(this.#workers.map((worker) => worker.retire(this.#options.drainMs)));
    this.#workers = [];
  }

  #admit(worker: ModelWorker): void {
    if (this.#isClosed) return void worker.retire(0);
    this.#workers.push(worker);
    this.#lastFailure = null;
    this.#options.onEvent({ event: 'worker ready', pid: worker.pid });
    for (const waiter of this.#waiters) waiter.resolve(worker);
    const readyAt = Date.now();
    void worker.ended.then((reason) => {
      // One that served for a while has earned a restart without delay.
      if (Date.now() - readyAt > healthyAfterMs) this.#failures = 0;
      const isExpected = this.#isClosed || this.#recycling.delete(worker);
      if (!isExpected) this.#options.onEvent({ event: 'worker died', pid: worker.pid, reason });
      this.#drop(worker);
    });
  }

  #drop(worker: ModelWorker): void {
    this.#workers = this.#workers.filter((other) => other !== worker);
    this.#refill();
  }

  #refill(): void {
    const missing = () => this.#options.size - this.#workers.length - this.#starting;
    if (this.#isClosed || this.#refillTimer !== undefined || missing() <= 0) return;
    const delay = this.#failures === 0 ? 0 : Math.min(backoffMs.most, backoffMs.first * 2 ** this.#failures);
    this.#failures += 1;
    this.#refillTimer = setTimeout(() => {
      this.#refillTimer = undefined;
      for (let count = missing(); count > 0; count--) void this.#startOne();
    }, delay);
  }

  async #startOne(): Promise<void> {
    this.#starting += 1;
    try {
      this.#admit(await this.#options.start());
    } catch (error) {
      this.#lastFailure = messageOf(error);
      this.#options.onEvent({ event: 'worker not started', reason: this.#lastFailure });
    } finally {
      this.#starting -= 1;
      this.#refill();
    }
  }

  /** The new one serves before the old one goes. */
  async #recycle(old: ModelWorker): Promise<void> {
    this.#recycling.add(old);
    this.#options.onEvent({ event: 'worker recycled', pid: old.pid, reason: `${old.rssBytes()} bytes resident` });
    await this.#startOne();
    if (this.#workers.length <= this.#options.size) {
      this.#recycling.delete(old);
      return;
    }
    this.#drop(old);
    await old.retire(this.#options.drainMs);
  }

  async #invokeOnce(request: InvocationRequest): Promise<InvocationResponse> {
    if (this.#isClosed) throw new PoolClosedError('The pool is closed.');
    const worker = leastBusy(this.#workers) ?? (await this.#nextWorker());
    if (worker.rssBytes() > this.#options.maxRssBytes && !this.#recycling.has(worker)) void this.#recycle(worker);
    try {
      return await withTimeout(worker, request, this.#options.answerTimeoutMs);
    } catch (error) {
      // Its channel may close before its end is reported.
      if (error instanceof WorkerGoneError) this.#drop(worker);
      throw error;
    }
  }

  async #nextWorker(): Promise<ModelWorker> {
    let waiter: Waiter | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<ModelWorker>((resolve, reject) => {
        waiter = { resolve, reject };
        this.#waiters.add(waiter);
        timer = setTimeout(() => reject(notReady(this.#lastFailure)), this.#options.holdMs);
      });
    } finally {
      clearTimeout(timer);
      if (waiter !== undefined) this.#waiters.delete(waiter);
    }
  }
}

function leastBusy(workers: readonly ModelWorker[]): ModelWorker | undefined {
  if (workers.length <= 1) return workers[0];
  return workers.reduce((best, worker) => (worker.inFlight() < best.inFlight() ? worker : best));
}

async function withTimeout(
  worker: ModelWorker,
  request: InvocationRequest,
  timeoutMs: number,
): Promise<InvocationResponse> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const data = { status: 504 };
      reject(new DandoriError('unavailable', `The model did not answer within ${timeoutMs} ms.`, { data }));
      worker.kill();
    }, timeoutMs);
  });
  try {
    return await Promise.race([worker.invoke(request), late]);
  } finally {
    clearTimeout(timer);
  }
}

function notReady(reason: string | null): DandoriError {
  return new DandoriError('unavailable', 'No model worker is ready.', {
    ...(reason === null ? {} : { found: reason }),
    next: 'try again in a second.',
  });
}

function overloaded(requests: number): DandoriError {
  return new DandoriError('unavailable', 'The endpoint has more requests than it can take.', {
    found: `${requests} requests running or waiting`,
    next: 'try again in a second, with fewer requests at once.',
  });
}
