import { createHash, verify as verifySignature } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Contract } from './openapi.js';
import { Render } from './render.js';
import { answerGraphql, findRoute, routes } from './routes.js';
import {
  FakeRefusal,
  FakeRepository,
  type FakeComment,
  type FakeIssue,
  type FakeReactionContent,
  type FakeState,
} from './state.js';
import { FakeWebhooks } from './webhooks.js';

type Json = Record<string, unknown>;

export type FakeAccount =
  | { kind: 'token'; login: string; token: string }
  | { kind: 'app'; slug: string; appId: string; installationId: number; publicKey: string };

export interface FakeGitHubOptions {
  repository?: string;
  account?: FakeAccount;
  webhookSecret?: string;
  nowMs?: () => number;
  /** Whether more writes than GitHub allows are refused. Default true. */
  limits?: boolean;
  /** What the repository holds from the beginning. */
  state?: FakeState;
  /** Told when a write was done, before it is answered: whoever dies now never hears of it. */
  onWrite?: (route: string) => void;
}

/** What goes wrong on command. */
export interface FakeTrouble {
  /** `METHOD template` or part of it; default all. */
  on?: RegExp;
  /** How often; default until cleared. */
  times?: number;
  /** This answer instead; `lost`: it is done but the connection breaks; `cut`: it is not even done. */
  answer: { status: number; message?: string; headers?: Record<string, string> } | 'lost' | 'cut';
}

/** What a person does in the browser. */
export interface FakePerson {
  openIssue(params: { title?: string; body: string; labels?: string[] }): FakeIssue;
  comment(issueNumber: number, body: string): FakeComment;
  editComment(id: number | string, body: string): FakeComment;
  editIssue(issueNumber: number, change: { body?: string; title?: string; state?: 'open' | 'closed' }): FakeIssue;
  setLabels(issueNumber: number, labels: readonly string[]): FakeIssue;
  addLabel(issueNumber: number, label: string): FakeIssue;
  removeLabel(issueNumber: number, label: string): FakeIssue;
  react(commentId: number | string, content: FakeReactionContent): void;
  unreact(commentId: number | string, content: FakeReactionContent): void;
}

/** The body with which GitHub refuses. */
function refusal(status: number, message: string): Json {
  return { message, documentation_url: 'https://docs.github.com/rest', status: String(status) };
}

const minuteMs = 60_000;
const hourMs = 3_600_000;

/** GitHub's REST interface, webhooks and limits for one repository on 127.0.0.1, checked against GitHub's own description. */
export class FakeGitHub {
  readonly repository: FakeRepository;
  readonly webhooks: FakeWebhooks;
  readonly contract = new Contract();
  readonly account: FakeAccount;
  readonly name: string;
  readonly webhookSecret: string;
  /** Every request: `METHOD template`, its answer's status. */
  readonly requests: { route: string; status: number; atMs: number; body: Json }[] = [];
  /** When content was written; more than GitHub allows is refused and counted in `refusedByLimit`. */
  readonly writesAtMs: number[] = [];
  refusedByLimit = 0;
  readonly #nowMs: () => number;
  readonly #limits: boolean;
  readonly #onWrite: (route: string) => void;
  readonly #server: Server;
  #troubles: FakeTrouble[] = [];
  #render: Render | null = null;
  #url = '';

  constructor(options: FakeGitHubOptions = {}) {
    const {
      repository = 'octo/models',
      account,
      webhookSecret = "It's a Secret to Everybody",
      nowMs = Date.now,
    } = options;
    this.name = repository;
    this.account = account ?? { kind: 'token', login: 'dandori-bot', token: `ghp_${'t'.repeat(36)}` };
    this.webhookSecret = webhookSecret;
    this.#nowMs = nowMs;
    this.#limits = options.limits ?? true;
    this.webhooks = new FakeWebhooks(webhookSecret);
    this.repository = new FakeRepository(nowMs, (news) => this.webhooks.tell(news, this.repository, this.render));
    if (options.state !== undefined) this.repository.restore(options.state);
    this.#onWrite = options.onWrite ?? (() => undefined);
    // As GitHub, it does not close a connection under a client that was busy for a few seconds.
    this.#server = createServer(
      { keepAliveTimeout: 72_000 },
      (request, response) => void this.#serve(request, response),
    );
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    this.#url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    this.#render = new Render(this.#url, this.name);
    return this;
  }

  /** Base URL of the REST interface. */
  get url(): string {
    return this.#url;
  }

  get render(): Render {
    if (this.#render === null) throw new Error('the fake GitHub does not listen yet');
    return this.#render;
  }

  /** The account under which requests are made. */
  get self(): string {
    return this.account.kind === 'token' ? this.account.login : `${this.account.slug}[bot]`;
  }

  /** Ends it; throws when a request or an answer was not as GitHub describes it. */
  async close(): Promise<void> {
    this.webhooks.to(null);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.check();
  }

  /** Throws when a request or an answer was not as GitHub describes it. */
  check(): void {
    if (this.contract.violations.length > 0)
      throw new Error(`Not as GitHub describes it:\n${[...new Set(this.contract.violations)].join('\n')}`);
  }

  permit(login: string, permission: 'admin' | 'write' | 'read' | 'none'): void {
    this.repository.permissions.set(login.toLowerCase(), permission);
  }

  asUser(login: string): FakePerson {
    const { repository } = this;
    return {
      openIssue: ({ title = 'Train', body, labels = [] }) => repository.openIssue({ title, body, labels, user: login }),
      comment: (issueNumber, body) => repository.addComment(issueNumber, body, login),
      editComment: (id, body) => repository.editComment(Number(id), body, login),
      editIssue: (issueNumber, change) => repository.editIssue(issueNumber, change, login),
      setLabels: (issueNumber, labels) => repository.setLabels(issueNumber, labels, login),
      addLabel: (number, label) => repository.setLabels(number, [...repository.issue(number).labels, label], login),
      removeLabel: (number, label) =>
        repository.setLabels(
          number,
          repository.issue(number).labels.filter((one) => one !== label),
          login,
        ),
      react: (commentId, content) => void repository.react(Number(commentId), content, login),
      unreact: (commentId, content) => repository.unreact(Number(commentId), content, login),
    };
  }

  /** Comments of an issue as they lie on GitHub, hidden lines and all. */
  commentsOf(issueNumber: number): FakeComment[] {
    return [...this.repository.comments.values()].filter((one) => one.issueNumber === issueNumber);
  }

  /** Requests go wrong in this way from now on; the answer undoes it. */
  trouble(trouble: FakeTrouble): () => void {
    this.#troubles.push(trouble);
    return () => (this.#troubles = this.#troubles.filter((one) => one !== trouble));
  }

  /** Nothing works until the answer is called. */
  outage(): () => void {
    return this.trouble({
      answer: { status: 503, message: 'No server is currently available to service your request.' },
    });
  }

  #troubleFor(route: string): FakeTrouble['answer'] | null {
    const trouble = this.#troubles.find((one) => one.on === undefined || one.on.test(route));
    if (trouble === undefined) return null;
    if (trouble.times !== undefined) {
      trouble.times -= 1;
      if (trouble.times <= 0) this.#troubles = this.#troubles.filter((one) => one !== trouble);
    }
    return trouble.answer;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = 'GET' } = request;
    const url = new URL(request.url ?? '/', this.#url);
    const text = Buffer.concat(chunks).toString('utf8');
    const body = text === '' ? undefined : (JSON.parse(text) as Json);
    const route = findRoute(method, url.pathname);
    const name = `${method} ${route?.template ?? url.pathname}`;
    const trouble = this.#troubleFor(name);
    if (trouble === 'cut') return void response.destroy();
    const answer =
      typeof trouble === 'object' && trouble !== null
        ? {
            status: trouble.status,
            body: refusal(trouble.status, trouble.message ?? ''),
            headers: trouble.headers ?? {},
          }
        : this.#answer(request, method, url, route, body);
    if (method !== 'GET' && name !== 'POST /graphql' && answer.status < 300) this.#onWrite(name);
    this.requests.push({ route: name, status: answer.status, atMs: this.#nowMs(), body: body ?? {} });
    if (trouble === 'lost') return void response.destroy();
    this.#send(request, response, route === null ? null : { method, template: route.template }, answer);
  }

  #answer(
    request: IncomingMessage,
    method: string,
    url: URL,
    route: ReturnType<typeof findRoute>,
    body: Json | undefined,
  ): { status: number; body?: unknown; headers?: Record<string, string> } {
    const name = `${method} ${route?.template ?? url.pathname}`;
    if (!this.#isAuthorized(request, name))
      return {
        status: 401,
        body: refusal(401, 'Bad credentials'),
      };
    if (name === 'POST /graphql') {
      const variables =
        typeof body?.['variables'] === 'object' && body['variables'] !== null ? { ...body['variables'] } : {};
      return { status: 200, body: answerGraphql(this.repository, String(body?.['query']), variables) };
    }
    if (route === null) {
      this.contract.violations.push(`${name}: the fake GitHub has no such route`);
      return { status: 404, body: { message: 'Not Found' } };
    }
    const query = Object.fromEntries(url.searchParams);
    this.contract.request({ method, template: route.template, path: route.path, query, body });
    if (route.path['owner'] !== undefined && `${route.path['owner']}/${route.path['repo'] ?? ''}` !== this.name)
      return { status: 404, body: { message: 'Not Found' } };
    const limited = method === 'GET' || route.template.startsWith('/app/') ? null : this.#overLimit();
    if (limited !== null) return limited;
    return this.#handle(name, { ...route, query, body: body ?? {} }, url);
  }

  #handle(
    name: string,
    { path, query, body }: { path: Record<string, string>; query: Record<string, string>; body: Json },
    url: URL,
  ) {
    try {
      const slug = this.account.kind === 'app' ? this.account.slug : '';
      const context = {
        repository: this.repository,
        render: this.render,
        self: this.self,
        slug,
        path,
        query,
        body,
        nowMs: this.#nowMs(),
      };
      const answer = routes[name]?.(context) ?? { status: 404, body: { message: 'Not Found' } };
      if (answer.hasNext !== true) return { status: answer.status, body: answer.body };
      const next = new URL(url);
      next.searchParams.set('page', String(Number(query['page'] ?? 1) + 1));
      return { status: answer.status, body: answer.body, headers: { link: `<${next.href}>; rel="next"` } };
    } catch (error) {
      if (!(error instanceof FakeRefusal)) throw error;
      return { status: error.status, body: refusal(error.status, error.message) };
    }
  }

  #isAuthorized(request: IncomingMessage, name: string): boolean {
    const token = (request.headers.authorization ?? '').replace(/^(?:token|bearer) /i, '');
    if (this.account.kind === 'token') return token === this.account.token;
    const asApp = /^(?:GET \/app|POST \/app\/installations\/|GET \/repos\/\{owner\}\/\{repo\}\/installation$)/.test(
      name,
    );
    return asApp ? this.#isAppToken(token, this.account) : token === `ghs_${'i'.repeat(36)}`;
  }

  /** A JWT of the App: RS256 over header and claims, its issuer the App. */
  #isAppToken(token: string, { appId, publicKey }: { appId: string; publicKey: string }): boolean {
    const [header = '', claims = '', signature = ''] = token.split('.');
    const { iss } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as Json;
    const signed = Buffer.from(`${header}.${claims}`);
    return (
      String(iss) === appId && verifySignature('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))
    );
  }

  /** GitHub's secondary limit: 80 content-creating requests a minute, 500 an hour. */
  #overLimit(): { status: number; body: unknown; headers: Record<string, string> } | null {
    const nowMs = this.#nowMs();
    const within = (ms: number): number => this.writesAtMs.filter((atMs) => atMs > nowMs - ms).length;
    if (!this.#limits || (within(minuteMs) < 80 && within(hourMs) < 500)) {
      this.writesAtMs.push(nowMs);
      return null;
    }
    this.refusedByLimit += 1;
    const message =
      'You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.';
    return {
      status: 403,
      body: refusal(403, message),
      headers: { 'retry-after': '60' },
    };
  }

  #send(
    request: IncomingMessage,
    response: ServerResponse,
    operation: { method: string; template: string } | null,
    {
      status,
      body = { message: '' },
      headers = {},
    }: { status: number; body?: unknown; headers?: Record<string, string> },
  ): void {
    if (operation !== null) this.contract.answer(operation, status, body);
    if (status === 204) return void response.writeHead(204, headers).end();
    const text = JSON.stringify(body ?? { message: '' });
    const etag = `W/"${createHash('sha256')
      .update(text)
      .update(headers['link'] ?? '')
      .digest('hex')}"`;
    const conditional = request.method === 'GET' && status === 200;
    if (conditional && request.headers['if-none-match'] === etag) {
      const last = this.requests.at(-1);
      if (last !== undefined) last.status = 304;
      response.writeHead(304, { etag, ...headers }).end();
      return;
    }
    const common = {
      'content-type': 'application/json; charset=utf-8',
      'x-ratelimit-remaining': '4999',
      'x-ratelimit-resource': 'core',
    };
    response.writeHead(status, { ...common, ...(conditional ? { etag } : {}), ...headers }).end(text);
  }
}

/** A fake GitHub that listens. */
export async function startFakeGitHub(options: FakeGitHubOptions = {}): Promise<FakeGitHub> {
  return new FakeGitHub(options).listen();
}
