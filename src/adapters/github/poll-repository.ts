import { z } from 'zod';
import type { Clock } from './clock.js';
import type { GitHubClient, Self } from './client.js';
import type { Edits } from './edits.js';
import type { Inbox } from './inbox.js';
import { readOwn, sameLogin } from './own-text.js';
import {
  type CommentAnswer,
  commentAnswer,
  type IssueAnswer,
  issueAnswer,
  issueNumberOf,
  labelEventAnswer,
  labelNames,
  loginOf,
} from './payloads.js';
import { type Concerns, concernsDandori } from './webhook-events.js';

const startedKey = 'poll/started_at';
const issuesKey = 'poll/issues_since';
const commentsKey = 'poll/comments_since';
const labelEventKey = 'poll/label_event';
const mostEventPages = 10;
/** An opened issue's own labels come with it, give or take a second. */
const openingMs = 2_000;

type LabelEvent = z.infer<typeof labelEventAnswer>;

/** Something to put into the inbox: when it happened, and how. */
interface Happening {
  at: string;
  put: () => boolean;
}

/** Reads what changed in the repository since the last look: issues with the label, their comments, labels that were set. */
export class PollRepository {
  readonly #client: GitHubClient;
  readonly #inbox: Inbox;
  readonly #edits: Edits;
  readonly #clock: Clock;
  readonly #label: string;
  readonly #concerns: Concerns;

  constructor(parts: {
    client: GitHubClient;
    inbox: Inbox;
    edits: Edits;
    clock: Clock;
    label?: string;
    concerns?: Concerns;
  }) {
    this.#client = parts.client;
    this.#inbox = parts.inbox;
    this.#edits = parts.edits;
    this.#clock = parts.clock;
    this.#label = parts.label ?? 'mlops:train';
    this.#concerns = parts.concerns ?? concernsDandori;
  }

  /** Answers the number of new events. Three requests when nothing happened. */
  async poll(): Promise<number> {
    // Before anything is asked: what happens while GitHub does not answer is news.
    const started = this.#started();
    const self = await this.#client.self();
    // A comment changes its issue: read in this order, no comment comes without its issue.
    const comments = await this.#comments(started);
    const issues = await this.#issues(started);
    const labelEvents = await this.#labelEvents();
    for (const issue of issues) if (issue.created_at < started) this.#inbox.knowIssue(toSeen(issue));
    const happenings = [
      ...issues.flatMap((issue) => this.#opened(issue, self, started, labelEvents)),
      ...labelEvents.filter((event) => event.created_at >= started).flatMap((event) => this.#labeled(event, self)),
      ...(await this.#edited(issues, self)),
      ...(await this.#commented(comments, new Set(issues.map((one) => one.number)), self, started)),
    ];
    // What was read is either all in the inbox with its marks moved on, or read again.
    return this.#inbox.transaction(() => {
      const inOrder = happenings.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
      const news = inOrder.filter(({ put }) => put()).length;
      for (const issue of issues) this.#inbox.knowIssue(toSeen(issue));
      this.#moveOn(
        issuesKey,
        issues.map((one) => one.updated_at),
      );
      this.#moveOn(
        commentsKey,
        comments.map((one) => one.updated_at),
      );
      const newest = Math.max(0, ...labelEvents.map((event) => event.id));
      if (newest > this.#lastLabelEvent()) this.#inbox.setValue(labelEventKey, String(newest));
      return news;
    });
  }

  /** Before the first look nothing happened: what lies in the repository is no request of today. */
  #started(): string {
    const known = this.#inbox.value(startedKey);
    if (known !== null) return known;
    const at = `${new Date(this.#clock.nowMs()).toISOString().slice(0, 19)}Z`;
    this.#inbox.setValue(startedKey, at);
    return at;
  }

  #moveOn(key: string, times: readonly string[]): void {
    const newest = times.reduce((latest, time) => (time > latest ? time : latest), this.#inbox.value(key) ?? '');
    if (newest !== '') this.#inbox.setValue(key, newest);
  }

  async #issues(started: string): Promise<IssueAnswer[]> {
    const since = this.#inbox.value(issuesKey) ?? started;
    const { data } = await this.#client.readAll({
      about: 'list the changed issues',
      route: 'GET /repos/{owner}/{repo}/issues',
      params: { labels: this.#label, state: 'all', sort: 'updated', direction: 'asc', since },
      schema: issueAnswer.array(),
    });
    return data.filter((one) => one.pull_request === undefined);
  }

  async #comments(started: string): Promise<CommentAnswer[]> {
    const since = this.#inbox.value(commentsKey) ?? started;
    const { data } = await this.#client.readAll({
      about: 'list the changed comments',
      route: 'GET /repos/{owner}/{repo}/issues/comments',
      params: { sort: 'updated', direction: 'asc', since },
      schema: commentAnswer.array(),
    });
    return data;
  }

  #lastLabelEvent(): number {
    return Number(this.#inbox.value(labelEventKey) ?? 0);
  }

  /** Newest first on GitHub, of all kinds: read until the last known one. */
  async #labelEvents(): Promise<LabelEvent[]> {
    const last = this.#lastLabelEvent();
    const found: LabelEvent[] = [];
    for (let page = 1; page <= mostEventPages; page += 1) {
      const { data, hasNext } = await this.#client.read({
        about: 'list the labels that were set',
        route: 'GET /repos/{owner}/{repo}/issues/events',
        params: { per_page: 100, page },
        schema: labelEventAnswer.array(),
      });
      found.push(...data.filter((event) => event.id > last));
      if (!hasNext || data.some((event) => event.id <= last) || last === 0) break;
    }
    return found.filter((event) => event.event === 'labeled' && event.issue?.pull_request === undefined);
  }

  #opened(issue: IssueAnswer, self: Self, started: string, labelEvents: readonly LabelEvent[]): Happening[] {
    const author = loginOf(issue.user);
    const isOwn = sameLogin(author, self.login) && (self.isApp || readOwn(issue.body ?? '') !== null);
    if (issue.created_at < started || isOwn) return [];
    // It became a request by a label that somebody set later, and that is told by the label's event.
    const openedBy = Date.parse(issue.created_at) + openingMs;
    const labelledLater = labelEvents.some(
      (event) =>
        event.issue?.number === issue.number &&
        event.label?.name === this.#label &&
        Date.parse(event.created_at) > openedBy,
    );
    if (labelledLater) return [];
    return [{ at: issue.created_at, put: () => this.#inbox.issueOpened(toSeen(issue), author) }];
  }

  #labeled({ issue, label, actor: account, created_at: at }: LabelEvent, self: Self): Happening[] {
    const actor = loginOf(account);
    if (issue === null || issue === undefined || !label?.name || !this.#concerns(labelNames(issue.labels))) return [];
    if (self.isApp && sameLogin(actor, self.login)) return [];
    const params = { issueNumber: issue.number, label: label.name, actor, at };
    return [{ at, put: () => this.#inbox.issueLabeled(params) }];
  }

  async #edited(issues: readonly IssueAnswer[], self: Self): Promise<Happening[]> {
    const changed = issues.filter((one) => !this.#inbox.hasBody(one.number, one.body ?? ''));
    const edits = await this.#edits.of(changed.map((one) => ({ nodeId: one.node_id, updatedAt: one.updated_at })));
    return changed.flatMap((issue) => {
      const edit = edits.get(issue.node_id);
      if (edit === undefined || edit === null || (self.isApp && sameLogin(edit.editor, self.login))) return [];
      return [{ at: edit.at, put: () => this.#inbox.issueEdited(toSeen(issue), edit.editor, edit.at) }];
    });
  }

  async #commented(
    comments: readonly CommentAnswer[],
    listed: ReadonlySet<number>,
    self: Self,
    started: string,
  ): Promise<Happening[]> {
    const theirs = comments.filter((one) => {
      const isOwn = sameLogin(loginOf(one.user), self.login) && (self.isApp || readOwn(one.body ?? '') !== null);
      const number = issueNumberOf(one);
      return !isOwn && (listed.has(number) || this.#inbox.isKnown(number));
    });
    // `updated_at` does not tell: an edit within the second of posting leaves it as it was.
    const edits = await this.#edits.of(theirs.map((one) => ({ nodeId: one.node_id, updatedAt: one.updated_at })));
    return theirs.flatMap((one) => {
      const about = { issueNumber: issueNumberOf(one), commentId: String(one.id) };
      const at = one.created_at;
      const created = { at, put: () => this.#inbox.commentCreated({ ...about, actor: loginOf(one.user), at }) };
      const edit = edits.get(one.node_id);
      const edited =
        edit === undefined || edit === null
          ? []
          : [
              {
                at: one.updated_at,
                put: () => this.#inbox.commentEdited({ ...about, actor: edit.editor, at: one.updated_at }),
              },
            ];
      return at < started ? edited : [created, ...edited];
    });
  }
}

function toSeen(issue: IssueAnswer): {
  number: number;
  body: string;
  labels: string[];
  createdAt: string;
  updatedAt: string;
} {
  return {
    number: issue.number,
    body: issue.body ?? '',
    labels: labelNames(issue.labels),
    createdAt: issue.created_at,
    updatedAt: issue.updated_at,
  };
}
