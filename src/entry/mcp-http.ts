import { randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  type McpServerFactory,
  validateHostHeader,
  validateOriginHeader,
} from '@modelcontextprotocol/server';
import { DandoriError, messageOf } from '../errors.js';
import { dandoriVersion } from '../installation.js';
import type { ToolDefinition } from '../mcp/define-tool.js';
import { SessionCalls } from '../mcp/session-calls.js';
import { callHere, createToolServer, type ToolEnvironment } from '../mcp/tool-server.js';
import type { WatchCall } from './audited-call.js';
import { answerMlflow, mlflowRoute, sendMlflowError, type TrackingPorts } from './mlflow-http.js';

const sessionHeader = 'mcp-session-id';

/** One MCP server a request, as the SDK's stateless serving wants it; only the cancellations of 2025 clients need to find their call. */
export function toolServers(
  tools: readonly ToolDefinition[],
  environment: ToolEnvironment,
  watch: WatchCall = (_tool, _args, call) => call(),
): McpServerFactory {
  const calls = new SessionCalls();
  const here = callHere(environment);
  const run: typeof here = (tool, args, extra) => watch(tool, args, () => here(tool, args, extra));
  return ({ era, requestInfo }) => {
    const session = era === 'legacy' ? (requestInfo?.headers.get(sessionHeader) ?? null) : null;
    const mcp = createToolServer({
      name: 'dandori',
      version: dandoriVersion,
      tools,
      call(tool, args, extra) {
        if (session === null) return run(tool, args, extra);
        // Closing aborts the tool and ends the response without an answer, as the specification asks.
        const stop = () => void mcp.close().catch(() => undefined);
        return calls.track(session, extra.requestId, stop, () => run(tool, args, extra));
      },
    });
    if (session !== null) {
      mcp.server.setNotificationHandler('notifications/cancelled', ({ params }) => {
        if (params.requestId !== undefined) calls.cancel(session, params.requestId);
      });
    }
    return mcp;
  };
}

function hasToken(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const refusals = {
  401: { code: 'not_allowed', mlflow: 'UNAUTHENTICATED' },
  403: { code: 'not_allowed', mlflow: 'PERMISSION_DENIED' },
  404: { code: 'not_found', mlflow: 'ENDPOINT_NOT_FOUND' },
} as const;

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?')[0] ?? '';

function refuse(request: IncomingMessage, response: ServerResponse, status: 401 | 403 | 404, message: string): void {
  const { code, mlflow } = refusals[status];
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (mlflowRoute(pathOf(request)) !== null) return sendMlflowError(response, status, mlflow, message);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { code, message } }));
}

/** Answers what may not reach tools and runs; true when the request may. */
function admit(request: IncomingMessage, response: ServerResponse, token: string): boolean {
  const path = pathOf(request);
  if (path === '/healthz') {
    response.end('ok');
  } else if (path !== '/mcp' && mlflowRoute(path) === null) {
    refuse(request, response, 404, `There is /mcp (Model Context Protocol), /api/2.0/mlflow (runs) and /healthz here.`);
  } else if (!validateHostHeader(request.headers.host, localhostAllowedHostnames()).ok) {
    refuse(request, response, 403, 'Only calls to localhost are answered.');
  } else if (!validateOriginHeader(request.headers.origin, localhostAllowedOrigins()).ok) {
    refuse(request, response, 403, 'Calls from other pages are refused.');
  } else if (!hasToken(request, token)) {
    const where = 'the token is in the file access-token of the state directory.';
    refuse(request, response, 401, `Send "Authorization: Bearer TOKEN"; ${where}`);
  } else {
    return true;
  }
  return false;
}

/** An idle connection is kept longer than clients and proxies keep theirs: who sends while the server closes it is cut off. */
export const keepAliveTimeout = 72_000;

/** Listens on 127.0.0.1; answers the port. `variable` is what a person changes when it is taken. */
export async function listen(server: Server, port: number, variable: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new DandoriError('unavailable', `The port ${port} on 127.0.0.1 cannot be used.`, {
          found: messageOf(error),
          next: `set ${variable} to a free port, or to 0 for any.`,
          cause: error,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

export interface McpListener {
  url: string;
  /** Ends at once: calls in progress are cancelled. */
  close: () => Promise<void>;
}

export interface McpListenerOptions {
  servers: McpServerFactory;
  /** 0 takes any free one. */
  port: number;
  token: string;
  /** What MLflow's clients read; without it their paths are answered with 404. */
  ports?: TrackingPorts;
}

/** MCP over Streamable HTTP and runs for MLflow's clients on 127.0.0.1: for callers who can read the state directory's token, from no foreign page. */
export async function listenForMcp({ servers, port, token, ports }: McpListenerOptions): Promise<McpListener> {
  const handler = createMcpHandler(servers);
  const handle = toNodeHandler(handler);
  const server = createServer({ keepAliveTimeout }, (request, response) => {
    if (!admit(request, response, token)) return;
    if (mlflowRoute(pathOf(request)) !== null) {
      if (ports === undefined) return refuse(request, response, 404, 'Runs are not read here.');
      answerMlflow(ports, request, response).catch(() => response.destroy());
      return;
    }
    const { method = 'GET', url = '/mcp', headers } = request;
    // An `initialize` of 2025: it alone names no version in a header. The session is a name for finding calls, nothing is kept for it.
    if (method === 'POST' && headers['mcp-protocol-version'] === undefined && headers[sessionHeader] === undefined) {
      response.setHeader(sessionHeader, randomUUID());
    }
    handle(Object.assign(request, { method, url }), response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(messageOf(error)));
    });
  });
  const actual = await listen(server, port, 'DANDORI_PORT');
  return {
    url: `http://127.0.0.1:${actual}/mcp`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      await handler.close();
      // A stream that a client holds open would keep the server open.
      server.closeAllConnections();
      await closed;
    },
  };
}
