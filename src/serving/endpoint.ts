import type { ModelSignature } from '../contracts/training.js';
import { DandoriError } from '../errors.js';
import type { EndpointState, RouterVariant } from './control-contract.js';
import type { InvocationRequest, InvocationResponse } from './invocation.js';
import { MetricsWindow } from './metrics-window.js';
import type { ModelWorker } from './model-worker.js';
import { PoolClosedError, WorkerPool, type PoolEvent } from './worker-pool.js';

export type EndpointPhase = 'Creating' | 'Updating' | 'InService';

export interface EndpointDeps {
  startWorker: (variant: RouterVariant) => Promise<ModelWorker>;
  onEvent: (event: PoolEvent | { event: string; reason?: string }, variant: RouterVariant) => void;
  nowMs?: () => number;
}

/** How many variants a request may be handed on to while endpoints change under it. */
const maxHandovers = 5;

/** One endpoint: a pointer to the pool that serves, swapped in one step; requests are never between two pools. */
export class Endpoint {
  state: EndpointState;
  phase: EndpointPhase = 'InService';
  readonly metrics: MetricsWindow;
  readonly #deps: EndpointDeps;
  #pool: WorkerPool;
  #retired: Promise<void> = Promise.resolve();

  /** Serves what is given; its workers start in the background and are tried again until they come up. */
  static restore(state: EndpointState, deps: EndpointDeps): Endpoint {
    const endpoint = new Endpoint(state, poolFor(variantOf(state), state.instance_count, deps), deps);
    endpoint.#pool.openEventually();
    return endpoint;
  }

  /** Resolves when the first workers answer; rejects with the reason and leaves nothing behind. */
  static async create(state: EndpointState, deps: EndpointDeps): Promise<Endpoint> {
    const pool = poolFor(variantOf(state), state.instance_count, deps);
    await pool.open();
    return new Endpoint(state, pool, deps);
  }

  private constructor(state: EndpointState, pool: WorkerPool, deps: EndpointDeps) {
    this.state = state;
    this.metrics = new MetricsWindow(deps.nowMs);
    this.#pool = pool;
    this.#deps = deps;
  }

  variant(): RouterVariant {
    return variantOf(this.state);
  }

  workers(): readonly ModelWorker[] {
    return this.#pool.workers();
  }

  /** Null while it serves; otherwise why not. */
  failureReason(): string | null {
    return this.workers().length > 0 ? null : this.#pool.lastFailure();
  }

  /** Of the variant that serves; null when no worker has come up yet. */
  signature(): ModelSignature | null {
    return this.workers()[0]?.signature ?? null;
  }

  /**
   * Replaces what serves: new workers load and answer a sample row, `commit` makes the new state durable, the pointer moves,
   * and the old workers end when their requests have. Rejects before the move leave the old ones serving.
   */
  async update(state: EndpointState, commit: () => void): Promise<void> {
    this.phase = 'Updating';
    try {
      const pool = poolFor(variantOf(state), state.instance_count, this.#deps);
      await pool.open();
      try {
        commit();
      } catch (error) {
        await pool.close();
        throw error;
      }
      const old = this.#pool;
      this.#pool = pool;
      this.state = state;
      this.#retired = Promise.all([this.#retired, old.close()]).then(() => undefined);
    } finally {
      this.phase = 'InService';
    }
  }

  async invoke(request: InvocationRequest): Promise<{ answer: InvocationResponse; variantName: string }> {
    for (let handover = 0; handover < maxHandovers; handover++) {
      const pool = this.#pool;
      const variantName = this.variant().variant_name;
      try {
        return { answer: await pool.invoke(request), variantName };
      } catch (error) {
        // The pointer moved while the request waited: the new pool takes it.
        if (!(error instanceof PoolClosedError) || pool === this.#pool) throw error;
      }
    }
    throw new DandoriError('unavailable', `The endpoint ${this.state.endpoint_name} changes too fast.`, {
      next: 'try again in a second.',
    });
  }

  /** Resolves when every worker has ended. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#retired]);
  }
}

/** The variant that takes the traffic; several are planned. */
function variantOf(state: EndpointState): RouterVariant {
  const [variant] = state.variants;
  if (variant === undefined) throw new DandoriError('internal', `The endpoint ${state.endpoint_name} has no variant.`);
  return variant;
}

function poolFor(variant: RouterVariant, size: number, deps: EndpointDeps): WorkerPool {
  return new WorkerPool({
    size,
    start: () => deps.startWorker(variant),
    onEvent: (event) => deps.onEvent(event, variant),
  });
}
