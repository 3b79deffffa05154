import { createHash } from 'node:crypto';
import type { FakeCommit } from './git-store.js';
import { example } from './openapi.js';
import type {
  FakeComment,
  FakeHook,
  FakeIssue,
  FakeLabelEvent,
  FakePull,
  FakeReaction,
  FakeRepository,
} from './state.js';

type Json = Record<string, unknown>;

/** Makes GitHub's answers from what the repository holds; what nobody asks for comes from GitHub's own examples. */
export class Render {
  readonly #origin: string;
  readonly #name: string;
  readonly #examples = new Map<string, Json>();

  constructor(origin: string, name: string) {
    this.#origin = origin;
    this.#name = name;
  }

  #like(name: string, change: Json): Json {
    const base = this.#examples.get(name) ?? example(name);
    this.#examples.set(name, base);
    return { ...structuredClone(base), ...change };
  }

  get api(): string {
    return `${this.#origin}/repos/${this.#name}`;
  }

  get web(): string {
    return `${this.#origin}/${this.#name}`;
  }

  user(login: string): Json {
    const id = Number.parseInt(createHash('sha1').update(login.toLowerCase()).digest('hex').slice(0, 6), 16);
    const url = `${this.#origin}/users/${encodeURIComponent(login)}`;
    const { user } = this.#like('issue', {});
    const type = login.endsWith('[bot]') ? 'Bot' : 'User';
    return {
      ...(typeof user === 'object' ? user : {}),
      login,
      id,
      node_id: `U_${id}`,
      type,
      url,
      html_url: `${this.#origin}/${encodeURIComponent(login)}`,
      site_admin: false,
    };
  }

  label(name: string): Json {
    const id = Number.parseInt(createHash('sha1').update(name).digest('hex').slice(0, 6), 16);
    const url = `${this.api}/labels/${encodeURIComponent(name)}`;
    return { id, node_id: `LA_${id}`, url, name, description: '', color: 'ededed', default: false };
  }

  issue(issue: FakeIssue, comments: number): Json {
    const url = `${this.api}/issues/${issue.number}`;
    const example = this.#like('issue', {
      id: issue.id,
      node_id: `I_${issue.id}`,
      url,
      html_url: `${this.web}/issues/${issue.number}`,
      repository_url: this.api,
      number: issue.number,
      title: issue.title,
      body: issue.body,
      state: issue.state,
      comments,
      user: this.user(issue.user),
      labels: issue.labels.map((name) => this.label(name)),
      created_at: issue.createdAt,
      updated_at: issue.updatedAt,
      closed_at: issue.state === 'closed' ? issue.updatedAt : null,
      assignee: null,
      assignees: [],
      milestone: null,
      closed_by: null,
      author_association: 'NONE',
      comments_url: `${url}/comments`,
    });
    delete example['pull_request'];
    return example;
  }

  comment(comment: FakeComment): Json {
    const url = `${this.api}/issues/comments/${comment.id}`;
    return this.#like('issue-comment', {
      id: comment.id,
      node_id: `IC_${comment.id}`,
      url,
      body: comment.body,
      user: this.user(comment.user),
      html_url: `${this.web}/issues/${comment.issueNumber}#issuecomment-${comment.id}`,
      issue_url: `${this.api}/issues/${comment.issueNumber}`,
      created_at: comment.createdAt,
      updated_at: comment.updatedAt,
      author_association: 'NONE',
      reactions: this.#rollup(comment.reactions, url),
    });
  }

  #rollup(reactions: readonly FakeReaction[], url: string): Json {
    const contents = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'eyes', 'rocket'];
    const count = (content: string): number => reactions.filter((one) => one.content === content).length;
    return {
      url: `${url}/reactions`,
      total_count: reactions.length,
      ...Object.fromEntries(contents.map((one) => [one, count(one)])),
    };
  }

  reaction({ id, content, user, createdAt }: FakeReaction): Json {
    return { id, node_id: `REA_${id}`, content, user: this.user(user), created_at: createdAt };
  }

  labelEvent(event: FakeLabelEvent, issue: Json): Json {
    return {
      id: event.id,
      node_id: `LE_${event.id}`,
      url: `${this.api}/issues/events/${event.id}`,
      actor: this.user(event.actor),
      event: event.event,
      commit_id: null,
      commit_url: null,
      created_at: event.createdAt,
      issue,
      label: { name: event.label, color: 'ededed' },
    };
  }

  permission(login: string, permission: string): Json {
    const can = (names: string[]): boolean => names.includes(permission);
    const permissions = {
      pull: can(['read', 'write', 'admin']),
      triage: can(['write', 'admin']),
      push: can(['write', 'admin']),
      maintain: can(['admin']),
      admin: can(['admin']),
    };
    return { permission, role_name: permission, user: { ...this.user(login), permissions, role_name: permission } };
  }

  repository(defaultBranch: string): Json {
    const [owner = '', name = ''] = this.#name.split('/');
    const repository = this.#like('full-repository-default-response', {
      name,
      full_name: this.#name,
      owner: this.user(owner),
      default_branch: defaultBranch,
      html_url: this.web,
      url: this.api,
      language: null,
    });
    // GitHub's example is of a fork, whose origin it does not describe in full.
    for (const key of ['source', 'parent', 'template_repository']) delete repository[key];
    return repository;
  }

  installation(slug: string): Json {
    const permissions = { issues: 'write', contents: 'write', metadata: 'read', pull_requests: 'write' };
    return this.#like('installation', { id: 42, app_slug: slug, permissions });
  }

  hook({ id, url, events, contentType, lastStatus }: FakeHook): Json {
    const api = `${this.api}/hooks/${id}`;
    return this.#like('hook-items', {
      id,
      events,
      url: api,
      test_url: `${api}/test`,
      ping_url: `${api}/pings`,
      deliveries_url: `${api}/deliveries`,
      config: { content_type: contentType, insecure_ssl: '0', url },
      last_response: { code: lastStatus, status: lastStatus === null ? 'unused' : 'active', message: null },
    });
  }

  installationApp(slug: string): Json {
    return this.#like('integration', { slug, name: slug });
  }

  authenticatedUser(login: string): Json {
    return this.#like('private-user-response-with-public-and-private-profile-information', this.user(login));
  }

  branch(name: string, commit: FakeCommit, isProtected: boolean): Json {
    const url = `${this.api}/branches/${encodeURIComponent(name)}`;
    return this.#like('branch-get', {
      name,
      commit: this.listedCommit(commit),
      protected: isProtected,
      protection_url: `${url}/protection`,
    });
  }

  ref(branch: string, sha: string): Json {
    const url = `${this.api}/git/refs/heads/${branch}`;
    return {
      ref: `refs/heads/${branch}`,
      node_id: `REF_${branch}`,
      url,
      object: { type: 'commit', sha, url: `${this.api}/git/commits/${sha}` },
    };
  }

  gitCommit(commit: FakeCommit): Json {
    const url = `${this.api}/git/commits/${commit.sha}`;
    const parents = commit.parents.map((sha) => ({
      sha,
      url: `${this.api}/git/commits/${sha}`,
      html_url: `${this.web}/commit/${sha}`,
    }));
    return {
      sha: commit.sha,
      node_id: `C_${commit.sha}`,
      url,
      html_url: `${this.web}/commit/${commit.sha}`,
      message: commit.message,
      author: commit.author,
      committer: commit.author,
      parents,
      tree: { sha: commit.tree, url: `${this.api}/git/trees/${commit.tree}` },
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    };
  }

  listedCommit(commit: FakeCommit): Json {
    const { verification, tree, parents, message } = this.gitCommit(commit);
    const url = `${this.api}/commits/${commit.sha}`;
    return {
      sha: commit.sha,
      node_id: `C_${commit.sha}`,
      url,
      html_url: `${this.web}/commit/${commit.sha}`,
      comments_url: `${url}/comments`,
      commit: { message, tree, verification, author: commit.author, committer: commit.author, comment_count: 0, url },
      parents,
      author: null,
      committer: null,
    };
  }

  tree(sha: string, files: ReadonlyMap<string, string>): Json {
    const tree = [...files].map(([path, blob]) => ({
      path,
      mode: '100644',
      type: 'blob',
      sha: blob,
      size: 1,
      url: `${this.api}/git/blobs/${blob}`,
    }));
    return { sha, url: `${this.api}/git/trees/${sha}`, truncated: false, tree };
  }

  blob(sha: string, content: Buffer): Json {
    const url = `${this.api}/git/blobs/${sha}`;
    return {
      sha,
      node_id: `B_${sha}`,
      url,
      size: content.length,
      content: content.toString('base64'),
      encoding: 'base64',
    };
  }

  pull(pull: FakePull, repository: FakeRepository, full: boolean): Json {
    const [owner = ''] = this.#name.split('/');
    const headSha = pull.state === 'open' ? (repository.git.branches.get(pull.head) ?? pull.headSha) : pull.headSha;
    const side = (ref: string, sha: string): Json => ({
      label: `${owner}:${ref}`,
      ref,
      sha,
      user: this.user(owner),
      repo: this.repository('main'),
    });
    return this.#like(full ? 'pull-request' : 'pull-request-simple-items', {
      number: pull.number,
      title: pull.title,
      body: pull.body,
      state: pull.state,
      merged_at: pull.mergedAt,
      created_at: pull.createdAt,
      head: side(pull.head, headSha),
      base: side(pull.base, repository.git.branches.get(pull.base) ?? headSha),
      html_url: `${this.web}/pull/${pull.number}`,
      requested_teams: [],
    });
  }
}
