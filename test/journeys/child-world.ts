import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createApiClient, isListening, overSocket } from '../../src/entry/api-client.js';
import { socketPath } from '../../src/entry/socket-path.js';
import { projectRoot } from '../../src/root.js';
import type { HealthAnswer } from '../../src/entry/api-types.js';
import { type FakeGitHub, startFakeGitHub } from '../fake-github/fake-github.js';
import { peopleAtGitHub } from './github-world.js';
import { peopleAtLocalTracker } from './people.js';
import { isOnGitHub } from './start-world.js';
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

const dandori = join(projectRoot, 'bin', 'dandori.js');
const onGitHub = join(projectRoot, 'test', 'journeys', 'github-child.mjs');

function run(folders: Folders, args: readonly string[], env: NodeJS.ProcessEnv): Child {
  const child = spawn(process.execPath, [...args, '--dir', folders.stateDir], {
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

/** A GitHub for a server that is told of it by its environment, as every server is. */
async function makeGitHub(): Promise<{ fake: FakeGitHub; env: NodeJS.ProcessEnv }> {
  const fake = await startFakeGitHub({ limits: false, webhookSecret: 'one-word' });
  fake.permit(owner, 'admin');
  const { account, webhookSecret, name, url } = fake;
  const env = {
    DANDORI_GITHUB_REPO: name,
    DANDORI_GITHUB_TOKEN: account.kind === 'token' ? account.token : '',
    DANDORI_GITHUB_WEBHOOK_SECRET: webhookSecret,
    DANDORI_GITHUB_WEBHOOK_PORT: '0',
    DANDORI_GITHUB_POLL_SECONDS: '1',
    DANDORI_GITHUB_API_URL: url,
  };
  return { fake, env };
}

/** A world whose server is a process of its own, `dandori up`, which can be killed and started again. */
export class ChildWorld extends World {
  #child: Child | null = null;
  /** Beside those of every child. */
  #env: NodeJS.ProcessEnv = {};
  #fake: FakeGitHub | null = null;

  static async start(name: string, given: NodeJS.ProcessEnv = {}): Promise<ChildWorld> {
    const folders = makeFolders(name);
    const client = createApiClient(overSocket(socketPath(folders.stateDir)));
    const github = isOnGitHub ? await makeGitHub() : null;
    const env = { ...given, ...github?.env };
    // The child makes the state directory and its tables; the people come when it is up.
    const first = run(folders, github === null ? [dandori, 'up'] : [onGitHub], env);
    await ready(folders, first);
    const people = github === null ? peopleAtLocalTracker(folders.stateDir, owner) : peopleAtGitHub(github.fake);
    const world = new ChildWorld(folders, people, () => client);
    world.#child = first;
    world.#env = env;
    world.#fake = github?.fake ?? null;
    await world.#deliver();
    return world;
  }

  async up(): Promise<void> {
    this.#child = run(this.folders, this.#fake === null ? [dandori, 'up'] : [onGitHub], this.#env);
    await ready(this.folders, this.#child);
    await this.#deliver();
  }

  /** GitHub's webhook leads to the server that is up now. */
  async #deliver(): Promise<void> {
    if (this.#fake === null) return;
    const { github } = await this.api.get<HealthAnswer>('/api/health');
    this.#fake.webhooks.to(github?.webhook_url ?? null);
  }

  /** Subjects of the commits that brought the record of a run. */
  commitsOf(trainingId: string): string[] {
    if (this.#fake === null) {
      const file = `training_history/${trainingId}.md`;
      const folder = join(this.folders.stateDir, 'history');
      return execFileSync('git', ['-C', folder, 'log', '--format=%s', '--', file]).toString().trim().split('\n');
    }
    const { git } = this.#fake.repository;
    const subjects = [...git.log(git.branches.get('main'))].map(({ message }) => message.split('\n')[0] ?? '');
    return subjects.filter((subject) => subject.includes(trainingId));
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
    return run(this.folders, [dandori, ...args], this.#env).ended;
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
    await this.#fake?.close();
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
