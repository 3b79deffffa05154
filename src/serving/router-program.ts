import { fork } from 'node:child_process';
import { openSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino, { type Logger } from 'pino';
import { messageOf } from '../errors.js';
import { callRouter } from './control-client.js';
import { controlProtocol, routerInfo } from './control-contract.js';
import type { EndpointDeps } from './endpoint.js';
import { startModelWorker } from './model-worker.js';
import { createRouterPrometheus } from './prometheus.js';
import type { PythonHome } from './python-worker.js';
import { routerControl } from './router-control.js';
import {
  buildOf,
  makeRouterFolders,
  readRouterState,
  routerPaths,
  writeRouterState,
  type RouterPaths,
} from './router-files.js';
import { routerHttp } from './router-http.js';
import { closeHttp, listenOnHandle, listenOnPort, listenOnSocket } from './router-listen.js';
import { Router } from './router.js';

export interface RouterProgramParams {
  stateDir: string;
  /** Wanted port on 127.0.0.1; 0 is any. */
  port: number;
  workersPerVariant: number;
  /** Compiled model server program. */
  modelServer: string;
  /** For models with an inference.py of their own. */
  python: PythonHome;
  /** This program's own file, for its build. */
  routerProgram: string;
  /** True when a running router started this one to take its place: it gets the listening socket from it. */
  isHandover: boolean;
}

const drainMs = 30_000;
const keepAliveGraceMs = 500;
const takeOverTimeoutMs = 60_000;

interface RunningRouter {
  params: RouterProgramParams;
  paths: RouterPaths;
  logger: Logger;
  router: Router;
  http: FastifyInstance;
  control: FastifyInstance | null;
  running: () => number;
  port: number;
  isClosing: boolean;
}

/** Runs the router of a state directory until it is told to stop; leaves at once when one runs already. */
export async function runRouter(params: RouterProgramParams): Promise<void> {
  const logger = pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
  const paths = routerPaths(params.stateDir);
  makeRouterFolders(paths);
  if (!params.isHandover && (await isServed(paths))) {
    logger.info('a router serves this state directory already');
    process.exit(0);
  }
  const self = buildRouter(params, paths, logger);
  self.router.restore(readRouterState(paths.stateFile));
  if (params.isHandover) await takeOver(self);
  else self.port = await listenOnPort(self.http, params.port);
  await openControl(self);
  process.on('SIGTERM', () => void shutDown(self, drainMs));
  process.on('SIGINT', () => void shutDown(self, drainMs));
  logger.info({ port: self.port }, 'router serves');
}

async function isServed(paths: RouterPaths): Promise<boolean> {
  const call = { method: 'GET', path: '/v1/info', answer: routerInfo, timeoutMs: 2_000 } as const;
  return callRouter(paths.controlSocket, call).then(
    () => true,
    () => false,
  );
}

function buildRouter(params: RouterProgramParams, paths: RouterPaths, logger: Logger): RunningRouter {
  const prometheus = createRouterPrometheus();
  const baseUrl = (): string => `http://127.0.0.1:${self.port}`;
  const router = new Router({
    ...workerDeps(params, paths, logger),
    baseUrl,
    workersPerVariant: params.workersPerVariant,
    persist: (state) => writeRouterState(paths.stateFile, state),
    onDelete: (name) => prometheus.remove(name),
  });
  const http = routerHttp({ router, prometheus, baseUrl });
  const running = countRequests(http, () => self.isClosing);
  const self: RunningRouter = {
    params,
    paths,
    logger,
    router,
    http,
    control: null,
    running,
    port: 0,
    isClosing: false,
  };
  return self;
}

function workerDeps(
  params: RouterProgramParams,
  paths: RouterPaths,
  logger: Logger,
): Pick<EndpointDeps, 'startWorker' | 'onEvent'> {
  return {
    startWorker: ({ package_id, digests, model_name: modelName, version }) => {
      const folder = join(paths.packages, package_id);
      const { modelServer, python } = params;
      return startModelWorker({ ref: { folder, digests, modelName, version }, program: modelServer, python });
    },
    onEvent: (event, { model_name, version }) => logger.info({ ...event, model_name, version }, event.event),
  };
}

/** Counts requests between their first byte and their answer; while closing, each answer closes its connection. */
function countRequests(app: FastifyInstance, isClosing: () => boolean): () => number {
  let running = 0;
  app.addHook('onRequest', async () => void (running += 1));
  app.addHook('onResponse', async () => void (running -= 1));
  app.addHook('onRequestAbort', async (_request) => void (running -= 1));
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing()) reply.header('connection', 'close');
  });
  return () => running;
}

async function openControl(self: RunningRouter): Promise<void> {
  const { router, params, paths } = self;
  const build = buildOf(params.routerProgram);
  const startedAt = new Date().toISOString();
  self.control = routerControl({
    router,
    info: () => ({
      protocol: controlProtocol,
      build,
      pid: process.pid,
      started_at: startedAt,
      url: `http://127.0.0.1:${self.port}`,
    }),
    shutdown: () => void setImmediate(() => void shutDown(self, 0)),
    handOver: (program) => void setImmediate(() => void handOver(self, program)),
  });
  await listenOnSocket(self.control, paths.controlSocket);
}

async function shutDown(self: RunningRouter, graceMs: number): Promise<void> {
  if (self.isClosing) return;
  self.isClosing = true;
  self.logger.info('router stops');
  await self.control?.close();
  await closeHttp(self.http, self.running, drainMs, Math.min(graceMs, keepAliveGraceMs));
  await self.router.close();
  process.exit(0);
}

/** Old side: starts the new program, gives it the listening socket when its models are loaded, then ends. */
async function handOver(self: RunningRouter, program: string): Promise<void> {
  const { params, paths, logger } = self;
  const log = openSync(paths.logFile, 'a', 0o600);
  const args = ['--state-dir', params.stateDir, '--port', String(self.port), '--handover'];
  const next = fork(program, [...args, '--workers', String(params.workersPerVariant)], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    execArgv: [],
  });
  try {
    await expectMessage(next, 'loaded');
  } catch (error) {
    logger.error({ reason: messageOf(error) }, 'the new router did not come up, this one goes on');
    next.kill('SIGKILL');
    return;
  }
  self.isClosing = true;
  // Closed before the new one binds the same path: closing removes the file.
  await self.control?.close();
  next.send('listen', self.http.server as Server);
  await expectMessage(next, 'serving').catch((error: unknown) =>
    logger.error({ reason: messageOf(error) }, 'handover'),
  );
  next.disconnect();
  await closeHttp(self.http, self.running, drainMs, 5_000);
  await self.router.close();
  process.exit(0);
}

/** New side: loads every model, then asks for the listening socket. */
async function takeOver(self: RunningRouter): Promise<void> {
  const deadline = Date.now() + takeOverTimeoutMs / 2;
  const isLoading = (): boolean =>
    self.router.endpoints().some((endpoint) => endpoint.workers().length === 0 && endpoint.failureReason() === null);
  while (isLoading() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  const handle = new Promise<Server>((resolve) => {
    process.once('message', (_message, server) => resolve(server as Server));
  });
  process.send?.('loaded');
  self.port = await listenOnHandle(self.http, await handle);
  process.send?.('serving');
}

function expectMessage(child: ReturnType<typeof fork>, wanted: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not say "${wanted}" in time`)), takeOverTimeoutMs);
    const onMessage = (message: unknown): void => {
      if (message !== wanted) return;
      clearTimeout(timer);
      child.off('message', onMessage);
      resolve();
    };
    child.on('message', onMessage);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`it ended with exit code ${code}`));
    });
  });
}
