import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalEndpointPlatform } from '../../src/adapters/local/endpoint-platform.js';
import { createLocalObjectStore } from '../../src/adapters/local/object-store.js';
import { createApiClient, isListening, overSocket, type ApiClient } from '../../src/entry/api-client.js';
import { socketPath } from '../../src/entry/socket-path.js';
import { projectRoot } from '../../src/root.js';
import { type Fleet, owner } from './fleet.js';

const longestStartMs = 120_000;

/** A server process on a fleet, as `dandori up` starts it. */
export interface FleetServer {
  api: ApiClient;
  pid: number;
  /** Milliseconds from the start of the process until it had said that it is up and answered. */
  readyMs: number;
  /** Processor time that it used so far, in milliseconds; null where there is no /proc. */
  cpuMs: () => number | null;
  /** SIGKILL, or SIGTERM and its end. */
  end: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void>;
}

/** Environment and arguments of a command on the fleet. */
export function commandOf(fleet: Fleet, args: readonly string[]): { args: string[]; env: NodeJS.ProcessEnv } {
  const env = {
    ...process.env,
    DANDORI_PYTHON_ENV: join(fleet.root, 'env'),
    DANDORI_PORT: '0',
    DANDORI_SERVING_PORT: '0',
    DANDORI_MAX_JOBS: String(fleet.config.maxConcurrentJobs),
    DANDORI_USER: owner,
    DANDORI_LOG_LEVEL: 'error',
  };
  return { args: [join(projectRoot, 'bin', 'dandori.js'), ...args, '--dir', fleet.config.stateDir], env };
}

// Clock ticks a second: 100 on every Linux that Node runs on.
const tickMs = 10;

function cpuMsOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return null;
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Starts `dandori up` on the fleet and waits until it works. */
export async function startFleetServer(fleet: Fleet): Promise<FleetServer> {
  const startedMs = performance.now();
  const { args, env } = commandOf(fleet, ['up']);
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const socket = socketPath(fleet.config.stateDir);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-8000)));
  while (!said.includes(' is up on ') || !(await isListening(socket))) {
    if (hasEnded(child)) throw new Error(`The server ended with ${child.exitCode ?? child.signalCode}:\n${said}`);
    if (performance.now() - startedMs > longestStartMs) throw new Error(`The server does not come up:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const readyMs = performance.now() - startedMs;
  const pid = child.pid ?? 0;
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  return { api: createApiClient(overSocket(socket)), pid, readyMs, cpuMs: () => cpuMsOf(pid), end };
}

/** Lets every trainer end, and ends the router and supervisors of the fleet; its server must have ended. */
export async function endFleet(fleet: Fleet): Promise<void> {
  const { stateDir } = fleet.config;
  writeFileSync(join(fleet.gates, 'all'), '');
  const objects = createLocalObjectStore({ dir: join(stateDir, 'objects') });
  await createLocalEndpointPlatform({ stateDir, objects, port: 0 }).stopRouter();
}
