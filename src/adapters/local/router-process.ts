import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { z } from 'zod';
import { environmentWithoutSecrets } from '../../config.js';
import { DandoriError, messageOf } from '../../errors.js';
import { program } from '../../root.js';
import { callRouter, RouterAbsentError } from '../../serving/control-client.js';
import { controlProtocol, routerInfo, type RouterInfo } from '../../serving/control-contract.js';
import { buildOf, makeRouterFolders, writeFileAtomic, type RouterPaths } from '../../serving/router-files.js';
import { identifyProcess, isRunning, sendSignal } from './process.js';

export interface RouterProcessOptions {
  stateDir: string;
  /** Wanted port of the endpoints on 127.0.0.1 (default 7070); the next free one is used when it is taken. */
  port?: number;
  /** Compiled router program; default is the one of this build. */
  routerProgram?: string;
  /** Model server processes an endpoint. */
  workers?: number;
  onEvent?: (message: string) => void;
}

const startTimeoutMs = 20_000;
const stopTimeoutMs = 40_000;
const maxLogBytes = 10 * 1024 ** 2;

/** Who the router was when it was last seen: a pid alone could be anybody's by now. */
const identityFile = z.object({ pid: z.number().int(), startTime: z.string(), port: z.number().int() });

/** The router process of a state directory: started when absent, adopted when alive, replaced when it is of another build. */
export class RouterProcess {
  readonly #paths: RouterPaths;
  readonly #options: RouterProcessOptions;
  #ensuring: Promise<RouterInfo> | null = null;
  #stopped = false;
  #build: string | null = null;

  constructor(paths: RouterPaths, options: RouterProcessOptions) {
    this.#paths = paths;
    this.#options = options;
  }

  /** True after `stop`, until it is wanted again. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Answers the router that serves now; callers at the same time share one start. */
  ensure(): Promise<RouterInfo> {
    this.#stopped = false;
    this.#ensuring ??= this.#ensure().finally(() => (this.#ensuring = null));
    return this.#ensuring;
  }

  /** Ends the router if there is one. */
  async stop(): Promise<void> {
    // Whoever looks after it would start it again otherwise.
    this.#stopped = true;
    await this.#ensuring?.catch(() => undefined);
    return this.#end();
  }

  async #end(): Promise<void> {
    const info = await this.#info();
    if (info === null) return;
    const identity = identifyProcess(info.pid);
    const call = { method: 'POST', path: '/v1/shutdown', answer: z.object({}) } as const;
    // It may end before its answer is out.
    await callRouter(this.#paths.controlSocket, call).catch((error: unknown) => {
      if (!(error instanceof RouterAbsentError)) throw error;
    });
    if (identity !== null) await until(() => !isRunning(identity), stopTimeoutMs, 'The router does not end.');
  }

  async #ensure(): Promise<RouterInfo> {
    const found = await this.#info();
    if (found === null) return this.#start();
    if (found.protocol === controlProtocol && found.build === this.#wantedBuild()) return found;
    return this.#replace(found);
  }

  #program(): string {
    return this.#options.routerProgram ?? program('entry/router');
  }

  /** Of the files as this process found them: what is installed later belongs to the next server. */
  #wantedBuild(): string {
    this.#build ??= buildOf(this.#program());
    return this.#build;
  }

  async #info(): Promise<RouterInfo | null> {
    try {
      const call = { method: 'GET', path: '/v1/info', answer: routerInfo, timeoutMs: 5_000 } as const;
      return await callRouter(this.#paths.controlSocket, call);
    } catch (error) {
      if (error instanceof RouterAbsentError) return null;
      throw error;
    }
  }

  async #start(): Promise<RouterInfo> {
    makeRouterFolders(this.#paths);
    this.#endSilentRouter();
    const logStart = rotatedLogSize(this.#paths.logFile);
    const child = this.#spawn();
    let ended: number | string | null = null;
    child.once('exit', (code, signal) => (ended = code ?? signal ?? 'unknown'));
    child.once('error', (error) => (ended = error.message));
    const deadline = Date.now() + startTimeoutMs;
    for (;;) {
      const info = await this.#info();
      if (info !== null) return this.#remember(info);
      if (ended !== null && ended !== 0) throw notStarted(`it ended with ${ended}`, this.#paths.logFile, logStart);
      if (Date.now() > deadline) throw notStarted('it does not answer', this.#paths.logFile, logStart);
      await pause(15);
    }
  }

  #spawn(): ChildProcess {
    const log = openSync(this.#paths.logFile, 'a', 0o600);
    const { stateDir, workers = 1 } = this.#options;
    const args = ['--state-dir', stateDir, '--port', String(this.#wantedPort()), '--workers', String(workers)];
    // Its own session: it lives on when this process, or the terminal, ends.
    const child = spawn(process.execPath, [this.#program(), ...args], {
      detached: true,
      stdio: ['ignore', log, log],
      env: environmentWithoutSecrets(),
    });
    closeSync(log);
    child.unref();
    return child;
  }

  /** The port that served last, so that addresses stay true over restarts, unless another one is wanted. */
  #wantedPort(): number {
    const wanted = this.#options.port ?? 7070;
    const last = this.#remembered()?.port;
    return last !== undefined && (wanted === 0 || (last >= wanted && last < wanted + 20)) ? last : wanted;
  }

  #remembered(): z.infer<typeof identityFile> | null {
    if (!existsSync(this.#paths.identityFile)) return null;
    const parsed = identityFile.safeParse(JSON.parse(readFileSync(this.#paths.identityFile, 'utf8')));
    return parsed.success ? parsed.data : null;
  }

  #remember(info: RouterInfo): RouterInfo {
    const identity = identifyProcess(info.pid);
    const port = Number(new URL(info.url).port);
    if (identity !== null) writeFileAtomic(this.#paths.identityFile, JSON.stringify({ ...identity, port }));
    return info;
  }

  /** One that lives but does not answer would keep the port. */
  #endSilentRouter(): void {
    const last = this.#remembered();
    if (last === null || !isRunning(last)) return;
    this.#options.onEvent?.(`the router (pid ${last.pid}) does not answer and is ended`);
    sendSignal(last.pid, 'SIGKILL');
  }

  /** The old router gives its listening socket to the new one: no request is dropped. */
  async #replace(old: RouterInfo): Promise<RouterInfo> {
    this.#options.onEvent?.(`the router (pid ${old.pid}) is of another build and is replaced`);
    const body = { program: this.#program() };
    await callRouter(this.#paths.controlSocket, { method: 'POST', path: '/v1/handover', body, answer: z.object({}) });
    const deadline = Date.now() + startTimeoutMs;
    while (Date.now() < deadline) {
      const info = await this.#info();
      if (info !== null && info.pid !== old.pid) return this.#remember(info);
      await pause(25);
    }
    this.#options.onEvent?.('the new router did not take over; the old one is stopped and a new one is started');
    await this.#end();
    return this.#start();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(isTrue: () => boolean, timeoutMs: number, complaint: string): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > deadline)
      throw new DandoriError('unavailable', complaint, { found: `${timeoutMs} ms of waiting` });
    await pause(10);
  }
}

/** Bytes of the log, which starts anew when it has become long. */
function rotatedLogSize(path: string): number {
  if (!existsSync(path)) return 0;
  const { size } = statSync(path);
  if (size <= maxLogBytes) return size;
  rmSync(`${path}.1`, { force: true });
  renameSync(path, `${path}.1`);
  return 0;
}

function notStarted(reason: string, logFile: string, logStart: number): DandoriError {
  let lastLines = '';
  try {
    lastLines = readFileSync(logFile, 'utf8').slice(logStart).trim().slice(-500);
  } catch (error) {
    lastLines = messageOf(error);
  }
  return new DandoriError('unavailable', `The router of the endpoints did not start: ${reason}.`, {
    found: lastLines === '' ? 'nothing in its log' : lastLines,
    next: `look into ${logFile}.`,
  });
}
