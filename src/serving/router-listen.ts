import { chmodSync, rmSync } from 'node:fs';
import { Server as NetServer, type AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { DandoriError, messageOf } from '../errors.js';

/** How many ports after the wanted one are tried when it is taken. */
const portAttempts = 20;

/** Binds the HTTP server on the loopback address: on `port`, or on the next free one; answers the port. */
export async function listenOnPort(app: FastifyInstance, port: number): Promise<number> {
  await app.ready();
  for (let attempt = 0; ; attempt++) {
    try {
      await listen(app.server, { port: port === 0 ? 0 : port + attempt, host: '127.0.0.1' });
      return (app.server.address() as AddressInfo).port;
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (isTaken && attempt + 1 < portAttempts) continue;
      throw new DandoriError('unavailable', `The endpoints cannot be served on 127.0.0.1:${port}.`, {
        found: messageOf(error),
        next: 'choose another port for the endpoints.',
        cause: error,
      });
    }
  }
}

/** Takes over the listening socket of a former router. */
export async function listenOnHandle(app: FastifyInstance, handle: NetServer): Promise<number> {
  await app.ready();
  await listen(app.server, handle);
  return (app.server.address() as AddressInfo).port;
}

/** Binds the control socket for this user alone; a file left by a dead router is removed (the caller made sure that it is dead). */
export async function listenOnSocket(app: FastifyInstance, path: string): Promise<void> {
  await app.ready();
  rmSync(path, { force: true });
  await listen(app.server, { path });
  chmodSync(path, 0o600);
}

function listen(server: FastifyInstance['server'], where: object): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * Stops accepting, lets running requests end (at most `timeoutMs`) and closes. Kept-alive connections stay open for `graceMs`
 * and are asked to close with their next answer, so that a client that is about to use one is not cut off.
 */
export async function closeHttp(
  app: FastifyInstance,
  running: () => number,
  timeoutMs: number,
  graceMs: number,
): Promise<void> {
  // The HTTP server's own close would cut idle connections off at once.
  NetServer.prototype.close.call(app.server);
  const start = Date.now();
  const isDone = (): boolean => {
    const elapsedMs = Date.now() - start;
    return elapsedMs >= timeoutMs || (running() === 0 && elapsedMs >= graceMs);
  };
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 10));
  app.server.closeAllConnections();
}
