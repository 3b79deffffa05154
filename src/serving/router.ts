import { isDeepStrictEqual } from 'node:util';
import { DandoriError, messageOf } from '../errors.js';
import { Endpoint, type EndpointDeps } from './endpoint.js';
import type { ApplyBody, EndpointState, EndpointView, MetricsView, RouterState } from './control-contract.js';
import type { InvocationRequest, InvocationResponse } from './invocation.js';
import { maxWindowSeconds } from './metrics-window.js';
import { nearestName } from '../nearest.js';

export interface RouterOptions extends EndpointDeps {
  /** Makes a state durable before it takes effect. */
  persist: (state: RouterState) => void;
  /** Model server processes a variant. */
  workersPerVariant?: number;
  /** Address of the HTTP server, known once it listens. */
  baseUrl: () => string;
  now?: () => Date;
  onDelete?: (endpointName: string) => void;
}

/** The endpoints of one state directory: what is wanted, what serves, and the way from one to the other. */
export class Router {
  readonly #endpoints = new Map<string, Endpoint>();
  /** Changes of one endpoint run one after the other. */
  readonly #changes = new Map<string, Promise<unknown>>();
  readonly #creating = new Map<string, EndpointState>();
  readonly #options: RouterOptions;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Takes up what a former life served; answers at once, the workers start in the background. */
  restore(state: RouterState): void {
    for (const endpoint of state.endpoints) {
      this.#endpoints.set(endpoint.endpoint_name, Endpoint.restore(endpoint, this.#options));
    }
  }

  /** Creates or updates an endpoint; resolves when the new version serves. The same again changes nothing. */
  async apply(body: ApplyBody): Promise<EndpointView> {
    checkVariants(body);
    return this.#inTurn(body.endpoint_name, async () => {
      const existing = this.#endpoints.get(body.endpoint_name);
      if (
        existing !== undefined &&
        isDeepStrictEqual(existing.state.variants, body.variants) &&
        existing.workers().length > 0
      ) {
        return this.#view(existing);
      }
      const at = (this.#options.now?.() ?? new Date()).toISOString();
      const created = existing?.state.created_at ?? at;
      const instances = this.#options.workersPerVariant ?? 1;
      const state: EndpointState = { ...body, created_at: created, updated_at: at, instance_count: instances };
      if (existing === undefined) await this.#create(state);
      else await existing.update(state, () => this.#persist(state.endpoint_name, state));
      return this.#view(this.#find(body.endpoint_name));
    });
  }

  /** Running requests end, then its workers do; `not_found` for an unknown name. */
  async delete(endpointName: string): Promise<void> {
    await this.#inTurn(endpointName, async () => {
      const endpoint = this.#find(endpointName);
      this.#persist(endpointName, null);
      this.#endpoints.delete(endpointName);
      this.#options.onDelete?.(endpointName);
      await endpoint.close();
    });
  }

  describe(endpointName: string): EndpointView {
    const creating = this.#creating.get(endpointName);
    if (creating !== undefined) return this.#viewOf(creating, 'Creating', null, 0);
    return this.#view(this.#find(endpointName));
  }

  list(): EndpointView[] {
    const names = [...new Set([...this.#endpoints.keys(), ...this.#creating.keys()])].sort();
    return names.map((name) => this.describe(name));
  }

  metrics(endpointName: string, windowSeconds: number): MetricsView {
    if (!Number.isFinite(windowSeconds) || windowSeconds < 1 || windowSeconds > maxWindowSeconds) {
      throw new DandoriError('invalid_input', 'The window of the metrics is out of range.', {
        found: `${windowSeconds} seconds`,
        allowed: `1 to ${maxWindowSeconds} seconds`,
      });
    }
    const { windowSeconds: window_seconds, ...summary } = this.#find(endpointName).metrics.summary(windowSeconds);
    return { endpoint_name: endpointName, window_seconds, ...summary };
  }

  /** Null for an unknown name. */
  endpoint(endpointName: string): Endpoint | null {
    return this.#endpoints.get(endpointName) ?? null;
  }

  endpoints(): Endpoint[] {
    return [...this.#endpoints.values()];
  }

  async invoke(
    endpointName: string,
    request: InvocationRequest,
  ): Promise<{ answer: InvocationResponse; variantName: string }> {
    return this.#find(endpointName).invoke(request);
  }

  /** Ends every worker after its running requests; what is served is kept for the next life. */
  async close(): Promise<void> {
    await Promise.all(this.endpoints().map((endpoint) => endpoint.close()));
  }

  async #create(state: EndpointState): Promise<void> {
    this.#creating.set(state.endpoint_name, state);
    try {
      const endpoint = await Endpoint.create(state, this.#options);
      try {
        this.#persist(state.endpoint_name, state);
      } catch (error) {
        await endpoint.close();
        throw error;
      }
      this.#endpoints.set(state.endpoint_name, endpoint);
    } finally {
      this.#creating.delete(state.endpoint_name);
    }
  }

  /** Keeps all endpoints, one of them in its new form (null: gone). */
  #persist(endpointName: string, changed: EndpointState | null): void {
    const others = this.endpoints().map((endpoint) => endpoint.state);
    const kept = others.filter((state) => state.endpoint_name !== endpointName);
    try {
      this.#options.persist({ format: 1, endpoints: changed === null ? kept : [...kept, changed] });
    } catch (error) {
      throw new DandoriError('unavailable', 'The list of endpoints cannot be written.', {
        found: messageOf(error),
        next: 'check the free space and the rights of the state directory; what served before keeps serving.',
        cause: error,
      });
    }
  }

  async #inTurn<T>(endpointName: string, change: () => Promise<T>): Promise<T> {
    const before = this.#changes.get(endpointName) ?? Promise.resolve();
    const run = before.then(change, change);
    this.#changes.set(endpointName, run);
    return run;
  }

  #find(endpointName: string): Endpoint {
    const endpoint = this.#endpoints.get(endpointName);
    if (endpoint !== undefined) return endpoint;
    const names = [...this.#endpoints.keys()].sort();
    const near = nearestName(endpointName, names);
    throw new DandoriError('not_found', `There is no endpoint "${endpointName.slice(0, 63)}".`, {
      allowed: names.length === 0 ? 'none is deployed yet' : names.join(', '),
      ...(near === null ? {} : { next: `did you mean "${near}"?` }),
    });
  }

  #view(endpoint: Endpoint): EndpointView {
    const reason = endpoint.failureReason();
    const workers = endpoint.workers().length;
    // No worker and no failure: it comes back after a restart of the router.
    const phase = workers === 0 ? 'Updating' : endpoint.phase;
    return this.#viewOf(endpoint.state, reason === null ? phase : 'Failed', reason, workers);
  }

  #viewOf(
    state: EndpointState,
    status: EndpointView['endpoint_status'],
    reason: string | null,
    workers: number,
  ): EndpointView {
    return {
      endpoint_name: state.endpoint_name,
      endpoint_status: status,
      failure_reason: reason,
      variants: state.variants.map((variant) => ({ ...variant, workers })),
      invocation_url: `${this.#options.baseUrl()}/endpoints/${state.endpoint_name}/invocations`,
      created_at: state.created_at,
      updated_at: state.updated_at,
    };
  }
}

function checkVariants({ endpoint_name: endpointName, variants }: ApplyBody): void {
  if (variants.length > 1) {
    throw new DandoriError('not_yet', `The endpoint ${endpointName} cannot have several variants yet, it is planned.`, {
      found: `${variants.length} variants`,
      allowed: 'one variant of weight 1',
    });
  }
  const weight = variants[0]?.weight;
  if (weight !== 1) {
    throw new DandoriError('not_yet', `The endpoint ${endpointName} cannot have weights yet, they are planned.`, {
      found: `weight ${weight}`,
      allowed: 'weight 1',
    });
  }
}
