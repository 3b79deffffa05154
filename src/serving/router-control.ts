import Fastify, { type FastifyInstance } from 'fastify';
import { DandoriError, messageOf } from '../errors.js';
import { applyBody, type RouterInfo } from './control-contract.js';
import { errorBody, statusOf } from './invocation.js';
import type { Router } from './router.js';

export interface RouterControlParams {
  router: Router;
  info: () => RouterInfo;
  /** Both answer at once and act behind the answer. */
  shutdown: () => void;
  handOver: (program: string) => void;
}

type ByName = { Params: { name: string } };

/** The control side, on a socket that only this user can open. */
export function routerControl({ router, info, shutdown, handOver }: RouterControlParams): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => void reply.code(statusOf(error)).send(errorBody(error)));
  app.get('/v1/info', () => info());
  app.get('/v1/endpoints', () => ({ endpoints: router.list() }));
  app.get<ByName>('/v1/endpoints/:name', (request) => router.describe(request.params.name));
  app.get<ByName & { Querystring: { window_seconds: string } }>('/v1/endpoints/:name/metrics', (request) =>
    router.metrics(request.params.name, Number(request.query.window_seconds)),
  );
  app.post('/v1/apply', (request) => {
    const body = applyBody.safeParse(request.body);
    if (body.success) return router.apply(body.data);
    throw new DandoriError('invalid_request', 'The wanted endpoint is not well formed.', {
      found: messageOf(body.error),
    });
  });
  app.delete<ByName>('/v1/endpoints/:name', async (request) => {
    await router.delete(request.params.name);
    return {};
  });
  app.post('/v1/shutdown', () => {
    shutdown();
    return {};
  });
  app.post<{ Body: { program: string } }>('/v1/handover', (request) => {
    handOver(request.body.program);
    return {};
  });
  return app;
}
