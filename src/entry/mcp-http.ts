import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  validateHostHeader,
  validateOriginHeader,
} from '@modelcontextprotocol/server';
import { allTools } from '../capabilities/index.js';
import { DandoriError, messageOf } from '../errors.js';
import { dandoriVersion } from '../installation.js';
import { callHere, createToolServer } from '../mcp/tool-server.js';
import type { App } from './app.js';

function hasToken(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  });
  response.end(JSON.stringify({ error: { code: 'not_allowed', message } }));
}

/** MCP over Streamable HTTP on 127.0.0.1: for callers who can read the state directory's token, from no foreign page. */
export async function listenForMcp(options: { app: App; port: number; token: string }): Promise<Server> {
  const { app, port, token } = options;
  const factory = () =>
    createToolServer({ name: 'dandori', version: dandoriVersion, tools: allTools, call: callHere(app.environment) });
  const handle = toNodeHandler(createMcpHandler(factory));
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/healthz') {
      response.end('ok');
    } else if (path !== '/mcp') {
      refuse(response, 404, 'There is /mcp (Model Context Protocol) and /healthz here.');
    } else if (!validateHostHeader(request.headers.host, localhostAllowedHostnames()).ok) {
      refuse(response, 403, 'Only calls to localhost are answered.');
    } else if (!validateOriginHeader(request.headers.origin, localhostAllowedOrigins()).ok) {
      refuse(response, 403, 'Calls from other pages are refused.');
    } else if (!hasToken(request, token)) {
      refuse(
        response,
        401,
        'Send "Authorization: Bearer TOKEN"; the token is in the file access-token of the state directory.',
      );
    } else {
      void handle(Object.assign(request, { method: request.method ?? 'GET', url: request.url ?? '/mcp' }), response);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new DandoriError('unavailable', `The port ${port} on 127.0.0.1 cannot be used.`, {
          found: messageOf(error),
          next: 'set DANDORI_PORT to a free port, or to 0 for any.',
          cause: error,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return server;
}
