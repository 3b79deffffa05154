import { z } from 'zod';
import type { Clock } from './clock.js';
import type { GitHubClient } from './client.js';
import { GitData, type Head, isProtectedRefusal } from './git-data.js';
import { anyAnswer } from './payloads.js';
import type { Writer } from './writer.js';

/** A label as GitHub keeps it; `color` is six hexadecimal digits, the description has at most 100 characters. */
export interface NeededLabel {
  name: string;
  color: string;
  description: string;
}

/** A text file of the default branch. */
export interface NeededFile {
  path: string;
  body: string;
}

export interface SetUpPlan {
  /** Those that the repository does not have. */
  labels: NeededLabel[];
  /** Those that are absent or have another text. */
  files: { path: string; change: 'new' | 'changed' }[];
  /** The default branch, to which files are committed; by a pull request when it is protected. */
  branch: string;
}

const pullBranch = 'dandori/set-up';
const waitMs = 120_000;

/** The needed labels that the repository does not have, whatever their colour there. */
export async function missingLabels(client: GitHubClient, needed: readonly NeededLabel[]): Promise<NeededLabel[]> {
  const route = 'GET /repos/{owner}/{repo}/labels';
  const { data } = await client.readAll({
    about: 'list its labels',
    route,
    schema: z.array(z.object({ name: z.string() })),
  });
  const known = new Set(data.map(({ name }) => name.toLowerCase()));
  return needed.filter(({ name }) => !known.has(name.toLowerCase()));
}

/** Prepares a repository for requests: labels and files that are missing, nothing else; done twice it does nothing. */
export class RepositorySetUp {
  readonly #client: GitHubClient;
  readonly #writer: Writer;
  readonly #clock: Clock;
  readonly #git: GitData;

  constructor(parts: { client: GitHubClient; writer: Writer; clock: Clock }) {
    this.#client = parts.client;
    this.#writer = parts.writer;
    this.#clock = parts.clock;
    this.#git = new GitData(parts.client, parts.writer, waitMs);
  }

  async plan(labels: readonly NeededLabel[], files: readonly NeededFile[]): Promise<SetUpPlan> {
    const branch = await this.#git.defaultBranch();
    const head = await this.#git.head(branch);
    const there = head === null ? [] : await this.#git.files(head.tree);
    const changes: SetUpPlan['files'] = [];
    for (const { path, body } of files) {
      const found = there.find((one) => one.path === path);
      if (found === undefined) changes.push({ path, change: 'new' });
      else if ((await this.#git.blob(found.sha)).toString('utf8') !== body) changes.push({ path, change: 'changed' });
    }
    return { labels: await missingLabels(this.#client, labels), files: changes, branch };
  }

  /** Answers where the files went: the branch itself, or a pull request that somebody has to merge; null without files. */
  async apply(plan: SetUpPlan, files: readonly NeededFile[]): Promise<{ pullRequest: string | null } | null> {
    for (const label of plan.labels) await this.#createLabel(label);
    const changed = files.filter(({ path }) => plan.files.some((one) => one.path === path));
    return changed.length === 0 ? null : this.#commit(plan.branch, changed);
  }

  #createLabel(label: NeededLabel): Promise<unknown> {
    const about = `make the label ${label.name}`;
    const route = 'POST /repos/{owner}/{repo}/labels';
    const write = (): Promise<unknown> => this.#client.call({ about, route, params: { ...label }, schema: anyAnswer });
    return this.#writer.run({ priority: 'answer', about, waitMs, write });
  }

  async #commit(branch: string, files: readonly NeededFile[]): Promise<{ pullRequest: string | null }> {
    const head: Head = await this.#git.requireHead(branch);
    const date = `${new Date(this.#clock.nowMs()).toISOString().slice(0, 19)}Z`;
    const sha = await this.#git.commit({
      message: 'Set up Dandori\n\nThe form in which people ask for a model.',
      tree: await this.#git.tree(head.tree, files),
      parents: [head.sha],
      author: { name: 'Dandori', email: 'dandori@localhost', date },
    });
    if (await this.#pushed(branch, sha)) return { pullRequest: null };
    if ((await this.#git.head(pullBranch)) === null) await this.#git.createBranch(pullBranch, sha);
    else await this.#git.moveBranch(pullBranch, sha, true);
    const body = 'The form in which people ask Dandori for a model. It works once this is merged.';
    await this.#git.openPull({ title: 'Set up Dandori', body, head: pullBranch, base: branch });
    const [pull] = await this.#git.pulls(pullBranch, branch);
    return { pullRequest: pull?.url ?? `${this.#client.webUrl}/pulls` };
  }

  async #pushed(branch: string, sha: string): Promise<boolean> {
    if (await this.#git.isProtected(branch)) return false;
    try {
      await this.#git.moveBranch(branch, sha);
      return true;
    } catch (error) {
      if (!isProtectedRefusal(error)) throw error;
      return false;
    }
  }
}
