import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readOwn } from '../../src/adapters/github/own-text.js';
import type { ComposeOptions } from '../../src/compose.js';
import { openDatabase } from '../../src/db.js';
import { type RunningServer, startServer } from '../../src/entry/server.js';
import { FakeGitHub } from '../fake-github/fake-github.js';
import { wide } from '../fake-github/open-fixture.js';
import type { FakeState } from '../fake-github/state.js';
import { loansRequest } from '../journeys/rows.js';
import { configOf, eventually, type Folders, owner } from '../journeys/world.js';
import { masked, type Outcome, outcomeOf, rowsOf } from './outcome.js';

const quietLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
const settleMs = 10_000;
const issue = 1;
const branches = ['main', 'dandori/training-history'];

/** What a run leaves on GitHub beside what it leaves on this machine. */
export interface GitHubOutcome extends Outcome {
  /** Labels in the order in which Dandori set them. */
  labelled: string[];
  pulls: string[];
  /** What still waits for GitHub. */
  unsent: string[];
}

/** A fake GitHub, new or as it was at some moment, whose issue can be opened at a time that is given. */
export class GitHubSide {
  readonly fake: FakeGitHub;
  #openedAtMs: number | null = null;

  constructor(params: { state?: FakeState; onWrite?: (route: string) => void } = {}) {
    this.fake = new FakeGitHub({ ...params, limits: false, nowMs: () => this.#openedAtMs ?? Date.now() });
    this.fake.permit(owner, 'admin');
  }

  async listen(): Promise<this> {
    await this.fake.listen();
    return this;
  }

  /** Opens the one issue, in every copy at the same time: its run has the same id then. */
  openIssue(atMs: number): void {
    if (this.fake.repository.issues.size > 0) return;
    this.#openedAtMs = atMs;
    const body = loansRequest({ workflow_optimization: { auto_approve: true } });
    this.fake.asUser(owner).openIssue({ title: 'Loans', body, labels: ['mlops:train'] });
    this.#openedAtMs = null;
  }
}

/** A server whose tracker and history are on this fake GitHub; it hears by webhook. */
export async function serveOn(fake: FakeGitHub, folders: Folders, compose: ComposeOptions): Promise<RunningServer> {
  const { account } = fake;
  if (account.kind !== 'token') throw new Error('The fake GitHub of the kill matrix knows a token.');
  const github = {
    repository: fake.name,
    access: { kind: 'token' as const, token: account.token },
    webhookSecrets: [fake.webhookSecret],
    webhookPort: 0,
    pollSeconds: 1,
    apiUrl: fake.url,
    login: owner,
  };
  const server = await startServer({
    config: { ...configOf(folders), github },
    active: true,
    http: true,
    log: quietLog,
    compose: { ...compose, github: { gapMs: 0, windows: wide } },
  });
  fake.webhooks.to(server.health().github?.webhook_url ?? null);
  return server;
}

/**
 * Tables with a row for every try, every delivery and how far was polled: they differ when something had to be done again.
 * The outbox keeps a row for a comment whose caller went on before GitHub had it.
 */
const ofTries = new Set(['github_writes', 'github_deliveries', 'github_values', 'github_outbox']);

/** Names that GitHub gives, as they lie in comments, states and history. */
function withoutNames(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll(/#issuecomment-\d+/g, '#issuecomment-ID')
    .replaceAll(/(comment_id\\*":\\*")(?:queued-)?(?:\d+|ID)/g, '$1ID')
    .replaceAll(/(History: \[`)[0-9a-f]{12}\b/g, '$1COMMIT')
    .replaceAll(/\/blob\/[0-9a-f]{40}\b/g, '/blob/COMMIT');
  return JSON.parse(text);
}

/** Commits on GitHub, newest first: branch, subject, files that it brought. */
function commitsOn(fake: FakeGitHub): string[] {
  const { git } = fake.repository;
  return branches.flatMap((branch) =>
    [...git.log(git.branches.get(branch))].map(({ message, tree, parents }) => {
      const before = git.trees.get(git.commits.get(parents[0] ?? '')?.tree ?? '') ?? new Map<string, string>();
      const added = [...(git.trees.get(tree) ?? [])].filter(([path, sha]) => before.get(path) !== sha);
      return `${branch}: ${message.split('\n')[0] ?? ''}: ${added.map(([path]) => path).join(' ')}`;
    }),
  );
}

function unsentOf(stateDir: string): string[] {
  const db = openDatabase(join(stateDir, 'dandori.db'));
  try {
    const rows = db.all("SELECT kind, target FROM github_outbox WHERE state <> 'written'");
    return rows.map((row) => `${String(row['kind'])} ${String(row['target'])}`);
  } finally {
    db.close();
  }
}

const rowsWithoutTries = (rows: Record<string, number>) =>
  Object.fromEntries(Object.entries(rows).filter(([table]) => !ofTries.has(table)));

async function gitHubOutcomeOf(server: RunningServer, fake: FakeGitHub, stateDir: string): Promise<GitHubOutcome> {
  const row = { income: 80, debt: 10, colour: 'red', luck: 0.3 };
  const own = await outcomeOf(server, { issue, stateDir, model: 'loans', endpoint: 'loans-staging', row });
  const { repository } = fake;
  const texts = fake.commentsOf(issue).map(({ body }) =>
    masked(readOwn(body)?.body ?? body)
      .replaceAll(/\b[0-9a-f]{40}\b/g, 'COMMIT')
      .replaceAll(/\b[0-9a-f]{64}\b/g, 'DIGEST'),
  );
  const outcome: GitHubOutcome = {
    ...own,
    comments: texts.sort(),
    labels: [...repository.issue(issue).labels].sort(),
    labelled: repository.labelEvents
      .filter((one) => one.event === 'labeled' && one.actor === fake.self)
      .map((one) => one.label),
    commits: commitsOn(fake),
    pulls: repository.pulls.map(({ head, base, state }) => `${head} into ${base}, ${state}`),
    unsent: unsentOf(stateDir),
    rows: rowsWithoutTries(own.rows),
  };
  return withoutNames(outcome) as GitHubOutcome;
}

/** Waits for the end of the run and until GitHub has heard all, then a while longer when it is not as `wanted`. */
export async function endOn(
  server: RunningServer,
  fake: FakeGitHub,
  params: { stateDir: string; wanted: GitHubOutcome | null },
): Promise<GitHubOutcome> {
  const { stateDir, wanted } = params;
  const { runs } = server.app;
  const run = async () => (await runs.list({ issueNumber: issue }))[0];
  const tell = async () => `Run ${JSON.stringify(await run())}; said:\n${fake.commentsOf(issue).length} comments`;
  await eventually('the end of the run', async () => (await run())?.endedAt, tell);
  const look = () => gitHubOutcomeOf(server, fake, stateDir);
  // A whole look is dear; one at the rows is not.
  const isNear = () =>
    wanted === null
      ? unsentOf(stateDir).length === 0
      : isDeepStrictEqual(rowsWithoutTries(rowsOf(stateDir)), wanted.rows);
  const isDone = (found: GitHubOutcome) =>
    wanted === null ? found.openEffects.length + found.unsent.length === 0 : differences(found, wanted) === null;
  for (const deadline = Date.now() + settleMs; Date.now() < deadline;) {
    const found = isNear() ? await look() : null;
    if (found !== null && isDone(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return look();
}

/** Each field that is not as in the unkilled run, with its first unlike line; null when there is none. */
export function differences(found: GitHubOutcome, wanted: GitHubOutcome): Record<string, unknown> | null {
  const unlike = Object.entries(wanted).flatMap(([field, right]) => {
    const left = Object.entries(found).find(([name]) => name === field)?.[1] as unknown;
    return isDeepStrictEqual(left, right) ? [] : [[field, firstUnlike(linesOf(left), linesOf(right))]];
  });
  return unlike.length === 0 ? null : Object.fromEntries(unlike);
}

const linesOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).map((one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one)));

function firstUnlike(found: readonly string[], wanted: readonly string[]): Record<string, unknown> {
  const at = Array.from({ length: Math.max(found.length, wanted.length) }, (_, line) => line).find(
    (line) => found[line] !== wanted[line],
  );
  const [left = '(nothing)', right = '(nothing)'] = [found[at ?? 0], wanted[at ?? 0]];
  let from = 0;
  while (from < left.length && left[from] === right[from]) from += 1;
  const part = (text: string) => text.slice(Math.max(0, from - 60), from + 160);
  return { line: at, of: `${found.length}, wanted ${wanted.length}`, found: part(left), wanted: part(right) };
}
