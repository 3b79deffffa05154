import { rmSync } from 'node:fs';
import { readOwn } from '../../src/adapters/github/own-text.js';
import type { Config } from '../../src/config.js';
import { startServer, type RunningServer } from '../../src/entry/server.js';
import type { Comment, Issue } from '../../src/ports/issue-tracker.js';
import { type FakeGitHub, startFakeGitHub } from '../fake-github/fake-github.js';
import { wide } from '../fake-github/open-fixture.js';
import { serverConfigOf } from '../fake-github/server-config.js';
import type { FakeComment, FakeIssue } from '../fake-github/state.js';
import { withJobMemory } from './job-memory.js';
import type { People } from './people.js';
import type { ComposeOptions } from '../../src/compose.js';
import { configOf, type Folders, looks, makeFolders, owner, StoryWorld } from './world.js';

function seenIssue(issue: FakeIssue, fake: FakeGitHub): Issue {
  const { number, title, body, labels, state, user, createdAt, updatedAt } = issue;
  const url = `${fake.render.web}/issues/${number}`;
  return { number, title, body, labels, state, author: user, createdAt, updatedAt, url };
}

/** A comment as a person sees it in the browser: without the hidden line. */
function seenComment(comment: FakeComment, self: string): Comment {
  const { id, issueNumber, body, user, createdAt, updatedAt, lastEditedAt, reactions } = comment;
  const own = user === self ? readOwn(body) : null;
  const edited = lastEditedAt !== null;
  const seen = { id: String(id), issueNumber, author: user, createdAt, updatedAt, edited, reactions, url: '' };
  return { ...seen, body: own?.body ?? body, bySelf: own !== null };
}

/** People on GitHub, in their browsers. */
export function peopleAtGitHub(fake: FakeGitHub): People {
  const { repository } = fake;
  const comment = (id: string) => seenComment(repository.comment(Number(id)), fake.self);
  return {
    open: async ({ title, body, by }) => fake.asUser(by).openIssue({ title, body, labels: ['mlops:train'] }).number,
    edit: async (number, body, by) => seenIssue(fake.asUser(by).editIssue(number, { body }), fake),
    comment: async (number, body, by) => String(fake.asUser(by).comment(number, body).id),
    async editComment(id, body, by) {
      fake.asUser(by).editComment(id, body);
      return comment(id);
    },
    async react(id, content, by) {
      fake.asUser(by).react(id, content);
      return comment(id);
    },
    allow: async (user, permission) => fake.permit(user, permission),
    issue: async (number) => seenIssue(repository.issue(number), fake),
    comments: async (number) => fake.commentsOf(number).map((one) => seenComment(one, fake.self)),
    close: () => undefined,
  };
}

/** A world whose tracker and history are on a fake GitHub, with the adapter, its limits and its webhook as they are. */
export class GitHubWorld extends StoryWorld {
  readonly fake: FakeGitHub;
  /** What the server logged as an error, and everything that it logged. */
  readonly errors: string[];
  readonly logged: string[];
  readonly server: RunningServer;

  private constructor(
    folders: Folders,
    fake: FakeGitHub,
    server: RunningServer,
    logs: { errors: string[]; logged: string[] },
  ) {
    super(folders, peopleAtGitHub(fake), () => server.api);
    this.fake = fake;
    this.errors = logs.errors;
    this.logged = logs.logged;
    this.server = server;
  }

  /** `webhooks` false: GitHub is polled. `limits` false: neither side counts or spaces writes, for stories about other things. */
  static async start(
    name: string,
    { webhooks = true, limits = true, ...change }: { webhooks?: boolean; limits?: boolean } & Partial<Config> = {},
    told: Pick<ComposeOptions, 'patience'> = {},
  ): Promise<GitHubWorld> {
    const [folders, fake] = [makeFolders(name), await startFakeGitHub({ limits })];
    fake.permit(owner, 'admin');
    const [errors, logged]: [string[], string[]] = [[], []];
    const into =
      (...lists: string[][]) =>
      (details: object, message: string): void => {
        for (const list of lists) list.push(`${message} ${JSON.stringify(details)}`);
      };
    const log = { info: into(logged), warn: into(logged), error: into(logged, errors) };
    const hearing = serverConfigOf(fake, { login: owner, pollSeconds: limits ? 1 : 0.25 });
    const github = webhooks ? hearing : { ...hearing, webhookSecrets: [] };
    const config = { ...configOf(folders), github, ...change };
    const quick = { ...withJobMemory(folders.stateDir, true), looks, github: { gapMs: 0, windows: wide } };
    const compose = limits ? told : { ...told, ...quick };
    const server = await startServer({ config, active: true, http: true, log, compose });
    fake.webhooks.to(server.health().github?.webhook_url ?? null);
    return new GitHubWorld(folders, fake, server, { errors, logged });
  }

  /** Throws besides when something was not as GitHub describes it. */
  async stop(): Promise<void> {
    await this.server.app.ports.endpoints.stopRouter();
    await this.server.close();
    rmSync(this.folders.root, { recursive: true, force: true, maxRetries: 3 });
    await this.fake.close();
  }
}
