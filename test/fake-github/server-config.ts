import type { GitHubConfig } from '../../src/config.js';
import type { FakeGitHub } from './fake-github.js';

/** What a server is told of a fake GitHub that knows a token: it hears by webhook, and `login` speaks at its command line. */
export function serverConfigOf(fake: FakeGitHub, params: { login: string; pollSeconds: number }): GitHubConfig {
  const { account, name, url, webhookSecret } = fake;
  if (account.kind !== 'token') throw new Error('This fake GitHub knows an App and no token.');
  return {
    repository: name,
    access: { kind: 'token', token: account.token },
    webhookSecrets: [webhookSecret],
    webhookPort: 0,
    apiUrl: url,
    ...params,
  };
}
