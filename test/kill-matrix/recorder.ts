import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { ComposeOptions } from '../../src/compose.js';
import type { JobRequest } from '../../src/ports/job-platform.js';
import { program } from '../../src/root.js';
import { copyState, stateDigest } from './snapshot.js';

/** A moment at which everything may stop. */
export interface CrashPoint {
  /** From 1, in the order of the run. */
  number: number;
  /** What had just happened, e.g. `commit effect`, `after history.commit`. */
  kind: string;
  /** The copied state directory, one for all points that left the same bytes; null when this point was not chosen. */
  copy: string | null;
  /** Folders below `jobs/` whose job ran at this moment. */
  running: string[];
}

/** Methods of the ports that change what lies outside of the database. */
export const effects = {
  objects: ['put', 'putFile', 'delete'],
  jobs: ['startJob', 'stopJob'],
  endpoints: ['applyEndpoint', 'deleteEndpoint'],
  history: ['commit'],
} as const;

const written = /^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM|CREATE TABLE(?: IF NOT EXISTS)?)\s+(\w+)/i;

/** Tables that these statements wrote, sorted. */
export function tablesOf(statements: readonly string[]): string[] {
  const names = statements.flatMap((sql) => written.exec(sql)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** Folder of a job below `jobs/`, as the job platform names it. */
const folderOf = (jobName: string): string => createHash('sha256').update(jobName).digest('hex').slice(0, 40);

function runningJobs(stateDir: string): string[] {
  const jobs = join(stateDir, 'jobs');
  if (!existsSync(jobs)) return [];
  return readdirSync(jobs).filter((name) => {
    const state = join(jobs, name, 'state');
    return existsSync(join(state, 'supervisor.json')) && !existsSync(join(state, 'exit.json'));
  });
}

/** Whether to copy the state at a point; `known` when its kind, and every job that runs, was met before. */
export type Choose = (point: { number: number; kind: string; known: boolean }) => boolean;

/** Numbers the crash points of one run and copies the state directory at those that are chosen. */
export class Recorder {
  readonly points: CrashPoint[] = [];
  /** Copy of the folder of every job as it was when the job had ended, by the name of the folder. */
  readonly ended = new Map<string, string>();
  /** Name of such a copy for every program. */
  readonly endedByProgram = new Map<JobRequest['program'], string>();
  readonly #programs = new Map<string, JobRequest['program']>();
  readonly #stateDir: string;
  readonly #copies: string;
  readonly #chosen: Choose;
  readonly #kinds = new Set<string>();
  readonly #copyOf = new Map<string, string>();
  readonly #seenRunning = new Set<string>();
  #stopped = false;

  constructor(params: { stateDir: string; copies: string; chosen: Choose }) {
    this.#stateDir = params.stateDir;
    this.#copies = params.copies;
    this.#chosen = params.chosen;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** A moment of which others know, e.g. when the other side has done something and not answered yet. */
  mark(kind: string): void {
    this.#point(kind);
  }

  #point(kind: string): void {
    if (this.#stopped) return;
    const number = this.points.length + 1;
    const known = this.#kinds.has(kind);
    this.#kinds.add(kind);
    const running = runningJobs(this.#stateDir);
    const isNewJob = running.some((folder) => !this.#seenRunning.has(folder));
    for (const folder of running) this.#seenRunning.add(folder);
    const copy = this.#chosen({ number, kind, known: known && !isNewJob }) ? join(this.#copies, String(number)) : null;
    const point: CrashPoint = { number, kind, copy, running: [] };
    this.points.push(point);
    if (copy === null) return;
    copyState(this.#stateDir, copy);
    point.running = runningJobs(copy);
    this.#keepOne(point, copy);
  }

  /** What starts on the same bytes does the same: one copy stands for all points that left them. */
  #keepOne(point: CrashPoint, copy: string): void {
    const digest = stateDigest(copy);
    const first = this.#copyOf.get(digest);
    if (first === undefined) this.#copyOf.set(digest, copy);
    else {
      point.copy = first;
      rmSync(copy, { recursive: true });
    }
  }

  /** The first output of a job that is stored: the job has ended, nothing of it is taken yet. */
  #keepEnded(path: string): void {
    const [folder = ''] = relative(join(this.#stateDir, 'jobs'), path).split(sep);
    const program = this.#programs.get(folder);
    if (this.#stopped || program === undefined || this.ended.has(folder)) return;
    const copy = join(this.#copies, `ended-${folder}`);
    copyState(join(this.#stateDir, 'jobs', folder), copy);
    this.ended.set(folder, copy);
    this.endedByProgram.set(program, copy);
  }

  #before(method: string, params: unknown): void {
    if (method === 'objects.putFile') this.#keepEnded((params as { path: string }).path);
    if (method === 'jobs.startJob') {
      const { jobName, program } = params as JobRequest;
      this.#programs.set(folderOf(jobName), program);
    }
    this.#point(`before ${method}`);
  }

  #observe<P extends object>(port: keyof typeof effects, adapter: P): P {
    const names: readonly (string | symbol)[] = effects[port];
    return new Proxy(adapter, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function' || !names.includes(name)) return method;
        const label = `${port}.${String(name)}`;
        return async (params: unknown): Promise<unknown> => {
          this.#before(label, params);
          const answer: unknown = await Reflect.apply(method, target, [params]);
          this.#point(`after ${label}`);
          return answer;
        };
      },
    });
  }

  get compose(): ComposeOptions {
    return {
      onCommit: (statements) => this.#point(`commit ${tablesOf(statements).join(' ')}`),
      observe: (port, adapter) => this.#observe(port, adapter),
      jobs: {
        supervisorProgram: () => {
          this.#point('job folder made');
          return program('jobs/supervisor');
        },
      },
    };
  }
}
