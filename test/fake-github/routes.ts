import type { Render } from './render.js';
import { FakeRefusal, type FakeComment, type FakeIssue, type FakeRepository } from './state.js';

type Json = Record<string, unknown>;

interface RouteContext {
  repository: FakeRepository;
  render: Render;
  /** The account behind the request. */
  self: string;
  slug: string;
  path: Record<string, string>;
  query: Record<string, string>;
  body: Json;
  nowMs: number;
}

interface RouteAnswer {
  status: number;
  body: unknown;
  /** For lists: whether there is another page. */
  hasNext?: boolean;
}

type Handler = (context: RouteContext) => RouteAnswer;

const ok = (body: unknown): RouteAnswer => ({ status: 200, body });
const created = (body: unknown): RouteAnswer => ({ status: 201, body });
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function page<T>(all: readonly T[], query: Record<string, string>, render: (one: T) => unknown): RouteAnswer {
  const size = Number(query['per_page'] ?? 30);
  const from = (Number(query['page'] ?? 1) - 1) * size;
  return { status: 200, body: all.slice(from, from + size).map(render), hasNext: from + size < all.length };
}

const commentsOf = ({ repository }: RouteContext, number: number): FakeComment[] =>
  [...repository.comments.values()].filter((one) => one.issueNumber === number);
const renderIssue = (context: RouteContext, issue: FakeIssue): Json =>
  context.render.issue(issue, commentsOf(context, issue.number).length);
const issueAt = ({ repository, path }: RouteContext): FakeIssue => repository.issue(Number(path['issue_number']));
const branchIn = (ref: string): string => ref.replace(/^(?:refs\/)?heads\//, '');

/** Sorted as asked for, `since` kept. */
function listed<T extends { createdAt: string; updatedAt: string }>(all: T[], query: Record<string, string>): T[] {
  const by = query['sort'] === 'updated' ? 'updatedAt' : 'createdAt';
  const { since = '' } = query;
  const kept = all.filter((one) => Date.parse(one.updatedAt) >= (since === '' ? 0 : Date.parse(since)));
  const sorted = kept.sort((a, b) => a[by].localeCompare(b[by]));
  return query['direction'] === 'asc' ? sorted : sorted.reverse();
}

function moveRef(context: RouteContext): RouteAnswer {
  const { repository, render, path, body } = context;
  const branch = branchIn(path['ref'] ?? '');
  const sha = textOf(body['sha']);
  const before = repository.git.branches.get(branch);
  if (before === undefined) throw new FakeRefusal(422, 'Reference does not exist');
  if (repository.git.commits.get(sha) === undefined) throw new FakeRefusal(422, 'Object does not exist');
  const kept = repository.protectedBranches.get(branch);
  if (kept === 'classic') throw new FakeRefusal(422, 'Changes must be made through a pull request.');
  if (kept === 'ruleset')
    throw new FakeRefusal(422, 'Repository rule violations found\n\nChanges must be made through a pull request.');
  if (body['force'] !== true && !repository.git.contains(sha, before))
    throw new FakeRefusal(422, 'Update is not a fast forward');
  repository.git.branches.set(branch, sha);
  return ok(render.ref(branch, sha));
}

function makeTree({ repository, render, body }: RouteContext): RouteAnswer {
  const base = repository.git.trees.get(textOf(body['base_tree']));
  if (base === undefined) throw new FakeRefusal(404, 'Not Found');
  const files = new Map(base);
  for (const one of listOf(body['tree'])) {
    const entry: Json = typeof one === 'object' && one !== null ? { ...one } : {};
    const sha =
      typeof entry['content'] === 'string' ? repository.git.blob(Buffer.from(entry['content'])) : textOf(entry['sha']);
    if (!repository.git.blobs.has(sha)) throw new FakeRefusal(422, 'tree.sha does not exist');
    files.set(textOf(entry['path']), sha);
  }
  return created(render.tree(repository.git.tree(files), files));
}

function makeCommit({ repository, render, body, self }: RouteContext): RouteAnswer {
  const author = typeof body['author'] === 'object' && body['author'] !== null ? { ...body['author'] } : {};
  const text = (name: string, fallback: string): string =>
    textOf(Object.entries(author).find(([key]) => key === name)?.[1]) || fallback;
  const commit = repository.git.commit({
    tree: textOf(body['tree']),
    parents: listOf(body['parents']).map(String),
    message: textOf(body['message']),
    author: {
      name: text('name', self),
      email: text('email', `${self}@users.noreply.github.com`),
      date: text('date', repository.now()),
    },
  });
  return created(render.gitCommit(commit));
}

function makeRef({ repository, render, body }: RouteContext): RouteAnswer {
  const branch = branchIn(textOf(body['ref']));
  if (!repository.git.commits.has(textOf(body['sha']))) throw new FakeRefusal(422, 'Object does not exist');
  if (repository.git.branches.has(branch)) throw new FakeRefusal(422, 'Reference already exists');
  repository.git.branches.set(branch, textOf(body['sha']));
  return created(render.ref(branch, textOf(body['sha'])));
}

function getRef({ repository, render, path }: RouteContext): RouteAnswer {
  if (repository.git.branches.size === 0) throw new FakeRefusal(409, 'Git Repository is empty.');
  const branch = branchIn(path['ref'] ?? '');
  const sha = repository.git.branches.get(branch);
  if (sha === undefined) throw new FakeRefusal(404, 'Not Found');
  return ok(render.ref(branch, sha));
}

function listPulls({ repository, render, query }: RouteContext): RouteAnswer {
  const head = query['head']?.split(':').at(-1);
  const found = repository.pulls
    .filter((one) => head === undefined || one.head === head)
    .filter((one) => query['base'] === undefined || one.base === query['base'])
    .filter((one) => (query['state'] ?? 'open') === 'all' || one.state === (query['state'] ?? 'open'))
    .reverse();
  return page(found, query, (one) => render.pull(one, repository, false));
}

function listIssues(context: RouteContext): RouteAnswer {
  const { repository, query } = context;
  const labels = query['labels']?.split(',') ?? [];
  const found = [...repository.issues.values()]
    .filter((one) => (query['state'] ?? 'open') === 'all' || one.state === (query['state'] ?? 'open'))
    .filter((one) => labels.every((label) => one.labels.includes(label)))
    .filter((one) => query['creator'] === undefined || one.user === query['creator']);
  return page(listed(found, query), query, (one) => renderIssue(context, one));
}

const issueRoutes: Record<string, Handler> = {
  'GET /repos/{owner}/{repo}/issues': listIssues,
  'POST /repos/{owner}/{repo}/issues': (context) => {
    const { repository, body, self } = context;
    const labels = listOf(body['labels']).map(String);
    return created(
      renderIssue(
        context,
        repository.openIssue({ title: textOf(body['title']), body: textOf(body['body']), labels, user: self }),
      ),
    );
  },
  'GET /repos/{owner}/{repo}/issues/{issue_number}': (context) => ok(renderIssue(context, issueAt(context))),
  'PATCH /repos/{owner}/{repo}/issues/{issue_number}': (context) => {
    const { repository, body, self } = context;
    const state = body['state'] === 'open' || body['state'] === 'closed' ? { state: body['state'] } : {};
    const text = typeof body['body'] === 'string' ? { body: body['body'] } : {};
    return ok(
      renderIssue(
        context,
        repository.editIssue(issueAt(context).number, { ...text, ...state } as { body?: string }, self),
      ),
    );
  },
  'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels': (context) => {
    const { repository, body, self, render } = context;
    const issue = repository.setLabels(issueAt(context).number, listOf(body['labels']).map(String), self);
    return ok(issue.labels.map((name) => render.label(name)));
  },
  'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels': (context) => {
    context.repository.setLabels(issueAt(context).number, [], context.self);
    return { status: 204, body: undefined };
  },
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': (context) =>
    page(
      listed(commentsOf(context, issueAt(context).number), { ...context.query, direction: 'asc' }),
      context.query,
      (one) => context.render.comment(one),
    ),
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': (context) =>
    created(
      context.render.comment(
        context.repository.addComment(issueAt(context).number, textOf(context.body['body']), context.self),
      ),
    ),
  'GET /repos/{owner}/{repo}/issues/comments': ({ repository, query, render }) =>
    page(listed([...repository.comments.values()], query), query, (one) => render.comment(one)),
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}': ({ repository, path, render }) =>
    ok(render.comment(repository.comment(Number(path['comment_id'])))),
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': ({ repository, path, body, self, render }) =>
    ok(render.comment(repository.editComment(Number(path['comment_id']), textOf(body['body']), self))),
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': ({ repository, path, query, render }) =>
    page(repository.comment(Number(path['comment_id'])).reactions, query, (one) => render.reaction(one)),
  'GET /repos/{owner}/{repo}/issues/events': (context) =>
    page([...context.repository.labelEvents].reverse(), context.query, (one) =>
      context.render.labelEvent(one, renderIssue(context, context.repository.issue(one.issueNumber))),
    ),
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': ({ repository, path, render }) => {
    const login = path['username'] ?? '';
    const permission = repository.permissions.get(login.toLowerCase());
    if (permission === undefined) throw new FakeRefusal(404, `${login} is not a user`);
    return ok(render.permission(login, permission));
  },
};

const gitRoutes: Record<string, Handler> = {
  'GET /repos/{owner}/{repo}': ({ repository, render }) => ok(render.repository(repository.defaultBranch)),
  'GET /repos/{owner}/{repo}/branches/{branch}': ({ repository, render, path }) => {
    const name = path['branch'] ?? '';
    const commit = repository.git.commits.get(repository.git.branches.get(name) ?? '');
    if (commit === undefined) throw new FakeRefusal(404, 'Branch not found');
    return ok(render.branch(name, commit, repository.protectedBranches.get(name) === 'classic'));
  },
  'GET /repos/{owner}/{repo}/git/ref/{ref}': getRef,
  'POST /repos/{owner}/{repo}/git/refs': makeRef,
  'PATCH /repos/{owner}/{repo}/git/refs/{ref}': moveRef,
  'POST /repos/{owner}/{repo}/git/commits': makeCommit,
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}': ({ repository, render, path }) => {
    const commit = repository.git.commits.get(path['commit_sha'] ?? '');
    if (commit === undefined) throw new FakeRefusal(404, 'Not Found');
    return ok(render.gitCommit(commit));
  },
  'POST /repos/{owner}/{repo}/git/trees': makeTree,
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}': ({ repository, render, path }) => {
    const files = repository.git.trees.get(path['tree_sha'] ?? '');
    if (files === undefined) throw new FakeRefusal(404, 'Not Found');
    return ok(render.tree(path['tree_sha'] ?? '', files));
  },
  'POST /repos/{owner}/{repo}/git/blobs': ({ repository, render, body }) => {
    const content = Buffer.from(textOf(body['content']), body['encoding'] === 'base64' ? 'base64' : 'utf8');
    const sha = repository.git.blob(content);
    return created({ url: `${render.api}/git/blobs/${sha}`, sha });
  },
  'GET /repos/{owner}/{repo}/git/blobs/{file_sha}': ({ repository, render, path }) => {
    const content = repository.git.blobs.get(path['file_sha'] ?? '');
    if (content === undefined) throw new FakeRefusal(404, 'Not Found');
    return ok(render.blob(path['file_sha'] ?? '', content));
  },
  'GET /repos/{owner}/{repo}/commits': ({ repository, render, query }) => {
    if (repository.git.branches.size === 0) throw new FakeRefusal(409, 'Git Repository is empty.');
    const head = repository.git.branches.get(query['sha'] ?? repository.defaultBranch) ?? query['sha'];
    const commits = [...repository.git.log(head)].filter(
      (one) => query['author'] === undefined || one.author.email === query['author'],
    );
    return page(commits, query, (one) => render.listedCommit(one));
  },
  'GET /repos/{owner}/{repo}/pulls': listPulls,
  'POST /repos/{owner}/{repo}/pulls': ({ repository, render, body }) => {
    const params = {
      title: textOf(body['title']),
      body: textOf(body['body']),
      head: textOf(body['head']),
      base: textOf(body['base']),
    };
    return created(render.pull(repository.openPull(params), repository, true));
  },
};

const setUpRoutes: Record<string, Handler> = {
  'GET /repos/{owner}/{repo}/installation': ({ render, slug }) => ok(render.installation(slug)),
  'GET /repos/{owner}/{repo}/labels': ({ repository, render, query }) =>
    page(repository.labels, query, (name) => render.label(name)),
  'POST /repos/{owner}/{repo}/labels': ({ repository, render, body }) => {
    const name = textOf(body['name']);
    if (repository.labels.some((one) => one.toLowerCase() === name.toLowerCase()))
      throw new FakeRefusal(422, 'Validation Failed: name already_exists');
    repository.labels.push(name);
    return created(render.label(name));
  },
  'GET /repos/{owner}/{repo}/hooks': ({ repository, render, query }) =>
    page(repository.hooks, query, (hook) => render.hook(hook)),
  'GET /app/hook/config': ({ repository }) =>
    ok({ content_type: 'json', insecure_ssl: '0', url: repository.hooks[0]?.url ?? '' }),
};

/** Handlers by `METHOD template`, the template as in GitHub's description. */
export const routes: Record<string, Handler> = {
  ...issueRoutes,
  ...gitRoutes,
  ...setUpRoutes,
  'GET /user': ({ render, self }) => ok(render.authenticatedUser(self)),
  'GET /app': ({ render, slug }) => ok(render.installationApp(slug)),
  'POST /app/installations/{installation_id}/access_tokens': ({ nowMs }) =>
    created({
      token: `ghs_${'i'.repeat(36)}`,
      expires_at: new Date(nowMs + 3_600_000).toISOString(),
      permissions: { issues: 'write', contents: 'write', metadata: 'read' },
      repository_selection: 'selected',
    }),
};

interface Pattern {
  method: string;
  template: string;
  regex: RegExp;
  names: string[];
}

const patterns: Pattern[] = Object.keys(routes)
  .map((route) => {
    const [method = '', template = ''] = route.split(' ');
    const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    return { method, template, names, regex: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`) };
  })
  // The more is fixed, the earlier: `/issues/comments` before `/issues/{issue_number}`.
  .sort((a, b) => a.names.length - b.names.length);

/** The route of a request, with the parts of its path decoded. */
export function findRoute(method: string, pathname: string): { template: string; path: Record<string, string> } | null {
  for (const { method: wanted, template, regex, names } of patterns) {
    const match = wanted === method ? regex.exec(pathname) : null;
    if (match !== null)
      return {
        template,
        path: Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(match[i + 1] ?? '')])),
      };
  }
  return null;
}

/** GraphQL: the one question that Dandori asks, who edited what. */
export function answerGraphql(repository: FakeRepository, query: string, variables: Json): unknown {
  const fields =
    /^query Edits\(\$ids: \[ID!\]!\) \{ nodes\(ids: \$ids\) \{ (?:\.\.\. on (?:IssueComment|Issue) \{ id lastEditedAt editor \{ type: __typename login \} \} ?){2}\} \}$/;
  if (!fields.test(query.replaceAll(/\s+/g, ' ').trim()))
    return { errors: [{ message: 'the fake GitHub does not know this query' }] };
  const nodes = listOf(variables['ids']).map((id) => {
    const [kind, number] = String(id).split('_');
    const all = kind === 'IC' ? [...repository.comments.values()] : [...repository.issues.values()];
    const thing = all.find((one) => one.id === Number(number));
    if (thing === undefined) return null;
    const login = thing.editor?.replace(/\[bot\]$/, '');
    const editor = login === undefined ? null : { type: thing.editor === login ? 'User' : 'Bot', login };
    return { id, lastEditedAt: thing.lastEditedAt, editor };
  });
  return { data: { nodes } };
}
