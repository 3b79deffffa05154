import { afterEach, describe, expect, it, vi } from 'vitest';
import { configOfUp } from './up.js';

describe('the configuration of up', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    [undefined, ['secret']],
    [true, []],
  ])('with --poll %s keeps the secrets %j of the webhook', (poll, secrets) => {
    vi.stubEnv('DANDORI_GITHUB_REPO', 'octo/models');
    vi.stubEnv('DANDORI_GITHUB_TOKEN', 'token');
    vi.stubEnv('DANDORI_GITHUB_WEBHOOK_SECRET', 'secret');
    const { github, port } = configOfUp({ port: 0, ...(poll === undefined ? {} : { poll }) });
    expect([github?.webhookSecrets, port]).toEqual([secrets, 0]);
  });
});
