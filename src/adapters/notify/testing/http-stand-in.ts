import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the other side behaves; `notifier.testsuite.ts` says what each is. */
export type StandInMode = 'ok' | 'refuse' | 'busy' | 'lose' | 'cut' | 'hang';

export interface Heard {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  json: unknown;
}

export interface Said {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

export interface HttpStandIn {
  url: string;
  port: number;
  mode: StandInMode;
  close(): Promise<void>;
}

/**
 * A service on 127.0.0.1. `answer` takes a request in and says what the real one would; the mode decides whether that reaches
 * the caller. `port`: of one that was here before.
 */
export async function standIn(answer: (heard: Heard, mode: StandInMode) => Said, port = 0): Promise<HttpStandIn> {
  // A client that was busy for a few seconds shall not send on a connection that is being closed.
  const server = createServer({ keepAliveTimeout: 72_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
      const text = Buffer.concat(chunks).toString('utf8');
      const json: unknown = text === '' ? null : JSON.parse(text);
      const said = answer({ method: request.method ?? '', path, query, headers: request.headers, json }, made.mode);
      if (made.mode === 'lose') request.socket.destroy();
      else if (made.mode === 'cut') {
        response.writeHead(said.status, { 'content-length': String(said.body.length + 100) }).write(said.body);
        setImmediate(() => request.socket.destroy());
      } else if (made.mode !== 'hang') response.writeHead(said.status, said.headers).end(said.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: taken } = server.address() as AddressInfo;
  const made: HttpStandIn = {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    mode: 'ok',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return made;
}
