import { z } from 'zod';
import { messageOf } from '../../errors.js';
import type { EndpointDescription, EndpointPlatform } from '../../ports/endpoint-platform.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { callRouter, RouterAbsentError, type ControlCall } from '../../serving/control-client.js';
import {
  endpointView,
  metricsView,
  type ApplyBody,
  type EndpointView,
  type RouterInfo,
  type RouterVariant,
} from '../../serving/control-contract.js';
import { readRouterState, routerPaths } from '../../serving/router-files.js';
import { prunePackages, stagePackage } from './router-packages.js';
import { RouterProcess, type RouterProcessOptions } from './router-process.js';

export interface LocalEndpointPlatformOptions extends RouterProcessOptions {
  objects: ObjectStore;
}

/** Endpoints on this machine: model server processes behind a router process that outlives the server. */
export interface LocalEndpointPlatform extends EndpointPlatform {
  /** Starts the router, or adopts the one that runs (an older build is replaced); answers who it is. */
  ensureRouter(): Promise<RouterInfo>;
  /** Ends the router and its workers after their running requests; what is deployed is served again by the next one. */
  stopRouter(): Promise<void>;
  /** Looks every `intervalMs` (default 5 s) whether what is deployed is served, and starts the router again when it died; answers the function that ends it. */
  watchRouter(params?: { intervalMs?: number }): () => void;
}

interface RouterConnection {
  call<T extends z.ZodType>(request: ControlCall<T>): Promise<z.output<T>>;
  views(): Promise<EndpointView[]>;
}

/** Calls that start the router when it is absent; one that died since the last call is started again, once. */
function connect(routerProcess: RouterProcess, controlSocket: string): RouterConnection {
  async function call<T extends z.ZodType>(request: ControlCall<T>): Promise<z.output<T>> {
    await routerProcess.ensure();
    try {
      return await callRouter(controlSocket, request);
    } catch (error) {
      if (!(error instanceof RouterAbsentError)) throw error;
      await routerProcess.ensure();
      return callRouter(controlSocket, request);
    }
  }
  const answer = z.object({ endpoints: z.array(endpointView) });
  return { call, views: async () => (await call({ method: 'GET', path: '/v1/endpoints', answer })).endpoints };
}

function watch(
  routerProcess: RouterProcess,
  stateFile: string,
  options: LocalEndpointPlatformOptions,
  intervalMs: number,
): () => void {
  const look = async (): Promise<void> => {
    try {
      if (!routerProcess.stopped && readRouterState(stateFile).endpoints.length > 0) await routerProcess.ensure();
    } catch (error) {
      options.onEvent?.(messageOf(error));
    }
  };
  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

const pathOf = (endpointName: string): string => `/v1/endpoints/${encodeURIComponent(endpointName)}`;

export function createLocalEndpointPlatform(options: LocalEndpointPlatformOptions): LocalEndpointPlatform {
  const paths = routerPaths(options.stateDir);
  const routerProcess = new RouterProcess(paths, options);
  const { call, views } = connect(routerProcess, paths.controlSocket);
  return {
    ensureRouter: () => routerProcess.ensure(),
    stopRouter: () => routerProcess.stop(),
    watchRouter: ({ intervalMs = 5_000 } = {}) => watch(routerProcess, paths.stateFile, options, intervalMs),
    async applyEndpoint({ endpointName, variants }) {
      const staged: RouterVariant[] = [];
      for (const variant of variants) staged.push(await stagePackage(options.objects, paths, variant));
      const body: ApplyBody = { endpoint_name: endpointName, variants: staged };
      const view = await call({ method: 'POST', path: '/v1/apply', body, answer: endpointView });
      // It serves: a copy that cannot be removed is no reason to say otherwise.
      await prunePackages(paths, await views()).catch((error: unknown) => options.onEvent?.(messageOf(error)));
      return described(view);
    },
    async describeEndpoint({ endpointName }) {
      return described(await call({ method: 'GET', path: pathOf(endpointName), answer: endpointView }));
    },
    async listEndpoints() {
      // Nothing is deployed: no router has to start to say so.
      if (readRouterState(paths.stateFile).endpoints.length === 0) return [];
      return (await views()).map(described);
    },
    async deleteEndpoint({ endpointName }) {
      await call({ method: 'DELETE', path: pathOf(endpointName), answer: z.object({}) });
    },
    async invokeEndpoint({ endpointName, body, contentType, accept }) {
      const { url } = await routerProcess.ensure();
      const headers = { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) };
      const address = `${url}/endpoints/${encodeURIComponent(endpointName)}/invocations`;
      const response = await fetch(address, { method: 'POST', headers, body });
      const variantName = response.headers.get('x-amzn-invoked-production-variant');
      return { statusCode: response.status, body: await response.text(), variantName };
    },
    async endpointMetrics({ endpointName, windowSeconds }) {
      const path = `${pathOf(endpointName)}/metrics?window_seconds=${windowSeconds}`;
      const { endpoint_name, window_seconds, ...metrics } = await call({ method: 'GET', path, answer: metricsView });
      return { endpointName: endpoint_name, windowSeconds: window_seconds, ...metrics };
    },
  };
}

function described(view: EndpointView): EndpointDescription {
  return {
    endpointName: view.endpoint_name,
    status: view.endpoint_status,
    failureReason: view.failure_reason,
    variants: view.variants.map((variant) => ({
      variantName: variant.variant_name,
      modelName: variant.model_name,
      version: variant.version,
      packagePrefix: variant.package_prefix,
      digests: variant.digests,
      weight: variant.weight,
      workers: variant.workers,
    })),
    invocationUrl: view.invocation_url,
    createdAt: view.created_at,
    updatedAt: view.updated_at,
  };
}
