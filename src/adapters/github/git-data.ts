import { z } from 'zod';
import { codeOf, DandoriError, messageOf } from '../../errors.js';
import type { Call, GitHubClient } from './client.js';
import { statusOf } from './github-error.js';
import { anyAnswer } from './payloads.js';
import type { Writer } from './writer.js';

export interface Head {
  sha: string;
  tree: string;
}

/** A refusal because the branch is kept from direct pushes: classic protection and rulesets word it differently. */
export function isProtectedRefusal(error: unknown): boolean {
  const refused = [403, 409, 422].includes(statusOf(error) ?? 0);
  return (
    refused && /protected branch|pull request|repository rule|ruleset|required status check/i.test(messageOf(error))
  );
}

/** Somebody else's commit came first. */
export function isNotFastForward(error: unknown): boolean {
  return (
    [409, 422].includes(statusOf(error) ?? 0) &&
    /fast.?forward|expected|does not match|conflict/i.test(messageOf(error))
  );
}

const shaAnswer = z.object({ sha: z.string() });
const commitAnswer = z.object({ sha: z.string(), message: z.string() });
const listedCommit = z.object({ sha: z.string(), commit: z.object({ message: z.string() }) });
const mostCommitPages = 1_000;

/** The steps of making a commit over GitHub's git interface; each write waits for its turn in the writer. */
export class GitData {
  readonly #client: GitHubClient;
  readonly #writer: Writer;
  readonly #waitMs: number;

  constructor(client: GitHubClient, writer: Writer, waitMs: number) {
    this.#client = client;
    this.#writer = writer;
    this.#waitMs = waitMs;
  }

  #write<T>(call: Call<T>): Promise<T> {
    const write = (): Promise<T> => this.#client.call(call);
    return this.#writer.run({ priority: 'result', about: call.about, waitMs: this.#waitMs, write });
  }

  async defaultBranch(): Promise<string> {
    const { data } = await this.#client.read({
      about: 'tell its default branch',
      route: 'GET /repos/{owner}/{repo}',
      schema: z.object({ default_branch: z.string() }),
    });
    return data.default_branch;
  }

  async isProtected(branch: string): Promise<boolean> {
    const { data } = await this.#client.read({
      about: `describe the branch ${branch}`,
      route: 'GET /repos/{owner}/{repo}/branches/{branch}',
      params: { branch },
      schema: z.object({ protected: z.boolean() }),
    });
    return data.protected;
  }

  /** The newest commit of a branch; null when there is no such branch. */
  async head(branch: string): Promise<Head | null> {
    const about = `find the branch ${branch}`;
    try {
      const ref = await this.#client.call({
        about,
        route: 'GET /repos/{owner}/{repo}/git/ref/{ref}',
        params: { ref: `heads/${branch}` },
        schema: z.object({ object: shaAnswer }),
      });
      const commit = await this.#client.read({
        about,
        route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
        params: { commit_sha: ref.object.sha },
        schema: z.object({ tree: shaAnswer }),
      });
      return { sha: ref.object.sha, tree: commit.data.tree.sha };
    } catch (error) {
      if (statusOf(error) !== 409) return nullIfAbsent(error);
      throw new DandoriError('wrong_state', `The repository ${this.#client.repository} has no commit yet.`, {
        allowed: 'a repository with at least one commit on its default branch',
        next: 'add a README on GitHub, then try again.',
      });
    }
  }

  /** The newest commit of a branch that must be there. */
  async requireHead(branch: string): Promise<Head> {
    const head = await this.head(branch);
    if (head !== null) return head;
    throw new DandoriError('not_found', `The repository ${this.#client.repository} has no branch ${branch}.`, {
      next: 'make the branch, or name another one.',
    });
  }

  /** A tree over another one; bytes go up as blobs of their own, text in the tree itself. */
  async tree(base: string, files: readonly { path: string; body: Uint8Array | string }[]): Promise<string> {
    const tree: Record<string, string>[] = [];
    for (const { path, body } of files) {
      const entry = { path, mode: '100644', type: 'blob' };
      if (typeof body === 'string') tree.push({ ...entry, content: body });
      else tree.push({ ...entry, sha: await this.#blob(path, body) });
    }
    const route = 'POST /repos/{owner}/{repo}/git/trees';
    const params = { base_tree: base, tree };
    return (await this.#write({ about: `store ${files.length} files`, route, params, schema: shaAnswer })).sha;
  }

  async #blob(path: string, body: Uint8Array): Promise<string> {
    const params = { content: Buffer.from(body).toString('base64'), encoding: 'base64' };
    const route = 'POST /repos/{owner}/{repo}/git/blobs';
    return (await this.#write({ about: `store ${path}`, route, params, schema: shaAnswer })).sha;
  }

  async commit(params: {
    message: string;
    tree: string;
    parents: string[];
    author?: Record<string, string>;
  }): Promise<string> {
    const route = 'POST /repos/{owner}/{repo}/git/commits';
    return (await this.#write({ about: 'store a commit', route, params, schema: shaAnswer })).sha;
  }

  /** Moves a branch forward; `force` also sideways. */
  async moveBranch(branch: string, sha: string, force = false): Promise<void> {
    const route = 'PATCH /repos/{owner}/{repo}/git/refs/{ref}';
    const params = { ref: `heads/${branch}`, sha, force };
    await this.#write({ about: `move the branch ${branch}`, route, params, schema: anyAnswer });
  }

  async createBranch(branch: string, sha: string): Promise<void> {
    const route = 'POST /repos/{owner}/{repo}/git/refs';
    const params = { ref: `refs/heads/${branch}`, sha };
    await this.#write({ about: `make the branch ${branch}`, route, params, schema: anyAnswer });
  }

  /** Pull requests from this branch of the repository itself, newest first. */
  async pulls(
    branch: string,
    base: string,
  ): Promise<{ state: string; mergedAt: string | null; headSha: string; url: string }[]> {
    const { data } = await this.#client.read({
      about: `list the pull requests of ${branch}`,
      route: 'GET /repos/{owner}/{repo}/pulls',
      params: {
        head: `${this.#client.owner}:${branch}`,
        base,
        state: 'all',
        sort: 'created',
        direction: 'desc',
        per_page: 10,
      },
      schema: z.array(
        z.object({ state: z.string(), merged_at: z.string().nullish(), head: shaAnswer, html_url: z.string() }),
      ),
    });
    return data.map((one) => ({
      state: one.state,
      mergedAt: one.merged_at ?? null,
      headSha: one.head.sha,
      url: one.html_url,
    }));
  }

  async openPull(params: { title: string; body: string; head: string; base: string }): Promise<void> {
    const route = 'POST /repos/{owner}/{repo}/pulls';
    try {
      await this.#write({ about: `open a pull request from ${params.head}`, route, params, schema: anyAnswer });
    } catch (error) {
      // There is one already: a lost answer, or a person was faster.
      if (!(statusOf(error) === 422 && /already exists/i.test(messageOf(error)))) throw error;
    }
  }

  /** Commits of a branch with their messages, newest first, until `wanted` says yes; null when none does. */
  async findCommit(
    branch: string,
    authorEmail: string,
    wanted: (message: string) => boolean,
  ): Promise<{ sha: string; message: string } | null> {
    for (let page = 1; page <= mostCommitPages; page += 1) {
      const { data, hasNext } = await this.#client.read({
        about: `list the commits of ${branch}`,
        route: 'GET /repos/{owner}/{repo}/commits',
        params: { sha: branch, author: authorEmail, per_page: 100, page },
        schema: listedCommit.array(),
      });
      const found = data.find((one) => wanted(one.commit.message));
      if (found !== undefined) return { sha: found.sha, message: found.commit.message };
      if (!hasNext) return null;
    }
    return null;
  }

  async message(sha: string): Promise<string> {
    const route = 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}';
    const { data } = await this.#client.read({
      about: `read commit ${sha}`,
      route,
      params: { commit_sha: sha },
      schema: commitAnswer,
    });
    return data.message;
  }

  /** Paths and blobs of all files of a tree. */
  async files(tree: string): Promise<{ path: string; sha: string }[]> {
    const { data } = await this.#client.read({
      about: `list the files of tree ${tree}`,
      route: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
      params: { tree_sha: tree, recursive: '1' },
      schema: z.object({
        truncated: z.boolean(),
        tree: z.array(
          z.object({ path: z.string().optional(), type: z.string().optional(), sha: z.string().optional() }),
        ),
      }),
    });
    if (data.truncated) {
      throw new DandoriError(
        'limit_exceeded',
        `The repository ${this.#client.repository} has too many files to list.`,
        {
          allowed: '100,000 files',
          next: 'keep the history in a repository of its own.',
        },
      );
    }
    return data.tree.flatMap(({ path, type, sha }) =>
      type === 'blob' && path !== undefined && sha !== undefined ? [{ path, sha }] : [],
    );
  }

  async blob(sha: string): Promise<Buffer> {
    const { data } = await this.#client.read({
      about: `read blob ${sha}`,
      route: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
      params: { file_sha: sha },
      schema: z.object({ content: z.string(), encoding: z.string() }),
    });
    return Buffer.from(data.content, data.encoding === 'base64' ? 'base64' : 'utf8');
  }
}

function nullIfAbsent(error: unknown): null {
  if (codeOf(error) === 'not_found') return null;
  throw error;
}
