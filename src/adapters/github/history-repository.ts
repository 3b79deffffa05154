import type { HistoryCommit, HistoryRepository } from '../../ports/history-repository.js';
import type { GitHubClient } from './client.js';
import { GitData, type Head, isNotFastForward, isProtectedRefusal } from './git-data.js';
import { commitMessage, type CommitParams, readTrailers, requireCommit, requirePath } from '../history-rules.js';
import type { Clock } from './clock.js';
import type { Writer } from './writer.js';

export interface GitHubHistoryOptions {
  client: GitHubClient;
  writer: Writer;
  clock: Clock;
  /** Default: the repository's default branch. */
  branch?: string;
  /** The branch for records when the other one takes them by pull request only. */
  pullRequestBranch?: string;
  authorName?: string;
  authorEmail?: string;
  /** How long one write of a commit waits for GitHub. Default 60 s: shorter than the heartbeat of the task that commits. */
  waitMs?: number;
}

const mostTries = 6;

/** Where records go at the moment, and what is there. */
interface Place {
  branch: string;
  head: Head;
}

class GitHubHistory implements HistoryRepository {
  readonly #options: GitHubHistoryOptions;
  readonly #git: GitData;
  readonly #pullBranch: string;
  readonly #email: string;
  #byPullRequest = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: GitHubHistoryOptions) {
    this.#options = options;
    this.#git = new GitData(options.client, options.writer, options.waitMs ?? 60_000);
    this.#pullBranch = options.pullRequestBranch ?? 'dandori/training-history';
    this.#email = options.authorEmail ?? 'dandori@localhost';
  }

  /** One after another: each commit stands on the one before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #base(): Promise<string> {
    return this.#options.branch ?? this.#git.defaultBranch();
  }

  /** The branch of the pull request while it holds records that the base does not have, else the base. */
  async #place(): Promise<Place> {
    const base = await this.#base();
    const pullHead = await this.#git.head(this.#pullBranch);
    if (pullHead !== null && !(await this.#isMerged(pullHead, base)))
      return { branch: this.#pullBranch, head: pullHead };
    return { branch: base, head: await this.#git.requireHead(base) };
  }

  /** Whether the last pull request from there was merged with exactly what the branch holds. */
  async #isMerged(head: Head, base: string): Promise<boolean> {
    const [newest] = await this.#git.pulls(this.#pullBranch, base);
    return newest !== undefined && newest.mergedAt !== null && newest.headSha === head.sha;
  }

  commit: HistoryRepository['commit'] = async (params) => {
    requireCommit(params);
    return this.#inTurn(() => this.#commit(params));
  };

  async #commit(params: CommitParams): Promise<HistoryCommit> {
    for (let tries = 1; ; tries += 1) {
      const before = await this.#findFinished(params.key);
      if (before !== null) return before;
      try {
        return await this.#commitOnce(params);
      } catch (error) {
        // Another commit came between: on top of that one, again.
        if (!isNotFastForward(error) || tries >= mostTries) throw error;
      }
    }
  }

  async #commitOnce(params: CommitParams): Promise<HistoryCommit> {
    const place = await this.#place();
    const { authorName: name = 'Dandori', clock } = this.#options;
    const sha = await this.#git.commit({
      message: commitMessage(params),
      tree: await this.#git.tree(place.head.tree, params.files),
      parents: [place.head.sha],
      author: { name, email: this.#email, date: `${new Date(clock.nowMs()).toISOString().slice(0, 19)}Z` },
    });
    const base = await this.#base();
    if (place.branch === this.#pullBranch) await this.#git.moveBranch(this.#pullBranch, sha);
    else if (!(await this.#pushed(base, sha))) await this.#takePullBranch(sha);
    await this.#ensurePull(base);
    return this.#toCommit(sha, params.files[0]?.path ?? '');
  }

  /** False when the base takes records by pull request only. */
  async #pushed(base: string, sha: string): Promise<boolean> {
    this.#byPullRequest ||= await this.#git.isProtected(base);
    if (this.#byPullRequest) return false;
    try {
      await this.#git.moveBranch(base, sha);
      return true;
    } catch (error) {
      if (!isProtectedRefusal(error)) throw error;
      this.#byPullRequest = true;
      return false;
    }
  }

  /** The branch is new, or what it held was merged: it starts at this commit. */
  async #takePullBranch(sha: string): Promise<void> {
    const exists = (await this.#git.head(this.#pullBranch)) !== null;
    if (exists) await this.#git.moveBranch(this.#pullBranch, sha, true);
    else await this.#git.createBranch(this.#pullBranch, sha);
  }

  async #ensurePull(base: string): Promise<void> {
    if ((await this.#git.head(this.#pullBranch)) === null) return;
    const pulls = await this.#git.pulls(this.#pullBranch, base);
    if (pulls.some((one) => one.state === 'open')) return;
    const place = await this.#place();
    if (place.branch !== this.#pullBranch) return;
    await this.#git.openPull({
      title: 'Training history',
      body: `Records of trainings below \`training_history/\`. The branch \`${base}\` takes changes by pull request only; further records are added here until it is merged.`,
      head: this.#pullBranch,
      base,
    });
  }

  findCommit: HistoryRepository['findCommit'] = ({ key }) => this.#inTurn(() => this.#findFinished(key));

  /** The commit, with the pull request to which the process that made it may not have come. */
  async #findFinished(key: string): Promise<HistoryCommit | null> {
    const found = await this.#find(key);
    if (found !== null) await this.#ensurePull(await this.#base());
    return found;
  }

  async #find(key: string): Promise<HistoryCommit | null> {
    const base = await this.#base();
    const branches = (await this.#git.head(this.#pullBranch)) === null ? [base] : [this.#pullBranch, base];
    for (const branch of branches) {
      const isIt = (message: string): boolean => readTrailers(message)?.key === key;
      const found = await this.#git.findCommit(branch, this.#email, isIt);
      const trailers = found === null ? null : readTrailers(found.message);
      if (found !== null && trailers !== null) return this.#toCommit(found.sha, trailers.filePath);
    }
    return null;
  }

  #toCommit(commitSha: string, filePath: string): HistoryCommit {
    return { commitSha, filePath, url: `${this.#options.client.webUrl}/blob/${commitSha}/${filePath}` };
  }

  readFile: HistoryRepository['readFile'] = async ({ path }) => {
    requirePath(path);
    return this.#inTurn(async () => {
      const { head } = await this.#place();
      const file = (await this.#git.files(head.tree)).find((one) => one.path === path);
      return file === undefined ? null : (await this.#git.blob(file.sha)).toString('utf8');
    });
  };

  listFiles: HistoryRepository['listFiles'] = ({ prefix }) =>
    this.#inTurn(async () => {
      const { head } = await this.#place();
      const paths = (await this.#git.files(head.tree)).map((file) => file.path);
      return paths.filter((path) => path.startsWith(prefix)).sort();
    });
}

/** The history in the repository on GitHub: on its branch, or on one of its own with a pull request where that is protected. */
export function createGitHubHistoryRepository(options: GitHubHistoryOptions): HistoryRepository {
  return new GitHubHistory(options);
}
