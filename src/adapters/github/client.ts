import type { Octokit } from '@octokit/core';
import { z } from 'zod';
import { DandoriError } from '../../errors.js';
import { createRedactor, type Redactor } from '../../redact.js';
import type { Clock } from './clock.js';
import { connectTo, defaultTimeoutMs, splitRepository } from './connect.js';
import { failedAnswer, gitHubError } from './github-error.js';
import type { RateLimits } from './rate-limit.js';

/** How Dandori shows who it is: a fine-grained token of a person, or an App that is installed on the repository. */
export type GitHubAuth = { kind: 'token'; token: string } | { kind: 'app'; appId: string; privateKey: string };

export interface GitHubClientOptions {
  /** `OWNER/NAME`. */
  repository: string;
  auth: GitHubAuth;
  limits: RateLimits;
  clock: Clock;
  /** `https://HOST/api/v3` for GitHub Enterprise Server. */
  baseUrl?: string;
  userAgent?: string;
  timeoutMs?: number;
  fetch?: typeof globalThis.fetch;
  /** Learns the credentials that are shown to GitHub. Default: one of its own. */
  redact?: Redactor;
}

/** One request: the route as in GitHub's documentation, its parameters (owner and repo are added), what of the answer is read. */
export interface Call<T> {
  /** Completes "GitHub could not ...": the thing with its id. */
  about: string;
  route: string;
  params?: Record<string, unknown>;
  schema: z.ZodType<T>;
}

/** The account under which Dandori writes; `isApp`: nobody else writes under it. */
export interface Self {
  login: string;
  isApp: boolean;
}

/** `changed` is false when GitHub said "not modified": such an answer costs nothing of the budget. */
export interface Read<T> {
  data: T;
  changed: boolean;
  hasNext: boolean;
}

export interface GitHubClient {
  readonly owner: string;
  readonly repository: string;
  /** Where people see the repository. */
  readonly webUrl: string;
  self(): Promise<Self>;
  /** Any request. Throws DandoriError: `unavailable` when it may work later. */
  call<T>(call: Call<T>): Promise<T>;
  /** A GET with the ETag of the last answer. */
  read<T>(call: Call<T>): Promise<Read<T>>;
  /** All pages of a list, each with its ETag; `changed` when one of them is. */
  readAll<T>(call: Call<T[]>): Promise<{ data: T[]; changed: boolean }>;
  graphql<T>(call: {
    about: string;
    query: string;
    variables: Record<string, unknown>;
    schema: z.ZodType<T>;
  }): Promise<T>;
}

const apiVersion = '2022-11-28';
const pageSize = 100;
const mostPages = 100;
/** Answers with an ETag; fewer than the proposals that wait would make every look at their reactions cost of the budget. */
const mostKept = 1_000;

/** Where the pages for people are, by the address of the interface for programs. */
function webOrigin(baseUrl = 'https://api.github.com'): string {
  const { origin } = new URL(baseUrl);
  return origin === 'https://api.github.com' ? 'https://github.com' : origin;
}

function nextPage(link: unknown): boolean {
  return typeof link === 'string' && /rel="next"/.test(link);
}

interface Kept {
  etag: string;
  data: unknown;
  hasNext: boolean;
}

class OctokitClient implements GitHubClient {
  readonly owner: string;
  readonly repository: string;
  readonly webUrl: string;
  readonly #options: GitHubClientOptions;
  readonly #repo: string;
  readonly #redact: Redactor;
  readonly #kept = new Map<string, Kept>();
  #octokit: Promise<Octokit> | null = null;
  #self: Promise<Self> | null = null;

  constructor(options: GitHubClientOptions) {
    const { owner, repo } = splitRepository(options.repository);
    this.owner = owner;
    this.#repo = repo;
    this.repository = options.repository;
    this.webUrl = `${webOrigin(options.baseUrl)}/${options.repository}`;
    const { auth, redact = createRedactor() } = options;
    this.#options = { ...options, redact };
    this.#redact = redact;
    redact.add(auth.kind === 'token' ? auth.token : auth.privateKey);
  }

  /** Sends one request and lets the limits see its answer. */
  async #send(
    about: string,
    route: string,
    params: Record<string, unknown>,
  ): Promise<{ status: number; headers: Record<string, string>; data: unknown }> {
    const { limits, clock, timeoutMs = defaultTimeoutMs } = this.#options;
    const { pauseMs } = limits;
    if (pauseMs > 0) {
      throw new DandoriError('unavailable', `GitHub was not asked to ${about}.`, {
        found: `it wants to be left alone for ${Math.ceil(pauseMs / 1000)} s`,
        next: 'wait; Dandori goes on by itself.',
      });
    }
    try {
      const octokit = await this.#connect();
      const response = await octokit.request(route, {
        ...params,
        headers: {
          accept: 'application/vnd.github+json',
          'x-github-api-version': apiVersion,
          ...asRecord(params['headers']),
        },
        request: { signal: AbortSignal.timeout(timeoutMs) },
      });
      const headers = Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
      );
      limits.note({ status: response.status, headers, message: '' });
      return { status: response.status, headers, data: response.data };
    } catch (error) {
      const answer = failedAnswer(error);
      if (answer?.status === 304) return { status: 304, headers: answer.headers, data: null };
      if (answer !== null) limits.note(answer);
      throw gitHubError(error, `${about} in ${this.repository}`, this.#redact, clock.nowMs());
    }
  }

  #connect(): Promise<Octokit> {
    this.#octokit ??= connectTo(this.#options).catch((error: unknown) => {
      this.#octokit = null;
      throw error;
    });
    return this.#octokit;
  }

  #parse<T>(about: string, schema: z.ZodType<T>, data: unknown): T {
    const parsed = schema.safeParse(data);
    if (parsed.success) return parsed.data;
    // A proxy's page in place of GitHub's answer, most likely.
    throw new DandoriError(
      'unavailable',
      `GitHub's answer when asked to ${about} in ${this.repository} is not usable.`,
      {
        found: this.#redact.text(z.prettifyError(parsed.error)).slice(0, 500),
        next: 'check the base URL and what stands between Dandori and GitHub.',
        data: { status: 0 },
      },
    );
  }

  #own(params: Record<string, unknown> = {}): Record<string, unknown> {
    return { owner: this.owner, repo: this.#repo, ...params };
  }

  async call<T>({ about, route, params, schema }: Call<T>): Promise<T> {
    const { data } = await this.#send(about, route, /\{owner\}/.test(route) ? this.#own(params) : (params ?? {}));
    return this.#parse(about, schema, data);
  }

  async read<T>({ about, route, params, schema }: Call<T>): Promise<Read<T>> {
    const key = JSON.stringify([route, params]);
    const kept = this.#kept.get(key);
    const headers = kept === undefined ? {} : { 'if-none-match': kept.etag };
    const answer = await this.#send(about, route, { ...this.#own(params), headers });
    if (answer.status === 304 && kept !== undefined) {
      this.#keep(key, kept);
      return { data: this.#parse(about, schema, kept.data), changed: false, hasNext: kept.hasNext };
    }
    const data = this.#parse(about, schema, answer.data);
    const hasNext = nextPage(answer.headers['link']);
    const etag = answer.headers['etag'];
    if (etag === undefined) this.#kept.delete(key);
    else this.#keep(key, { etag, data: answer.data, hasNext });
    return { data, changed: true, hasNext };
  }

  /** The least recently used ones make room. */
  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }

  async readAll<T>(call: Call<T[]>): Promise<{ data: T[]; changed: boolean }> {
    const data: T[] = [];
    let changed = false;
    for (let page = 1; page <= mostPages; page += 1) {
      const read = await this.read({ ...call, params: { ...call.params, per_page: pageSize, page } });
      data.push(...read.data);
      changed ||= read.changed;
      if (!read.hasNext) return { data, changed };
    }
    throw new DandoriError('limit_exceeded', `GitHub has more to answer than Dandori reads (${call.about}).`, {
      allowed: `${mostPages * pageSize} entries`,
    });
  }

  async graphql<T>({
    about,
    query,
    variables,
    schema,
  }: Parameters<GitHubClient['graphql']>[0] & { schema: z.ZodType<T> }): Promise<T> {
    // GitHub Enterprise Server has it beside, not below, its REST interface.
    const { baseUrl } = this.#options;
    const url = baseUrl === undefined ? '/graphql' : `${baseUrl.replace(/\/+$/, '').replace(/\/v3$/, '')}/graphql`;
    const { data } = await this.#send(about, `POST ${url}`, { query, variables });
    return this.#parse(about, z.object({ data: schema }), data).data;
  }

  self(): Promise<Self> {
    this.#self ??= this.#readSelf().catch((error: unknown) => {
      this.#self = null;
      throw error;
    });
    return this.#self;
  }

  async #readSelf(): Promise<Self> {
    const about = 'tell under which account Dandori writes';
    if (this.#options.auth.kind === 'app') {
      const { slug } = await this.call({ about, route: 'GET /app', schema: z.object({ slug: z.string() }) });
      return { login: `${slug}[bot]`, isApp: true };
    }
    const { login } = await this.call({ about, route: 'GET /user', schema: z.object({ login: z.string() }) });
    return { login, isApp: false };
  }
}

function asRecord(value: unknown): Record<string, string> {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, String(v)]))
    : {};
}

/** GitHub's REST interface for one repository, with its errors told as DandoriError and its limits kept. */
export function createGitHubClient(options: GitHubClientOptions): GitHubClient {
  return new OctokitClient(options);
}
