import Fastify, { type FastifyInstance } from 'fastify';
import { bodyOf, takeRawBodies } from './body-parser.js';
import { wantsExplanation } from './invocation.js';
import { openApiFor } from './openapi.js';
import type { Predictor } from './predictor.js';

/** The model server under the SageMaker hosting contract: `GET /ping`, `POST /invocations` (and `/openapi.json`). */
export function modelHttp(
  predictor: Predictor,
  model: { name: string; version: string; serverUrl: string },
): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: 'idle' });
  takeRawBodies(app);
  app.get('/ping', (_request, reply) => reply.code(200).send());
  app.get('/openapi.json', () =>
    openApiFor({
      endpointName: null,
      modelName: model.name,
      version: model.version,
      signature: predictor.signature,
      serverUrl: model.serverUrl,
    }),
  );
  app.post('/invocations', async (request, reply) => {
    const answer = await predictor.invoke({
      body: bodyOf(request.body),
      contentType: request.headers['content-type'] ?? '',
      accept: request.headers.accept ?? '',
      explain: wantsExplanation(request.headers['x-amzn-sagemaker-enable-explanations']),
    });
    return reply.code(answer.status).header('content-type', answer.contentType).send(Buffer.from(answer.body));
  });
  return app;
}
