import type { Database } from '../../db.js';
import { codeOf } from '../../errors.js';
import type { HistoryRepository } from '../../ports/history-repository.js';
import type { IssueTracker } from '../../ports/issue-tracker.js';
import { labelDocs } from '../../request/labels.js';
import { checkGitHub, type GitHubFinding } from './check.js';
import { createGitHubClient, type GitHubAuth, type GitHubClient, type GitHubClientOptions } from './client.js';
import { type Clock, systemClock } from './clock.js';
import { Comments } from './comments.js';
import { Edits } from './edits.js';
import { createGitHubHistoryRepository, type GitHubHistoryOptions } from './history-repository.js';
import { Inbox } from './inbox.js';
import { createGitHubIssueTracker, type GitHubIssueTrackerParts } from './issue-tracker.js';
import { Outbox, type SaveLongText } from './outbox.js';
import { OutboxTable } from './outbox-table.js';
import { anyAnswer } from './payloads.js';
import { Permissions } from './permissions.js';
import { PollRepository } from './poll-repository.js';
import { Poller, type PollerOptions } from './poller.js';
import { RateLimits, type WriteWindow } from './rate-limit.js';
import { RepositorySetUp } from './set-up.js';
import { createWebhookReceiver, type WebhookReceiver } from './webhook.js';
import { Writer, type WriterLog } from './writer.js';

export interface GitHubOptions
  extends
    Pick<GitHubClientOptions, 'redact'>,
    Pick<GitHubIssueTrackerParts, 'patienceMs' | 'waitMs'>,
    Pick<PollerOptions, 'watched' | 'onEvent' | 'everyMs' | 'repositoryEveryMs'> {
  db: Database;
  log: WriterLog;
  /** `OWNER/NAME`. */
  repository: string;
  auth: GitHubAuth;
  /** `https://HOST/api/v3` for GitHub Enterprise Server. */
  baseUrl?: string;
  userAgent?: string;
  /** Empty: deliveries are refused. Several while one is being replaced. */
  webhookSecrets: readonly string[];
  history?: Pick<GitHubHistoryOptions, 'branch' | 'pullRequestBranch' | 'authorName' | 'authorEmail' | 'waitMs'>;
  /** Default: a commit to `training_history/texts/`. */
  saveLongText?: SaveLongText;
  clock?: Clock;
  /** Least time between two writes. Default 1 s. */
  gapMs?: number;
  windows?: readonly WriteWindow[];
  fetch?: typeof globalThis.fetch;
}

/** GitHub as Dandori uses it; nothing is asked or written before `start`, except by calls. */
export interface GitHub {
  client: GitHubClient;
  issues: IssueTracker;
  history: HistoryRepository;
  webhook: WebhookReceiver;
  poller: Poller;
  setUp: RepositorySetUp;
  /** What is missing on GitHub; changes nothing. */
  check(): Promise<GitHubFinding[]>;
  /** Whether GitHub answers at the moment, be it with a refusal. */
  answers(): Promise<boolean>;
  /** The person behind the token; null under an App, behind which nobody is. */
  speaker(): Promise<string | null>;
  /** Takes up unsent writes and begins to poll. */
  start(): void;
  /** Ends the write under way; the rest waits in the database. */
  stop(): Promise<void>;
}

/** Opens GitHub behind the ports, on tables of its own in the database of the state directory. */
export function openGitHub(options: GitHubOptions): GitHub {
  const { db, log, clock = systemClock } = options;
  const limits = new RateLimits({ db, clock, ...(options.windows === undefined ? {} : { windows: options.windows }) });
  const client = createGitHubClient({ ...options, limits, clock });
  const writer = new Writer({ limits, clock, log, ...(options.gapMs === undefined ? {} : { gapMs: options.gapMs }) });
  const inbox = new Inbox(db);
  const table = new OutboxTable(db);
  const edits = new Edits(client, clock);
  const history = createGitHubHistoryRepository({ ...options.history, client, writer, clock });
  const saveLongText = options.saveLongText ?? longTextsIn(history);
  const outbox = new Outbox({
    table,
    inbox,
    writer,
    client,
    clock,
    log,
    saveLongText,
    onEdited: ({ node_id: nodeId, updated_at: at }) => {
      const known = client.self().then(({ login }) => edits.know({ nodeId, updatedAt: at }, { at, editor: login }));
      // Not known, it is asked for with the next look at the comments.
      known.catch(() => undefined);
    },
  });
  const comments = new Comments({ client, edits, outbox, log });
  const permissions = new Permissions({ client, clock, log });
  const repository = new PollRepository({ client, inbox, edits, clock });
  const poller = new Poller({ ...options, client, inbox, table, repository, clock });
  return {
    client,
    issues: createGitHubIssueTracker({ ...options, client, writer, outbox, inbox, comments, permissions, clock }),
    history,
    webhook: createWebhookReceiver({ secrets: options.webhookSecrets, client, inbox, clock }),
    poller,
    setUp: new RepositorySetUp({ client, writer, clock }),
    check: () => checkGitHub({ client, labels: labelDocs, wantsWebhook: options.webhookSecrets.length > 0 }),
    answers: () => answers(client),
    speaker: () => speaker(client),
    start() {
      outbox.start();
      poller.start();
    },
    async stop() {
      await poller.stop();
      await writer.stop();
    },
  };
}

function longTextsIn(history: HistoryRepository): SaveLongText {
  return async ({ name, body }) => {
    const path = `training_history/texts/${name}.md`;
    const { url } = await history.commit({
      key: `text/${name}`,
      message: 'Whole text of a comment',
      files: [{ path, body }],
    });
    return url;
  };
}

async function answers(client: GitHubClient): Promise<boolean> {
  try {
    await client.read({ about: 'answer', route: 'GET /repos/{owner}/{repo}', schema: anyAnswer });
    return true;
  } catch (error) {
    return codeOf(error) !== 'unavailable';
  }
}

async function speaker(client: GitHubClient): Promise<string | null> {
  const { login, isApp } = await client.self();
  return isApp ? null : login;
}
