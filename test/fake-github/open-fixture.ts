import { generateKeyPairSync } from 'node:crypto';
import { type Database, openDatabase } from '../../src/db.js';
import { type FakeAccount, type FakeGitHub, startFakeGitHub } from './fake-github.js';
import type { GitHubAuth } from '../../src/adapters/github/client.js';
import { type GitHub, type GitHubOptions, openGitHub } from '../../src/adapters/github/open-github.js';
import type { WriteWindow } from '../../src/adapters/github/rate-limit.js';

/** Limits that no test meets by accident. */
export const wide: readonly WriteWindow[] = [{ ms: 60_000, most: { result: 1e6, answer: 1e6, status: 1e6 } }];

export interface Fixture {
  fake: FakeGitHub;
  github: GitHub;
  db: Database;
  /** What was logged as an error. */
  errors: string[];
  /** Something waits for a reaction to this comment (of issue 1). */
  watch(commentId: string): void;
  /** The same state directory in another process. */
  reopen(options?: Partial<GitHubOptions>): Promise<GitHub>;
  /** Ends both; throws when something was not as GitHub describes it. */
  close(): Promise<void>;
}

let keys: { publicKey: string; privateKey: string } | undefined;
function appKeys(): { publicKey: string; privateKey: string } {
  keys ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return keys;
}

function accountOf(isApp: boolean): { account: FakeAccount; auth: GitHubAuth } {
  if (!isApp) {
    const token = `ghp_${'t'.repeat(36)}`;
    return { account: { kind: 'token', login: 'dandori-bot', token }, auth: { kind: 'token', token } };
  }
  const { publicKey, privateKey } = appKeys();
  return {
    account: { kind: 'app', slug: 'dandori-ml', appId: '4711', installationId: 42, publicKey },
    auth: { kind: 'app', appId: '4711', privateKey },
  };
}

/** GitHub's adapters on a fake GitHub. By default nothing is heard of it, and there are no limits unless `windows` says so. */
export async function openFixture(
  options: { webhooks?: boolean; polls?: boolean; app?: boolean; nowMs?: () => number } & Partial<GitHubOptions> = {},
): Promise<Fixture> {
  const { webhooks = false, polls = false, app = false, nowMs = Date.now, ...rest } = options;
  const { account, auth } = accountOf(app);
  const fake = await startFakeGitHub({ account, limits: options.windows !== undefined, nowMs });
  const errors: string[] = [];
  const db = openDatabase(':memory:');
  const log = {
    info: () => undefined,
    error: (details: object, message: string) => void errors.push(`${message} ${JSON.stringify(details)}`),
  };
  const watchedIds = new Set<string>();
  const watched = async () => [...watchedIds].map((commentId) => ({ issueNumber: 1, commentId }));
  const make = (on: Database, more: Partial<GitHubOptions> = {}): GitHub =>
    openGitHub({
      db: on,
      log,
      repository: fake.name,
      auth,
      baseUrl: fake.url,
      webhookSecrets: [fake.webhookSecret],
      gapMs: 0,
      windows: wide,
      watched,
      everyMs: 0,
      repositoryEveryMs: polls ? 0 : 1e12,
      ...rest,
      ...more,
    });
  const opened = [make(db)];
  const [github] = opened;
  if (github === undefined) throw new Error('nothing was opened');
  if (webhooks) fake.webhooks.to((delivery) => github.webhook.receive(delivery));
  return {
    fake,
    github,
    db,
    errors,
    watch: (commentId) => void watchedIds.add(commentId),
    async reopen(more = {}) {
      await github.stop();
      const again = make(db, more);
      opened.push(again);
      if (webhooks) fake.webhooks.to((delivery) => again.webhook.receive(delivery));
      return again;
    },
    async close() {
      for (const one of opened) await one.stop();
      await fake.close();
      db.close();
    },
  };
}
