import { DandoriError } from '../../errors.js';
import type { Comment, Issue, IssueTracker, TrackerEvent } from '../../ports/issue-tracker.js';
import type { Clock } from './clock.js';
import type { GitHubClient } from './client.js';
import type { Comments } from './comments.js';
import type { Inbox } from './inbox.js';
import type { LabelChange } from './outbox-table.js';
import { type Outbox, sameSet, withChange } from './outbox.js';
import { dandoriName, markOwn, newNonce, priorityOf, readOwn, sameLogin } from './own-text.js';
import { anyAnswer, type IssueAnswer, issueAnswer, labelNames, loginOf } from './payloads.js';
import type { Permissions } from './permissions.js';
import type { Writer } from './writer.js';

export interface GitHubIssueTrackerParts {
  client: GitHubClient;
  writer: Writer;
  outbox: Outbox;
  inbox: Inbox;
  comments: Comments;
  permissions: Permissions;
  clock: Clock;
  /** How long a comment is waited for before its caller goes on and it is written behind. Default 10 s. */
  patienceMs?: number;
  /** How long making an issue, or changing its text, waits for GitHub. Default 60 s. */
  waitMs?: number;
}

const mostRemembered = 1_000;

class GitHubIssueTracker implements IssueTracker {
  readonly #parts: GitHubIssueTrackerParts;
  /** Labels of each issue as last told to a caller: what it asks for is a change against these. */
  readonly #told = new Map<number, string[]>();

  constructor(parts: GitHubIssueTrackerParts) {
    this.#parts = parts;
  }

  createIssue: IssueTracker['createIssue'] = async ({ title, body, labels, author }) => {
    const { client, outbox, inbox, writer, waitMs = 60_000 } = this.#parts;
    const { login } = await client.self();
    const person = await this.#personOf(author);
    const nonce = newNonce();
    const answer = await writer.run({
      priority: 'answer',
      about: `the issue "${title.slice(0, 80)}"`,
      waitMs,
      write: async (attempt) =>
        (attempt > 0 ? await this.#findIssue(nonce, login) : null) ??
        this.#post(title, markOwn(body, nonce, person), labels),
    });
    outbox.table.transaction(() => {
      const { number, created_at: createdAt, updated_at: updatedAt } = answer;
      const issue = { number, body: answer.body ?? '', labels, createdAt, updatedAt };
      inbox.knowIssue(issue);
      inbox.knowLabels(number, labels, Date.parse(updatedAt));
      if (person === null) return;
      outbox.table.speakFor(`issue/${number}`, person);
      inbox.issueOpened(issue, person);
    });
    return this.#tell(await this.#toIssue(answer));
  };

  #post(title: string, body: string, labels: string[]): Promise<IssueAnswer> {
    return this.#parts.client.call({
      about: `open the issue "${title.slice(0, 80)}"`,
      route: 'POST /repos/{owner}/{repo}/issues',
      params: { title, body, labels: [...new Set(labels)] },
      schema: issueAnswer,
    });
  }

  /** The issue of this post, when an earlier try had arrived although its answer was lost. */
  async #findIssue(nonce: string, creator: string): Promise<IssueAnswer | null> {
    const issues = await this.#parts.client.call({
      about: 'list the newest issues',
      route: 'GET /repos/{owner}/{repo}/issues',
      params: { creator, state: 'all', sort: 'created', direction: 'desc', per_page: 30 },
      schema: issueAnswer.array(),
    });
    return issues.find((one) => readOwn(one.body ?? '')?.nonce === nonce) ?? null;
  }

  getIssue: IssueTracker['getIssue'] = async ({ number }) => this.#tell(await this.#toIssue(await this.#read(number)));

  async #read(number: number): Promise<IssueAnswer> {
    if (!Number.isSafeInteger(number) || number < 1) throw this.#unknown(`issue ${number}`);
    const { data } = await this.#parts.client.read({
      about: `read issue ${number}`,
      route: 'GET /repos/{owner}/{repo}/issues/{issue_number}',
      params: { issue_number: number },
      schema: issueAnswer,
    });
    // GitHub numbers pull requests and issues together.
    if (data.pull_request !== undefined) throw this.#unknown(`issue ${number}`);
    return data;
  }

  #unknown(thing: string): DandoriError {
    return new DandoriError('not_found', `There is no ${thing} in ${this.#parts.client.repository}.`, {
      next: `look at ${this.#parts.client.webUrl}/issues.`,
    });
  }

  /** For whom Dandori is to write; null for itself. Under a token its own account is a person's, too. */
  async #personOf(author: string | undefined): Promise<string | null> {
    if (author === undefined || sameLogin(author, dandoriName)) return null;
    const isItself = author.endsWith('[bot]') && sameLogin(author, (await this.#parts.client.self()).login);
    return isItself ? null : author;
  }

  async #ownText(answer: IssueAnswer): Promise<{ head: string; body: string } | null> {
    const { login } = await this.#parts.client.self();
    return sameLogin(loginOf(answer.user), login) ? readOwn(answer.body ?? '') : null;
  }

  async #toIssue(answer: IssueAnswer): Promise<Issue> {
    const { outbox } = this.#parts;
    const own = await this.#ownText(answer);
    const person = own === null ? null : outbox.table.spokenBy(`issue/${answer.number}`);
    return {
      number: answer.number,
      title: answer.title,
      body: own?.body ?? answer.body ?? '',
      labels: withChange(labelNames(answer.labels), outbox.pendingLabels(answer.number)),
      state: answer.state === 'closed' ? 'closed' : 'open',
      author: person ?? loginOf(answer.user),
      createdAt: answer.created_at,
      updatedAt: answer.updated_at,
      url: answer.html_url,
    };
  }

  #tell(issue: Issue): Issue {
    this.#told.delete(issue.number);
    this.#told.set(issue.number, issue.labels);
    const [oldest] = this.#told.keys();
    if (this.#told.size > mostRemembered && oldest !== undefined) this.#told.delete(oldest);
    return issue;
  }

  updateIssue: IssueTracker['updateIssue'] = async ({ number, body, labels, state, actor }) => {
    const answer = await this.#read(number);
    const before = await this.#toIssue(answer);
    if (labels !== undefined) await this.#changeLabels(before, labels, actor);
    if (body !== undefined && body !== before.body) await this.#changeBody(answer, body, actor);
    if (state !== undefined && state !== before.state) await this.#patch(number, { state });
    return this.#tell(await this.#toIssue(await this.#read(number)));
  };

  async #changeLabels(before: Issue, wanted: readonly string[], actor: string | undefined): Promise<void> {
    const { outbox, writer } = this.#parts;
    const base = this.#told.get(before.number) ?? before.labels;
    const change: LabelChange = {
      add: wanted.filter((label) => !base.includes(label)),
      remove: base.filter((label) => !wanted.includes(label)),
    };
    const after = withChange(before.labels, change);
    if (sameSet(after, before.labels)) return;
    const busyMs = writer.busyMs('status');
    await this.#patiently(outbox.labels(before.number, change), busyMs);
    const added = after.filter((label) => !before.labels.includes(label));
    if (added.length > 0) this.#news('issue_labeled', before.number, null, actor, added);
  }

  async #changeBody(answer: IssueAnswer, body: string, actor: string | undefined): Promise<void> {
    const head = (await this.#ownText(answer))?.head ?? '';
    this.#parts.inbox.knowBody(answer.number, head + body, Date.parse(answer.updated_at));
    await this.#patch(answer.number, { body: head + body });
    this.#news('issue_edited', answer.number, null, actor);
  }

  #patch(number: number, change: Record<string, unknown>): Promise<unknown> {
    const { writer, client, waitMs = 60_000 } = this.#parts;
    const about = `change issue ${number}`;
    const route = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}';
    const params = { issue_number: number, ...change };
    const write = (): Promise<unknown> => client.call({ about, route, params, schema: anyAnswer });
    return writer.run({ priority: 'answer', about: `issue ${number}`, waitMs, write });
  }

  /** What a person did at Dandori's command line: GitHub tells of it as Dandori's own doing, which is no event. */
  #news(
    kind: TrackerEvent['kind'],
    issueNumber: number,
    commentId: string | null,
    actor: string | undefined,
    labels: string[] = [],
  ): void {
    if (actor === undefined || sameLogin(actor, dandoriName)) return;
    const at = new Date(this.#parts.clock.nowMs()).toISOString();
    const id = `${kind}/${commentId ?? issueNumber}/${at}/${newNonce()}`;
    this.#parts.inbox.add({ id, kind, issueNumber, commentId, labels, actor, at });
  }

  createComment: IssueTracker['createComment'] = async ({ issueNumber, body, author }) => {
    const { client, outbox, comments, writer } = this.#parts;
    if (!Number.isSafeInteger(issueNumber) || issueNumber < 1) throw this.#unknown(`issue ${issueNumber}`);
    const person = await this.#personOf(author);
    const busyMs = writer.busyMs(person === null ? priorityOf(body) : 'answer');
    const { row, written } = outbox.comment({ issueNumber, body, person });
    const answer = await this.#patiently(written, busyMs);
    if (answer !== null) return comments.written(answer, await client.self());
    outbox.table.set(row.id, { deferred: true });
    return comments.queued(row);
  };

  updateComment: IssueTracker['updateComment'] = async ({ id, body, actor }) => {
    const { outbox, comments } = this.#parts;
    const resolved = /^(?:queued-)?\d{1,15}$/.test(id) ? outbox.table.resolve(id) : null;
    if (resolved === null) throw this.#unknown(`comment ${id}`);
    if ('row' in resolved) {
      await outbox.edit(id, body);
      return comments.queued({ ...resolved.row, body });
    }
    const before = await comments.get(resolved.commentId);
    if (before === undefined || before.body === body) return before ?? Promise.reject(this.#unknown(`comment ${id}`));
    const written = outbox.edit(id, body);
    // Progress is written when its turn comes; a person at the command line wants to see it done.
    if (before.bySelf) written.catch(() => undefined);
    else await this.#patiently(written, 0);
    this.#news('comment_edited', before.issueNumber, id, actor);
    return { ...before, body, edited: !before.bySelf || before.edited };
  };

  /**
   * The outcome, or null when GitHub takes its time; what was asked goes on behind. What cannot be sent in time because others
   * are before it is not waited for at all: the next event, a command perhaps, shall not stand behind hundreds of answers.
   */
  async #patiently<T>(work: Promise<T>, busyMs: number): Promise<T | null> {
    const { clock, patienceMs = 10_000 } = this.#parts;
    if (busyMs > patienceMs) {
      work.catch(() => undefined);
      return null;
    }
    const over = new AbortController();
    const late = clock.sleep(patienceMs, over.signal).then(() => null);
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
      work.catch(() => undefined);
    }
  }

  listComments: IssueTracker['listComments'] = async ({ issueNumber }): Promise<Comment[]> => {
    if (!Number.isSafeInteger(issueNumber) || issueNumber < 1) throw this.#unknown(`issue ${issueNumber}`);
    return this.#parts.comments.list(issueNumber);
  };

  getPermission: IssueTracker['getPermission'] = ({ user }) => this.#parts.permissions.of(user);

  listEvents: IssueTracker['listEvents'] = async ({ cursor }) =>
    this.#parts.inbox.list(cursor).map((event) => ({
      ...event,
      commentId: event.commentId === null ? null : this.#parts.outbox.table.publicId(event.commentId),
    }));
}

/** A repository's issues on GitHub. Comments, edits and labels that GitHub does not take at once are written behind the caller. */
export function createGitHubIssueTracker(parts: GitHubIssueTrackerParts): IssueTracker {
  return new GitHubIssueTracker(parts);
}
