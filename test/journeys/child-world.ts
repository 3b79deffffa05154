import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createApiClient, isListening, overSocket } from '../../src/entry/api-client.js';
import { socketPath } from '../../src/entry/socket-path.js';
import { projectRoot } from '../../src/root.js';
import { peopleAtLocalTracker } from './people.js';
import { createLocalEndpointPlatform } from '../../src/adapters/local/endpoint-platform.js';
import { createLocalObjectStore } from '../../src/adapters/local/object-store.js';
import { openDatabase } from '../../src/db.js';
import { eventually, type Folders, makeFolders, owner, World } from './world.js';

export interface Ended {
  code: number | null;
  signal: string | null;
  stderr: string;
}

interface Child {
  process: ChildProcess;
  ended: Promise<Ended>;
  stderr: () => string;
}

function run(folders: Folders, args: readonly string[], env: NodeJS.ProcessEnv): Child {
  const child = spawn(process.execPath, [join(projectRoot, 'bin', 'dandori.js'), ...args, '--dir', folders.stateDir], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      DANDORI_PORT: '0',
      DANDORI_SERVING_PORT: '0',
      DANDORI_DATA_ROOTS: folders.dataDir,
      DANDORI_USER: owner,
      DANDORI_LOG_LEVEL: 'error',
      ...env,
    },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  return { process: child, ended, stderr: () => stderr };
}

/** A world whose server is a process of its own, `dandori up`, which can be killed and started again. */
export class ChildWorld extends World {
  #child: Child | null = null;
  /** Beside those of every child. */
  #env: NodeJS.ProcessEnv = {};

  static async start(name: string, env: NodeJS.ProcessEnv = {}): Promise<ChildWorld> {
    const folders = makeFolders(name);
    const client = createApiClient(overSocket(socketPath(folders.stateDir)));
    // The child makes the state directory and its tables; the people come when it is up.
    const first = run(folders, ['up'], env);
    await ready(folders, first);
    const world = new ChildWorld(folders, peopleAtLocalTracker(folders.stateDir, owner), () => client);
    world.#child = first;
    world.#env = env;
    return world;
  }

  async up(): Promise<void> {
    this.#child = run(this.folders, ['up'], this.#env);
    await ready(this.folders, this.#child);
  }

  /** After a story that failed between a kill and a start, the next one begins with a server all the same. */
  async ensureUp(): Promise<void> {
    if (this.#child === null) await this.up();
  }

  /** SIGKILL: the process has no time to tidy up anything. */
  async kill(): Promise<void> {
    this.#child?.process.kill('SIGKILL');
    await this.#child?.ended;
    this.#child = null;
  }

  /** Runs a command of the command line to its end. */
  command(...args: string[]): Promise<Ended> {
    return run(this.folders, args, this.#env).ended;
  }

  /** Ends all and takes the folders away. */
  async stop(): Promise<void> {
    this.#child?.process.kill('SIGTERM');
    await this.#child?.ended;
    const { stateDir, root } = this.folders;
    const db = openDatabase(join(stateDir, 'dandori.db'));
    const objects = createLocalObjectStore({ dir: join(stateDir, 'objects'), db });
    await createLocalEndpointPlatform({ stateDir, objects, port: 0 }).stopRouter();
    db.close();
    this.people.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

function ready(folders: Folders, child: Child): Promise<true> {
  return eventually(
    'the server',
    async () => {
      if (child.process.exitCode !== null) throw new Error(`The server ended: ${child.stderr()}`);
      return (await isListening(socketPath(folders.stateDir))) ? true : null;
    },
    async () => child.stderr(),
  );
}
