import { messageOf } from '../../errors.js';
import type { Clock } from './clock.js';
import type { GitHubClient } from './client.js';
import type { OutboxTable } from './outbox-table.js';
import type { PollRepository } from './poll-repository.js';
import type { Inbox } from './inbox.js';
import { sameLogin } from './own-text.js';
import { loginOf, reactionAnswer } from './payloads.js';
import type { WriterLog } from './writer.js';

export interface PollerOptions {
  client: GitHubClient;
  inbox: Inbox;
  table: OutboxTable;
  repository: PollRepository;
  clock: Clock;
  log: WriterLog;
  /** Comments (as the tracker names them, with their issue) on which a reaction would do something. */
  watched: () => Promise<readonly { issueNumber: number; commentId: string }[]>;
  /** Told when there is an event that was not there before. */
  onEvent?: () => void;
  /** How often reactions are looked for: GitHub has no webhook for them. Default 25 s. */
  everyMs?: number;
  /** How often issues and comments are read. Without webhooks as often as reactions; with them this finds what a lost delivery told. */
  repositoryEveryMs?: number;
}

const longestBackoffMs = 5 * 60_000;
/** GitHub counts "not modified" as free, but takes no more than some 900 requests a minute: more comments take turns. */
const mostComments = 100;

/** Asks GitHub what happened, with the ETag of the last answer: "not modified" costs nothing of the budget. */
export class Poller {
  readonly #options: PollerOptions;
  #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #repositoryAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #lookedAt = 0;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopping = new AbortController();
    this.#loop = this.#run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs = 25_000 } = this.#options;
    while (!signal.aborted) {
      await this.poll();
      const backoffMs = this.#failures === 0 ? 0 : Math.min(longestBackoffMs, everyMs * 2 ** (this.#failures - 1));
      await clock.sleep(Math.max(everyMs, backoffMs), signal);
    }
  }

  /** One look at everything that is due. Never throws: an outage is logged once and waited out. */
  async poll(): Promise<void> {
    const { clock, log, repository, everyMs = 25_000, repositoryEveryMs = everyMs } = this.#options;
    try {
      let news = 0;
      if (clock.nowMs() - this.#repositoryAtMs >= repositoryEveryMs) {
        news += await repository.poll();
        this.#repositoryAtMs = clock.nowMs();
      }
      news += await this.#reactions();
      this.#failures = 0;
      if (news > 0) this.#options.onEvent?.();
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === 1) log.error({ error: messageOf(error) }, 'GitHub could not be polled; trying again');
    }
  }

  #inTurn<T>(all: readonly T[]): T[] {
    const from = this.#lookedAt < all.length ? this.#lookedAt : 0;
    const turn = all.slice(from, from + mostComments);
    this.#lookedAt = from + turn.length;
    return turn;
  }

  /** The list itself, not its count: one thumb taken back and another given leave the count as it was. */
  async #reactions(): Promise<number> {
    const { client, inbox, table, watched } = this.#options;
    const self = await client.self();
    let news = 0;
    for (const { issueNumber, commentId: publicId } of this.#inTurn(await watched())) {
      const resolved = table.resolve(publicId);
      if (resolved === null || 'row' in resolved) continue;
      const { commentId } = resolved;
      const { data } = await client.readAll({
        about: `list the reactions to comment ${commentId}`,
        route: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
        params: { comment_id: Number(commentId) },
        schema: reactionAnswer.array(),
      });
      for (const one of data) {
        const actor = loginOf(one.user);
        if (self.isApp && sameLogin(actor, self.login)) continue;
        if (inbox.reactionAdded({ id: String(one.id), issueNumber, commentId, actor, at: one.created_at })) news += 1;
      }
    }
    return news;
  }
}
