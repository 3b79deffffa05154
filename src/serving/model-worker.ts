import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { modelSignature, type ModelSignature } from '../contracts/training.js';
import { DandoriError, errorCodes, type ErrorCode } from '../errors.js';
import { createFrameDecoder, encodeFrame, type FrameHeader } from './framing.js';
import type { InvocationRequest, InvocationResponse } from './invocation.js';
import type { PackageRef } from './predictor.js';
import type { PythonHome } from './python-worker.js';

/** The worker died before it answered; the request may be sent to another one, since a prediction changes nothing. */
export class WorkerGoneError extends Error {
  override readonly name = 'WorkerGoneError';
}

/** One model server process, loaded and warm. */
export interface ModelWorker {
  readonly pid: number;
  readonly signature: ModelSignature;
  /** Requests that wait for its answer. */
  inFlight(): number;
  /** Last resident size it told, in bytes; 0 before the first. */
  rssBytes(): number;
  /** Rejects with `WorkerGoneError` when it dies first. */
  invoke(request: InvocationRequest): Promise<InvocationResponse>;
  /** Lets running requests end (at most `timeoutMs`), then SIGTERM, then SIGKILL. */
  retire(timeoutMs: number): Promise<void>;
  /** SIGKILL at once. */
  kill(): void;
  /** Resolves when the process has ended, with the reason for people. */
  readonly ended: Promise<string>;
}

export interface StartWorkerParams {
  ref: PackageRef;
  /** Compiled model server program. */
  program: string;
  /** For models with an inference.py of their own. */
  python?: PythonHome | null;
  startTimeoutMs?: number;
}

const killGraceMs = 2_000;

interface Connection {
  child: ChildProcess;
  channel: Duplex;
  pid: number;
  waiting: Map<number, { resolve: (answer: InvocationResponse) => void; reject: (error: Error) => void }>;
  rssBytes: number;
  ended: Promise<string>;
}

/** Starts a model server process and resolves when its model is loaded and has answered a sample row; rejects with its reason. */
export async function startModelWorker({
  ref,
  program,
  python = null,
  startTimeoutMs = 60_000,
}: StartWorkerParams): Promise<ModelWorker> {
  const connection = spawnServer(ref, program, python);
  const signature = await whenReady(connection, startTimeoutMs, ref);
  const { channel, waiting, child } = connection;
  let nextId = 1;
  return {
    pid: connection.pid,
    signature,
    ended: connection.ended,
    inFlight: () => waiting.size,
    rssBytes: () => connection.rssBytes,
    invoke: (request) =>
      new Promise((resolve, reject) => {
        if (channel.destroyed) return reject(new WorkerGoneError('The model worker has ended.'));
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        const { contentType, accept, body, explain = false } = request;
        channel.write(encodeFrame({ type: 'invoke', id, content_type: contentType, accept, explain }, body));
      }),
    retire: (timeoutMs) => retire(connection, timeoutMs),
    kill: () => void child.kill('SIGKILL'),
  };
}

function spawnServer(ref: PackageRef, program: string, python: PythonHome | null): Connection {
  const home = python === null ? [] : ['--python', python.executable, '--python-packages', python.packages];
  const names = ['--model-name', ref.modelName, '--model-version', ref.version, ...home];
  const args = [program, '--channel', '--folder', ref.folder, '--digests', JSON.stringify(ref.digests), ...names];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  // A child's extra `pipe` is a socket pair: no path, no port, and its end is seen at once by both sides.
  const channel = child.stdio[3] as Duplex;
  const waiting: Connection['waiting'] = new Map();
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it cannot be started: ${error.message}`));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `it ended with exit code ${code}` : `it was killed by ${signal}`),
    );
  });
  const connection: Connection = { child, channel, pid: child.pid ?? 0, waiting, rssBytes: 0, ended };
  channel.on('error', () => channel.destroy());
  channel.on('close', () => abandon(connection, 'its channel closed'));
  void ended.then((reason) => abandon(connection, reason));
  return connection;
}

/** Rejects whatever waits for an answer. */
function abandon(connection: Connection, reason: string): void {
  connection.channel.destroy();
  for (const { reject } of connection.waiting.values())
    reject(new WorkerGoneError(`The model worker died: ${reason}.`));
  connection.waiting.clear();
}

async function whenReady(connection: Connection, timeoutMs: number, ref: PackageRef): Promise<ModelSignature> {
  let timer: NodeJS.Timeout | undefined;
  const what = `The model ${ref.modelName} ${ref.version}`;
  const first = new Promise<FrameHeader>((resolve) => {
    connection.channel.on(
      'data',
      createFrameDecoder((frame) => {
        if (frame.header.type === 'ready' || frame.header.type === 'failed') resolve(frame.header);
        else receive(connection, frame.header, frame.body);
      }),
    );
  });
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`it was not ready after ${timeoutMs} ms`), timeoutMs);
  });
  const outcome = await Promise.race([first, connection.ended, late]);
  clearTimeout(timer);
  if (typeof outcome !== 'string' && outcome.type === 'ready') return modelSignature.parse(outcome.signature);
  connection.child.kill('SIGKILL');
  if (typeof outcome !== 'string' && outcome.type === 'failed')
    throw new DandoriError(asErrorCode(outcome.code), outcome.message);
  throw new DandoriError('unavailable', `${what} could not be started.`, {
    found: typeof outcome === 'string' ? outcome : outcome.type,
    next: 'look into endpoints/router.log of the state directory.',
  });
}

/** An error code that came over a wire; an unknown one is `internal`. */
export function asErrorCode(code: unknown): ErrorCode {
  return errorCodes.find((known) => known === code) ?? 'internal';
}

function receive(connection: Connection, header: FrameHeader, body: Uint8Array): void {
  if (header.type === 'memory') connection.rssBytes = header.rss_bytes;
  if (header.type !== 'answer') return;
  const waiter = connection.waiting.get(header.id);
  connection.waiting.delete(header.id);
  waiter?.resolve({ status: header.status, contentType: header.content_type, body });
}

async function retire(connection: Connection, timeoutMs: number): Promise<void> {
  const { child, waiting, ended } = connection;
  const deadline = Date.now() + timeoutMs;
  while (waiting.size > 0 && Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), killGraceMs);
  await ended;
  clearTimeout(timer);
}
