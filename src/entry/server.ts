import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { acquireStateDir } from '../adapters/local/state-dir.js';
import { allTools } from '../capabilities/index.js';
import type { Config } from '../config.js';
import { dandoriVersion } from '../installation.js';
import type { ComposeOptions, Log } from '../compose.js';
import { type ApiClient, createApiClient } from './api-client.js';
import type { HealthAnswer } from './api-types.js';
import { App } from './app.js';
import { createHttpApi } from './http-api.js';
import { listenForMcp, type McpListener, toolServers } from './mcp-http.js';
import { socketPath } from './socket-path.js';
import { listenForWebhooks, type WebhookListener } from './webhook-http.js';

export interface RunningServer {
  api: ApiClient;
  app: App;
  health: () => HealthAnswer;
  close: () => Promise<void>;
}

export interface ServerOptions {
  config: Config;
  /** False: only answers, nothing is worked on. */
  active: boolean;
  /** False: no MCP over HTTP. */
  http: boolean;
  log?: Log;
  /** Observers and other job programs, for tests. */
  compose?: ComposeOptions;
}

/** A secret that only the owner of the state directory can read: callers of MCP over HTTP show it. */
function accessToken(stateDir: string): string {
  const path = join(stateDir, 'access-token');
  if (!existsSync(path)) writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}

/** Null without GitHub or without a secret: then GitHub is polled. */
async function openWebhook({ github }: Config, app: App): Promise<WebhookListener | null> {
  if (github === null || app.github === null || github.webhookSecrets.length === 0) return null;
  return listenForWebhooks({ webhook: app.github.webhook, port: github.webhookPort, log: app.log });
}

/** The lock is held, so whatever lies there is left over. */
async function listenOnSocket(http: FastifyInstance, socket: string): Promise<void> {
  rmSync(socket, { force: true });
  await http.listen({ path: socket });
  chmodSync(socket, 0o600);
}

/** Takes the state directory, opens everything and listens; a second one on the same directory is refused with `locked`. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config } = options;
  const lock = acquireStateDir(config.stateDir);
  const closing: (() => unknown)[] = [() => lock.release()];
  const close = async () => {
    for (const step of closing.splice(0).toReversed()) await step();
  };
  try {
    const app = new App(config, options.log, options.compose);
    closing.push(() => app.close());
    let mcp: McpListener | null = null;
    let github: HealthAnswer['github'];
    const health = (): HealthAnswer => ({
      status: 'ok',
      version: dandoriVersion,
      pid: process.pid,
      active: options.active,
      serving_url: app.servingUrl,
      mcp_url: mcp?.url ?? null,
      ...(github === undefined ? {} : { github }),
    });
    const http = createHttpApi(app, health);
    closing.push(() => http.close());
    await listenOnSocket(http, socketPath(config.stateDir));
    if (options.http) {
      const servers = toolServers(allTools, app.environment, app.watchCalls('mcp'));
      const token = accessToken(config.stateDir);
      app.redact.add(token);
      const listener = await listenForMcp({ servers, port: config.port, token, ports: app.ports });
      mcp = listener;
      closing.push(() => listener.close());
    }
    if (options.http && options.active && app.github !== null) {
      const listener = await openWebhook(config, app);
      github = { repository: app.github.client.repository, webhook_url: listener?.url ?? null };
      if (listener !== null) closing.push(() => listener.close());
    }
    if (options.active) await app.start();
    const api = createApiClient(async (method, path, body) => {
      const headers = body === null ? {} : { 'content-type': 'application/json' };
      const answer = await http.inject({ method, url: path, headers, ...(body === null ? {} : { payload: body }) });
      return { statusCode: answer.statusCode, text: answer.body };
    });
    return { api, app, health, close };
  } catch (error) {
    await close();
    throw error;
  }
}
