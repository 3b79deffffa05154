import type { FastifyInstance } from 'fastify';
import { errorBody, maxBodyBytes, statusOf } from './invocation.js';
import { tooLarge } from './parse-input.js';

/** Bodies reach the handlers as bytes, whatever their type; errors are answered in the one shape of the model server. */
export function takeRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBodyBytes }, (_request, body, done) =>
    done(null, body),
  );
  app.setErrorHandler((error: Error & { code?: string; statusCode?: number }, _request, reply) => {
    const shown = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? tooLarge(null) : error;
    const status = error.code?.startsWith('FST_') === true ? (error.statusCode ?? 500) : statusOf(shown);
    void reply.code(status).send(errorBody(shown));
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `There is no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)} here.`;
    void reply.code(404).send({ error_code: 'not_found', message, problems: [] });
  });
}

/** The body as bytes; a request without one has none. */
export function bodyOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array(0);
}
