import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, dirname, resolve as absolute } from 'node:path';
import type { Duplex } from 'node:stream';
import { DandoriError } from '../errors.js';
import { createFrameDecoder, encodeFrame, type FrameHeader } from './framing.js';

/** Where Python is, and the folder that holds the package `dandori_trainer`. */
export interface PythonHome {
  executable: string;
  packages: string;
}

/** A process that answers rows by a user's own hooks. */
export interface PythonWorker {
  /** Of Python. */
  readonly version: string;
  /** The answer of `output_fn` to a JSON list of rows; rejects with the hook's name, or `unavailable` when the process died. */
  ask(body: string): Promise<string>;
  /** Last resident size it told, in bytes. */
  rssBytes(): number;
  /** Resolves when the process has ended, with the reason for people. */
  readonly ended: Promise<string>;
  kill(): void;
}

export interface PythonWorkerParams {
  python: PythonHome;
  /** The model directory, with `code/inference.py`. */
  modelDir: string;
  startTimeoutMs?: number;
  /** Resident size at which the process is ended; the default is that at which workers are replaced, so that a larger model never serves. */
  maxRssBytes?: number;
}

const jsonType = 'application/json';
const closeGraceMs = 1_000;

interface Waiter {
  resolve: (text: string) => void;
  reject: (error: Error) => void;
}

interface Connection {
  child: ChildProcess;
  channel: Duplex;
  waiting: Map<number, Waiter>;
  rssBytes: number;
  /** Why it ended or was ended; null while it runs. */
  endedBy: string | null;
  /** The first thing that it says of itself: ready or failed. */
  started: Promise<FrameHeader>;
  ended: Promise<string>;
}

/** The whole environment of the hooks: nothing of ours, one thread a native call. */
function hookEnvironment({ python, modelDir }: PythonWorkerParams): Record<string, string> {
  return {
    PATH: [dirname(python.executable), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    LANG: 'C.UTF-8',
    HOME: modelDir,
    TMPDIR: tmpdir(),
    PYTHONPATH: python.packages,
    PYTHONUNBUFFERED: '1',
    PYTHONNOUSERSITE: '1',
    // The model directory is digested: nothing is added to it.
    PYTHONDONTWRITEBYTECODE: '1',
    SM_MODEL_DIR: modelDir,
    SAGEMAKER_PROGRAM: 'inference.py',
  };
}

/** Starts the worker of a model directory and resolves when `model_fn` has loaded the model; rejects with what went wrong. */
export async function startPythonWorker(params: PythonWorkerParams): Promise<PythonWorker> {
  const { executable, packages } = params.python;
  // It runs in another folder than we do.
  const python = { executable: absolute(executable), packages: absolute(packages) };
  const connection = connect({ ...params, python, modelDir: absolute(params.modelDir) });
  const version = await whenReady(connection, params.startTimeoutMs ?? 60_000);
  const { child, channel, waiting, ended } = connection;
  let nextId = 1;
  return {
    version,
    ended,
    rssBytes: () => connection.rssBytes,
    kill: () => void child.kill('SIGKILL'),
    ask: (body) =>
      new Promise((resolve, reject) => {
        if (channel.destroyed) return reject(gone(connection.endedBy ?? 'it has ended'));
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        const header = { type: 'invoke', id, content_type: jsonType, accept: jsonType, explain: false } as const;
        channel.write(encodeFrame(header, Buffer.from(body)));
      }),
  };
}

/** The end of the process, told when what it last said has been read: a reason to fail arrives before the exit does. */
function endOf(child: ChildProcess, channel: Duplex): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`it cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      const reason = signal === null ? `it ended with exit code ${code}` : `it was killed by ${signal}`;
      if (channel.closed) return resolve(reason);
      channel.once('close', () => resolve(reason));
      // What a hook started may hold the channel open.
      setTimeout(() => resolve(reason), closeGraceMs).unref();
    });
  });
}

function connect(params: PythonWorkerParams): Connection {
  const { python, modelDir, maxRssBytes = 2 * 1024 ** 3 } = params;
  const child = spawn(python.executable, ['-m', 'dandori_trainer.inference_worker', modelDir], {
    cwd: modelDir,
    env: hookEnvironment(params),
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const channel = child.stdio[3] as Duplex;
  const waiting: Connection['waiting'] = new Map();
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  let tellStarted: (header: FrameHeader) => void = () => undefined;
  const started = new Promise<FrameHeader>((resolve) => (tellStarted = resolve));
  const ended = endOf(child, channel).then((reason) => {
    process.removeListener('exit', kill);
    return (connection.endedBy ??= reason);
  });
  // Later than those who wait for the end: a model server that ends now has its requests answered by another one.
  void ended.then((reason) => setImmediate(() => abandon(connection, reason)));
  const connection: Connection = { child, channel, waiting, rssBytes: 0, endedBy: null, started, ended };
  channel.on('error', () => channel.destroy());
  channel.on(
    'data',
    createFrameDecoder(({ header, body }) => {
      if (header.type === 'answer') settle(connection, header, body);
      else if (header.type === 'memory') watchMemory(connection, header.rss_bytes, maxRssBytes);
      else tellStarted(header);
    }),
  );
  return connection;
}

function watchMemory(connection: Connection, rssBytes: number, maxRssBytes: number): void {
  connection.rssBytes = rssBytes;
  if (rssBytes <= maxRssBytes) return;
  const megabytes = (bytes: number) => Math.round(bytes / 1024 ** 2);
  connection.endedBy = `it used ${megabytes(rssBytes)} MB of memory; its limit is ${megabytes(maxRssBytes)} MB`;
  connection.child.kill('SIGKILL');
}

function settle({ waiting }: Connection, header: Extract<FrameHeader, { type: 'answer' }>, body: Uint8Array): void {
  const waiter = waiting.get(header.id);
  waiting.delete(header.id);
  const text = Buffer.from(body).toString('utf8');
  if (header.status === 200 && header.content_type.startsWith(jsonType)) return waiter?.resolve(text);
  if (header.status === 200) return waiter?.reject(wrongType(header.content_type));
  const data = { status: header.status };
  waiter?.reject(new DandoriError(header.status < 500 ? 'invalid_input' : 'internal', text, { data }));
}

function wrongType(found: string): DandoriError {
  return new DandoriError('internal', "output_fn of the model's inference.py answered another content type.", {
    found: found.slice(0, 100),
    allowed: `${jsonType}, which the model server turns into what the client accepts`,
  });
}

function gone(reason: string): DandoriError {
  return new DandoriError('unavailable', `The Python worker of the model died: ${reason}.`);
}

function abandon(connection: Connection, reason: string): void {
  connection.channel.destroy();
  for (const { reject } of connection.waiting.values()) reject(gone(reason));
  connection.waiting.clear();
}

/** Python's version, once the model is loaded. */
async function whenReady({ child, started, ended }: Connection, timeoutMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`it was not ready after ${timeoutMs} ms`), timeoutMs);
  });
  const outcome = await Promise.race([started, ended, late]);
  clearTimeout(timer);
  if (typeof outcome !== 'string' && outcome.type === 'ready') return outcome.version ?? 'unknown';
  child.kill('SIGKILL');
  if (typeof outcome !== 'string' && outcome.type === 'failed')
    throw new DandoriError(outcome.code === 'not_yet' ? 'not_yet' : 'corrupt', outcome.message, {
      next: 'mend inference.py and train again; the whole traceback is in the log.',
    });
  throw new DandoriError('unavailable', 'The Python worker of the model could not be started.', {
    ...(typeof outcome === 'string' ? { found: outcome } : {}),
    next: 'look into the log; "npx dandori doctor" checks the Python environment.',
  });
}
