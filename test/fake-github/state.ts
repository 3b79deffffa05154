import { GitStore } from './git-store.js';

export type FakeReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';

export interface FakeReaction {
  id: number;
  content: FakeReactionContent;
  user: string;
  createdAt: string;
}

export interface FakeComment {
  id: number;
  issueNumber: number;
  body: string;
  user: string;
  createdAt: string;
  updatedAt: string;
  lastEditedAt: string | null;
  editor: string | null;
  reactions: FakeReaction[];
}

export interface FakeIssue {
  id: number;
  number: number;
  title: string;
  body: string;
  user: string;
  labels: string[];
  state: 'open' | 'closed';
  createdAt: string;
  updatedAt: string;
  lastEditedAt: string | null;
  editor: string | null;
}

export interface FakeLabelEvent {
  id: number;
  event: 'labeled' | 'unlabeled';
  issueNumber: number;
  label: string;
  actor: string;
  createdAt: string;
}

export interface FakePull {
  number: number;
  title: string;
  body: string;
  head: string;
  base: string;
  state: 'open' | 'closed';
  mergedAt: string | null;
  headSha: string;
  createdAt: string;
}

/** A webhook of the repository; `lastStatus` null: never delivered. */
export interface FakeHook {
  id: number;
  url: string;
  events: string[];
  contentType: 'json' | 'form';
  lastStatus: number | null;
}

/** Something that GitHub tells over webhooks. */
export interface FakeNews {
  event: 'issues' | 'issue_comment';
  action: string;
  issue: FakeIssue;
  sender: string;
  comment?: FakeComment;
  label?: string;
  changes?: Record<string, unknown>;
}

/** All that a repository holds at one moment; nothing in it changes any more. */
export interface FakeState {
  git: {
    blobs: GitStore['blobs'];
    trees: GitStore['trees'];
    commits: GitStore['commits'];
    branches: Map<string, string>;
  };
  issues: Map<number, FakeIssue>;
  comments: Map<number, FakeComment>;
  labelEvents: FakeLabelEvent[];
  pulls: FakePull[];
  labels: string[];
  permissions: Map<string, 'admin' | 'write' | 'read' | 'none'>;
  protectedBranches: Map<string, 'classic' | 'ruleset'>;
  lastId: number;
  lastNumber: number;
}

export class FakeRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function fill<K, V>(map: Map<K, V>, from: ReadonlyMap<K, V>): void {
  map.clear();
  for (const [key, value] of from) map.set(key, value);
}

/** What a repository on GitHub holds, with GitHub's own rules for changing it; every change is told to `onNews`. */
export class FakeRepository {
  readonly git = new GitStore();
  readonly issues = new Map<number, FakeIssue>();
  readonly comments = new Map<number, FakeComment>();
  readonly labelEvents: FakeLabelEvent[] = [];
  readonly pulls: FakePull[] = [];
  /** Labels that the repository knows; an issue may carry others, too. */
  readonly labels: string[] = ['bug'];
  readonly hooks: FakeHook[] = [];
  readonly permissions = new Map<string, 'admin' | 'write' | 'read' | 'none'>();
  /** Branches that take pull requests only; a `ruleset` does not show in the branch's description. */
  readonly protectedBranches = new Map<string, 'classic' | 'ruleset'>();
  readonly defaultBranch = 'main';
  readonly #nowMs: () => number;
  readonly #onNews: (news: FakeNews) => void;
  #lastId = 1000;
  #lastNumber = 0;

  constructor(nowMs: () => number, onNews: (news: FakeNews) => void) {
    this.#nowMs = nowMs;
    this.#onNews = onNews;
    const first = this.git.commit({
      tree: this.git.tree(new Map()),
      parents: [],
      message: 'Initial commit',
      author: { name: 'owner', email: 'owner@example.com', date: this.now() },
    });
    this.git.branches.set(this.defaultBranch, first.sha);
  }

  /** A copy of what is there now, for a repository that goes on from here. */
  snapshot(): FakeState {
    const { blobs, trees, commits, branches } = this.git;
    const { issues, comments, labelEvents, pulls, labels, permissions, protectedBranches } = this;
    return {
      // What its hash names never changes.
      git: { blobs: new Map(blobs), trees: new Map(trees), commits: new Map(commits), branches: new Map(branches) },
      ...structuredClone({ issues, comments, labelEvents, pulls, labels, permissions, protectedBranches }),
      lastId: this.#lastId,
      lastNumber: this.#lastNumber,
    };
  }

  /** Takes the place of what is there. Nobody is told. */
  restore(state: FakeState): void {
    const { git, lastId, lastNumber, ...others } = state;
    const rest = structuredClone(others);
    fill(this.git.blobs, git.blobs);
    fill(this.git.trees, git.trees);
    fill(this.git.commits, git.commits);
    fill(this.git.branches, git.branches);
    fill(this.issues, rest.issues);
    fill(this.comments, rest.comments);
    fill(this.permissions, rest.permissions);
    fill(this.protectedBranches, rest.protectedBranches);
    this.labelEvents.splice(0, Infinity, ...rest.labelEvents);
    this.pulls.splice(0, Infinity, ...rest.pulls);
    this.labels.splice(0, Infinity, ...rest.labels);
    this.#lastId = lastId;
    this.#lastNumber = lastNumber;
  }

  /** GitHub cuts its times to seconds. */
  now(): string {
    return `${new Date(this.#nowMs()).toISOString().slice(0, 19)}Z`;
  }

  #id(): number {
    return (this.#lastId += 1);
  }

  issue(number: number): FakeIssue {
    const issue = this.issues.get(number);
    if (issue === undefined) throw new FakeRefusal(404, 'Not Found');
    return issue;
  }

  comment(id: number): FakeComment {
    const comment = this.comments.get(id);
    if (comment === undefined) throw new FakeRefusal(404, 'Not Found');
    return comment;
  }

  openIssue({ title, body, labels, user }: { title: string; body: string; labels: string[]; user: string }): FakeIssue {
    if (body.length > 65_536)
      throw new FakeRefusal(422, 'Validation Failed: body is too long (maximum is 65536 characters)');
    const at = this.now();
    const issue: FakeIssue = {
      id: this.#id(),
      number: (this.#lastNumber += 1),
      title,
      body,
      user,
      labels: [...labels],
      state: 'open',
      createdAt: at,
      updatedAt: at,
      lastEditedAt: null,
      editor: null,
    };
    this.issues.set(issue.number, issue);
    this.#onNews({ event: 'issues', action: 'opened', issue, sender: user });
    for (const label of labels) this.#tellLabel('labeled', issue, label, user);
    return issue;
  }

  editIssue(
    number: number,
    change: { body?: string; title?: string; state?: 'open' | 'closed' },
    user: string,
  ): FakeIssue {
    const issue = this.issue(number);
    const at = this.now();
    const from = issue.body;
    if (change.state !== undefined && change.state !== issue.state) {
      issue.state = change.state;
      this.#onNews({ event: 'issues', action: change.state === 'closed' ? 'closed' : 'reopened', issue, sender: user });
    }
    issue.updatedAt = at;
    if (change.body === undefined && change.title === undefined) return issue;
    issue.title = change.title ?? issue.title;
    issue.body = change.body ?? issue.body;
    if (issue.body !== from) Object.assign(issue, { lastEditedAt: at, editor: user });
    this.#onNews({ event: 'issues', action: 'edited', issue, sender: user, changes: { body: { from } } });
    return issue;
  }

  setLabels(number: number, labels: readonly string[], user: string): FakeIssue {
    const issue = this.issue(number);
    const before = issue.labels;
    issue.labels = [...new Set(labels)];
    issue.updatedAt = this.now();
    for (const label of before.filter((one) => !labels.includes(one))) this.#tellLabel('unlabeled', issue, label, user);
    for (const label of issue.labels.filter((one) => !before.includes(one)))
      this.#tellLabel('labeled', issue, label, user);
    return issue;
  }

  #tellLabel(event: 'labeled' | 'unlabeled', issue: FakeIssue, label: string, actor: string): void {
    this.labelEvents.push({ id: this.#id(), event, issueNumber: issue.number, label, actor, createdAt: this.now() });
    this.#onNews({ event: 'issues', action: event, issue, sender: actor, label });
  }

  addComment(issueNumber: number, body: string, user: string): FakeComment {
    const issue = this.issue(issueNumber);
    if (body.length > 65_536)
      throw new FakeRefusal(422, 'Validation Failed: body is too long (maximum is 65536 characters)');
    const at = this.now();
    const comment: FakeComment = {
      id: this.#id(),
      issueNumber,
      body,
      user,
      createdAt: at,
      updatedAt: at,
      lastEditedAt: null,
      editor: null,
      reactions: [],
    };
    this.comments.set(comment.id, comment);
    issue.updatedAt = at;
    this.#onNews({ event: 'issue_comment', action: 'created', issue, comment, sender: user });
    return comment;
  }

  editComment(id: number, body: string, user: string): FakeComment {
    const comment = this.comment(id);
    const from = comment.body;
    if (body.length > 65_536)
      throw new FakeRefusal(422, 'Validation Failed: body is too long (maximum is 65536 characters)');
    Object.assign(comment, { body, updatedAt: this.now(), lastEditedAt: this.now(), editor: user });
    const issue = this.issue(comment.issueNumber);
    issue.updatedAt = this.now();
    this.#onNews({
      event: 'issue_comment',
      action: 'edited',
      issue,
      comment,
      sender: user,
      changes: { body: { from } },
    });
    return comment;
  }

  deleteComment(id: number): void {
    this.comments.delete(id);
  }

  /** GitHub has no webhook for it, and it changes no `updated_at`. */
  react(commentId: number, content: FakeReactionContent, user: string): FakeReaction {
    const { reactions } = this.comment(commentId);
    const before = reactions.find((one) => one.user === user && one.content === content);
    if (before !== undefined) return before;
    const reaction = { id: this.#id(), content, user, createdAt: this.now() };
    reactions.push(reaction);
    return reaction;
  }

  unreact(commentId: number, content: FakeReactionContent, user: string): void {
    const comment = this.comment(commentId);
    comment.reactions = comment.reactions.filter((one) => one.user !== user || one.content !== content);
  }

  openPull(params: { title: string; body: string; head: string; base: string }): FakePull {
    const headSha = this.git.branches.get(params.head);
    if (headSha === undefined) throw new FakeRefusal(422, 'Validation Failed: head is invalid');
    if (this.pulls.some((one) => one.head === params.head && one.state === 'open')) {
      throw new FakeRefusal(422, `Validation Failed: A pull request already exists for ${params.head}.`);
    }
    const number = (this.#lastNumber += 1);
    const pull: FakePull = { ...params, number, state: 'open', mergedAt: null, headSha, createdAt: this.now() };
    this.pulls.push(pull);
    return pull;
  }

  mergePull(number: number, how: 'merge' | 'squash'): void {
    const pull = this.pulls.find((one) => one.number === number);
    const base = this.git.branches.get(pull?.base ?? '');
    const head = this.git.commits.get(this.git.branches.get(pull?.head ?? '') ?? '');
    if (pull === undefined || base === undefined || head === undefined) throw new FakeRefusal(404, 'Not Found');
    const author = { name: 'owner', email: 'owner@example.com', date: this.now() };
    const parents = how === 'merge' ? [base, head.sha] : [base];
    const made = this.git.commit({ tree: head.tree, parents, message: `${pull.title} (#${number})`, author });
    this.git.branches.set(pull.base, made.sha);
    Object.assign(pull, { state: 'closed', mergedAt: this.now(), headSha: head.sha });
  }
}
