import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalEndpointPlatform } from '../../src/adapters/local/endpoint-platform.js';
import { createLocalObjectStore } from '../../src/adapters/local/object-store.js';
import { createApiClient, isListening, overSocket, type ApiClient } from '../../src/entry/api-client.js';
import type { IssueView, RunView } from '../../src/entry/api-types.js';
import { socketPath } from '../../src/entry/socket-path.js';
import { projectRoot } from '../../src/root.js';

const pollMs = 20;
const longestStartMs = 60_000;

/** A server process as a user starts it, with `dandori up`, and a client of its socket. */
export interface Server {
  api: ApiClient;
  pid: number;
  /** Milliseconds from the start of the process to its first answer. */
  readyMs: number;
  stop: () => Promise<void>;
}

/** A state directory of its own in the temporary folder. */
export interface Installation {
  stateDir: string;
  up: () => Promise<Server>;
  /** Stops its servers and its router and removes everything. */
  remove: () => Promise<void>;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, pollMs));

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function up(stateDir: string): Promise<Server> {
  const startedMs = performance.now();
  const env = { ...process.env, DANDORI_PORT: '0', DANDORI_SERVING_PORT: '0', DANDORI_LOG_LEVEL: 'error' };
  const command = [join(projectRoot, 'bin', 'dandori.js'), 'up', '--dir', stateDir];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  // The last line of a start: everything is wired and works.
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const socket = socketPath(stateDir);
  while (!said.includes(' is up on ') || !(await isListening(socket))) {
    if (hasEnded(child)) throw new Error(`dandori up ended with ${child.exitCode ?? child.signalCode}:\n${said}`);
    if (performance.now() - startedMs > longestStartMs) {
      child.kill('SIGKILL');
      throw new Error(`dandori up does not answer after ${longestStartMs} ms:\n${said}`);
    }
    await pause();
  }
  const stop = async () => {
    if (hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  };
  const readyMs = performance.now() - startedMs;
  return { api: createApiClient(overSocket(socket)), pid: child.pid ?? 0, readyMs, stop };
}

export function createInstallation(): Installation {
  const stateDir = mkdtempSync(join(tmpdir(), 'dandori-bench-'));
  const servers: Server[] = [];
  return {
    stateDir,
    async up() {
      const server = await up(stateDir);
      servers.push(server);
      return server;
    },
    async remove() {
      for (const server of servers) await server.stop();
      const objects = createLocalObjectStore({ dir: join(stateDir, 'objects') });
      await createLocalEndpointPlatform({ stateDir, objects, port: 0 }).stopRouter();
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** What a request took, in seconds from its submission; the states in seconds each. */
export interface Journey {
  run: RunView;
  /** Until the proposal stood on the issue. */
  proposalSeconds: number;
  /** Until the end of DeployModel: the model is in service. */
  serviceSeconds: number;
  /** Until everything was written and told. */
  endSeconds: number;
  states: Record<string, number>;
}

/** Takes one request to its end, approved beforehand; throws where it does not come to a model in service. */
export async function takeRequest(server: Server, request: { body: string; folder: string }): Promise<Journey> {
  const { api } = server;
  const submittedMs = Date.now();
  const submission = { title: 'Benchmark', body: request.body, base_dir: request.folder, yes: true };
  const { issue_number: number } = await api.post<{ issue_number: number }>('/api/requests', submission);
  let proposalSeconds = Number.NaN;
  for (;;) {
    const issue = await api.get<IssueView>(`/api/issues/${number}`);
    // The proposal is the comment that shows the hash of the plan.
    const proposal = issue.comments.find((comment) => comment.bySelf && /`[0-9a-f]{64}`/.test(comment.body));
    if (proposal !== undefined && Number.isNaN(proposalSeconds))
      proposalSeconds = (Date.parse(proposal.createdAt) - submittedMs) / 1000;
    const [line] = issue.runs;
    if (line?.ended_at != null) {
      const run = await api.get<RunView>(`/api/runs/${line.training_id}`);
      if (line.status !== 'in_service') throw new Error(`The run ended as ${line.status}: ${run.error}: ${run.cause}`);
      const since = (at: string | null | undefined) => (Date.parse(at ?? '') - submittedMs) / 1000;
      const deployed = run.states.find((state) => state.state === 'DeployModel');
      const states = run.states.filter((state) => state.attempts > 0);
      return {
        run,
        proposalSeconds,
        serviceSeconds: since(deployed?.ended_at),
        endSeconds: since(run.ended_at),
        states: Object.fromEntries(states.map((state) => [state.state, (state.duration_ms ?? 0) / 1000])),
      };
    }
    if (issue.issue.labels.includes('mlops:invalid'))
      throw new Error(`The request was refused: ${issue.comments.at(-1)?.body ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Resident memory of a process in MB, and its part that is not shared with files; null where there is no /proc. */
export function residentMb(pid: number): { totalMb: number; anonymousMb: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024;
    return { totalMb: read('VmRSS'), anonymousMb: read('RssAnon') };
  } catch {
    return null;
  }
}
