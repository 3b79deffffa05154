import Fastify, { type FastifyInstance } from 'fastify';
import { DandoriError } from '../errors.js';
import { bodyOf, takeRawBodies } from './body-parser.js';
import type { Endpoint } from './endpoint.js';
import { wantsExplanation } from './invocation.js';
import { openApiFor } from './openapi.js';
import type { RouterPrometheus } from './prometheus.js';
import type { Router } from './router.js';

export interface RouterHttpParams {
  router: Router;
  prometheus: RouterPrometheus;
  baseUrl: () => string;
}

const defaultWindowSeconds = 600;

type ByName = { Params: { name: string } };

/** The public side: invocations under SageMaker's path and headers, descriptions, health, OpenAPI and metrics. */
export function routerHttp({ router, prometheus, baseUrl }: RouterHttpParams): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: 'idle', routerOptions: { maxParamLength: 100 } });
  takeRawBodies(app);
  addErrorHeaders(app);
  addInvocations(app, router);
  measure(app, router, prometheus);
  app.get('/ping', () => ({ status: 'Healthy', pid: process.pid, endpoints: router.endpoints().map(health) }));
  app.get('/metrics', async (_request, reply) => {
    for (const endpoint of router.endpoints()) {
      const { endpoint_name: name } = endpoint.state;
      prometheus.setWorkers(name, endpoint.variant().variant_name, endpoint.workers().length);
    }
    return reply.header('content-type', prometheus.contentType).send(await prometheus.text());
  });
  app.get('/endpoints', () => ({ endpoints: router.list() }));
  app.get<ByName>('/endpoints/:name', (request) => router.describe(request.params.name));
  app.get<ByName>('/endpoints/:name/ping', (request, reply) => {
    router.describe(request.params.name);
    const endpoint = router.endpoint(request.params.name);
    const isReady = endpoint !== null && endpoint.workers().length > 0;
    return reply.code(isReady ? 200 : 503).send(endpoint === null ? {} : health(endpoint));
  });
  app.get<ByName & { Querystring: { window_seconds?: string } }>('/endpoints/:name/metrics', (request) =>
    router.metrics(request.params.name, Number(request.query.window_seconds ?? defaultWindowSeconds)),
  );
  app.get<ByName>('/endpoints/:name/openapi.json', (request) => {
    const { name } = request.params;
    router.describe(name);
    const endpoint = router.endpoint(name);
    const signature = endpoint?.signature() ?? null;
    if (endpoint === null || signature === null)
      throw new DandoriError('unavailable', `The endpoint ${name} is not ready.`);
    const { model_name: modelName, version } = endpoint.variant();
    return openApiFor({ endpointName: name, modelName, version, signature, serverUrl: baseUrl() });
  });
  return app;
}

function health(endpoint: Endpoint): Record<string, string | number> {
  const { model_name, version } = endpoint.variant();
  const workers = endpoint.workers().length;
  const { endpoint_name } = endpoint.state;
  return { endpoint_name, status: workers > 0 ? 'Healthy' : 'Unhealthy', model_name, model_version: version, workers };
}

function addInvocations(app: FastifyInstance, router: Router): void {
  app.post<ByName>('/endpoints/:name/invocations', async (request, reply) => {
    const { name } = request.params;
    const { headers } = request;
    refuseEncoded(headers['content-encoding']);
    refuseOtherVariant(headers['x-amzn-sagemaker-target-variant'], router.endpoint(name));
    const { answer, variantName } = await router.invoke(name, {
      body: bodyOf(request.body),
      contentType: headers['content-type'] ?? '',
      accept: headers.accept ?? '',
      explain: wantsExplanation(headers['x-amzn-sagemaker-enable-explanations']),
    });
    return reply
      .code(answer.status)
      .header('content-type', answer.contentType)
      .header('x-amzn-invoked-production-variant', variantName)
      .send(Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.byteLength));
  });
}

function refuseEncoded(encoding: string | undefined): void {
  if (encoding === undefined || encoding === 'identity') return;
  const data = { status: 415, problems: [] };
  const found = encoding.slice(0, 40);
  throw new DandoriError('invalid_input', 'The body is compressed.', { found, allowed: 'no content-encoding', data });
}

function refuseOtherVariant(wanted: string | string[] | undefined, endpoint: Endpoint | null): void {
  const name = endpoint?.variant().variant_name;
  if (wanted === undefined || name === undefined || wanted === name) return;
  throw new DandoriError('invalid_input', `The endpoint ${endpoint?.state.endpoint_name} has no such variant.`, {
    found: String(wanted).slice(0, 63),
    allowed: name,
  });
}

/** What SageMaker's clients look for in an error answer. */
function addErrorHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode < 400) return;
    const kind =
      reply.statusCode < 500 ? 'ValidationError' : reply.statusCode === 503 ? 'ServiceUnavailable' : 'InternalFailure';
    reply.header('x-amzn-errortype', kind);
    if (reply.statusCode === 503) reply.header('retry-after', '1');
  });
}

/** Counts every answer of an invocation, refused ones too; an unknown endpoint has no metrics. */
function measure(app: FastifyInstance, router: Router, prometheus: RouterPrometheus): void {
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.url !== '/endpoints/:name/invocations') return;
    const { name } = request.params as { name: string };
    const endpoint = router.endpoint(name);
    if (endpoint === null) return;
    endpoint.metrics.record(reply.statusCode, reply.elapsedTime);
    prometheus.observe(name, endpoint.variant().variant_name, reply.statusCode, reply.elapsedTime / 1000);
  });
}
