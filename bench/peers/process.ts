import { fork, type ChildProcess } from 'node:child_process';
import { atEnd } from './ending.js';
import type { Opened, Order, RunResult, Usage } from './harness.js';

const longestOrderMs = 180_000;

/** A process that holds one engine and takes orders, see `harness.ts`. */
export interface EngineProcess {
  open(params: { database: string; durable: boolean; atOnce: number }): Promise<Opened>;
  run(params: { prefix: string; runs: number; atOnce: number }): Promise<RunResult>;
  wait(runs: number): Promise<void>;
  answer(run: number): Promise<void>;
  idle(): Promise<void>;
  usage(): Promise<Usage>;
  /** Closes the engine, then the process. */
  close(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

type Reply = { result: unknown } | { error: string };

function next(child: ChildProcess, what: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => reject(new Error(`no answer to ${what}`))), longestOrderMs);
    const onMessage = (reply: Reply): void =>
      settle(() => ('error' in reply ? reject(new Error(`${what}: ${reply.error}`)) : resolve(reply.result)));
    const onExit = (code: number | null, signal: string | null): void =>
      settle(() => reject(new Error(`the process ended with ${signal ?? code} during ${what}`)));
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      then();
    };
    child.on('message', onMessage).on('exit', onExit);
  });
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  end();
  await exit;
}

/** Starts a program that calls `serveEngine`; resolves when its modules are loaded. */
export async function startEngine(program: string, node: string): Promise<EngineProcess> {
  const child = fork(program, [], {
    execPath: node,
    execArgv: ['--no-deprecation'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const kill = () => ended(child, () => child.kill('SIGKILL'));
  atEnd(kill);
  await next(child, 'start');
  const order = async (one: Order): Promise<unknown> => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the process has ended before ${one.do}`);
    const reply = next(child, one.do);
    // A process that ends now is told by its exit.
    child.send(one, () => undefined);
    return reply;
  };
  return {
    open: (params) => order({ do: 'open', ...params }) as Promise<Opened>,
    run: (params) => order({ do: 'run', ...params }) as Promise<RunResult>,
    wait: (runs) => order({ do: 'wait', runs }) as Promise<void>,
    answer: (run) => order({ do: 'answer', run }) as Promise<void>,
    idle: () => order({ do: 'idle' }) as Promise<void>,
    usage: () => order({ do: 'usage' }) as Promise<Usage>,
    async close() {
      await order({ do: 'close' });
      await ended(child, () => child.disconnect());
    },
    kill,
  };
}
