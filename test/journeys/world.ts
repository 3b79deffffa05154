import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComposeOptions } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config.js';
import type { ApiClient } from '../../src/entry/api-client.js';
import type { IssueView, RunLine, RunView } from '../../src/entry/api-types.js';
import { withoutMarks } from '../../src/entry/markdown-text.js';
import { type RunningServer, startServer } from '../../src/entry/server.js';
import { readRequestFile, submitRequest } from '../../src/entry/submit-request.js';
import { quietLog } from '../../src/entry/testing/state-dir.js';
import { withJobMemory } from './job-memory.js';
import { type People, peopleAtLocalTracker } from './people.js';
import { loansCsv, loansRequest, type RequestFields } from './rows.js';

/** Who runs Dandori: has `admin`. */
export const owner = 'owner';

/** Longest that a story waits for something; a machine under load needs far less. */
const watchdogMs = 90_000;
const pollMs = 50;

export interface Folders {
  /** Folder that goes at the end, with all below it. */
  root: string;
  stateDir: string;
  /** Data root: what requests name lies here. */
  dataDir: string;
}

/** Fresh folders, with `loans.csv` in the data root. */
export function makeFolders(name: string): Folders {
  const root = mkdtempSync(join(tmpdir(), `dandori-${name}-`));
  const folders = { root, stateDir: join(root, 'state'), dataDir: join(root, 'data') };
  mkdirSync(folders.dataDir);
  writeFileSync(join(folders.dataDir, 'loans.csv'), loansCsv());
  return folders;
}

/** Waits until `look` answers something; `tell` says what there is when it never does. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined>,
  tell: () => Promise<string> = async () => '',
): Promise<T> {
  const deadline = Date.now() + watchdogMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${watchdogMs / 1000} s for ${what}. ${await tell()}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** A comment as people see it: without hidden marks and escapes. */
function seen(body: string): string {
  return withoutMarks(body)
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .replaceAll('&#8203;', '')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

export interface Answer {
  status: number;
  /** The predictions, or the error. */
  body: Record<string, unknown>;
}

/** One installation as people see it: its tracker, its answers, its endpoints. */
export class World {
  readonly folders: Folders;
  readonly people: People;
  readonly #client: () => ApiClient;

  constructor(folders: Folders, people: People, client: () => ApiClient) {
    this.folders = folders;
    this.people = people;
    this.#client = client;
  }

  get api(): ApiClient {
    return this.#client();
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folders.dataDir, name), text);
  }

  /** An issue that asks for a model of the loans; answers its number. */
  ask(change: RequestFields = {}, by = owner): Promise<number> {
    return this.people.open({ title: 'Loans', body: loansRequest(change), by });
  }

  /** A request that its author approves at once, as `submit FILE --yes` does. */
  async submitFile(path: string): Promise<number> {
    return (await submitRequest(this.api, readRequestFile(path), true)).issue_number;
  }

  /** An issue whose author approves the plan by asking. */
  async askApproved(change: RequestFields = {}): Promise<number> {
    return this.ask({ workflow_optimization: { auto_approve: true }, ...change });
  }

  show(issue: number): Promise<IssueView> {
    return this.api.get<IssueView>(`/api/issues/${issue}`);
  }

  list(): Promise<RunLine[]> {
    return this.api.get<RunLine[]>('/api/runs');
  }

  /** The newest run of an issue, whole; null while there is none. */
  async run(issue: number): Promise<RunView | null> {
    const line = (await this.show(issue)).runs[0];
    return line === undefined ? null : this.api.get<RunView>(`/api/runs/${line.training_id}`);
  }

  /** Dandori's comments as people see them, oldest first. */
  async said(issue: number): Promise<string[]> {
    return (await this.people.comments(issue)).filter((one) => one.bySelf).map((one) => seen(one.body));
  }

  /** The status comment is not among them: it is one comment that lives. */
  async lastSaid(issue: number): Promise<string> {
    const comments = (await this.people.comments(issue)).filter((one) => one.bySelf && !/\/status -->/.test(one.body));
    return seen(comments.at(-1)?.body ?? '');
  }

  async #tell(issue: number): Promise<string> {
    const run = await this.run(issue);
    const { labels } = await this.people.issue(issue);
    return `Labels ${labels.join(' ')}; run ${JSON.stringify(run && { ...run, data: undefined })}; said:\n${(await this.said(issue)).join('\n---\n')}`;
  }

  /** Waits for a comment of Dandori's that matches; answers it. */
  heard(issue: number, pattern: RegExp): Promise<string> {
    const look = async () => (await this.said(issue)).find((text) => pattern.test(text));
    return eventually(`a comment like ${String(pattern)}`, look, () => this.#tell(issue));
  }

  /** Waits until the newest run asks a person; `not` is the hash of a plan that is over. */
  async waiting(issue: number, state = 'WaitForOptimizationApproval', not: string | null = null): Promise<RunView> {
    const look = async () => {
      const run = await this.run(issue);
      if (run !== null && run.ended_at !== null) throw new Error(`It ended instead. ${await this.#tell(issue)}`);
      const { question } = run ?? {};
      return question?.state === state && question.plan_hash !== not && run?.status === 'waiting' ? run : null;
    };
    return eventually(`issue ${issue} to wait in ${state}`, look, () => this.#tell(issue));
  }

  /** Waits until the newest run is in this state (and not before it). */
  in(issue: number, state: string): Promise<RunView> {
    const look = async () => {
      const run = await this.run(issue);
      return run?.current_state === state ? run : null;
    };
    return eventually(`issue ${issue} to be in ${state}`, look, () => this.#tell(issue));
  }

  /** Waits until the newest of `runs` runs ended. */
  ended(issue: number, runs = 1): Promise<RunView> {
    const look = async () => {
      const view = await this.show(issue);
      return view.runs.length >= runs && view.runs[0]?.ended_at != null ? this.run(issue) : null;
    };
    return eventually(`the end of issue ${issue}`, look, () => this.#tell(issue));
  }

  /** Waits for the end, which must be a model in service. */
  async inService(issue: number, runs = 1): Promise<RunView> {
    const run = await this.ended(issue, runs);
    if (run.status !== 'in_service') throw new Error(`Not in service. ${await this.#tell(issue)}`);
    return run;
  }

  labels(issue: number): Promise<string[]> {
    return this.people.issue(issue).then((one) => one.labels);
  }

  /** Waits for exactly these labels: on GitHub they are written when their turn comes. */
  async labelled(issue: number, labels: readonly string[]): Promise<void> {
    const look = async () => ((await this.labels(issue)).join() === labels.join() ? true : null);
    await eventually(`the labels ${labels.join(' ')}`, look, () => this.#tell(issue));
  }

  async predict(endpoint: string, row: unknown): Promise<Answer> {
    const answer = await this.api.post<{ status_code: number; body: string }>(`/api/endpoints/${endpoint}/predict`, {
      body: JSON.stringify(row),
      content_type: 'application/json',
    });
    return { status: answer.status_code, body: JSON.parse(answer.body) as Record<string, unknown> };
  }

  async tool(name: string, args: unknown): Promise<Record<string, unknown>> {
    return this.api.post<Record<string, unknown>>(`/api/tools/${name}`, args);
  }
}

/** A story looks often, so that it waits for the work and not for the clock. */
export const looks = { trackerMs: 50, statusMs: 100 };

/** Configuration of a story: its own folder, free ports. */
export function configOf(folders: Folders): Config {
  return readConfig({
    stateDir: folders.stateDir,
    port: 0,
    servingPort: 0,
    dataRoots: [folders.dataDir],
    user: owner,
    logLevel: 'error',
  });
}

/** A world whose server runs in this process, on one tracker or another. */
export abstract class StoryWorld extends World {
  abstract readonly server: RunningServer;

  /** Ends all and takes the folders away. */
  abstract stop(): Promise<void>;

  /** The text of a record in the history; empty when there is none. */
  async record(path: string): Promise<string> {
    return (await this.server.app.ports.history.readFile({ path })) ?? '';
  }
}

/** A story on the built-in tracker. */
export class LocalWorld extends StoryWorld {
  #server: RunningServer | null;

  private constructor(folders: Folders, server: RunningServer) {
    super(folders, peopleAtLocalTracker(folders.stateDir, owner), () => this.server.api);
    this.#server = server;
  }

  static async start(
    name: string,
    change: Partial<Config> = {},
    compose: Pick<ComposeOptions, 'patience'> = {},
  ): Promise<LocalWorld> {
    const folders = makeFolders(name);
    const server = await startServer({
      config: { ...configOf(folders), ...change },
      active: true,
      http: false,
      log: quietLog,
      compose: { ...compose, ...withJobMemory(folders.stateDir, false), looks },
    });
    return new LocalWorld(folders, server);
  }

  get server(): RunningServer {
    if (this.#server === null) throw new Error('The server of this story is stopped.');
    return this.#server;
  }

  async stop(): Promise<void> {
    await this.server.app.ports.endpoints.stopRouter();
    await this.server.close();
    this.#server = null;
    this.people.close();
    rmSync(this.folders.root, { recursive: true, force: true, maxRetries: 3 });
  }
}
