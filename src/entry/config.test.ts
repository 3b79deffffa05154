import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentWithoutSecrets, readConfig } from '../config.js';

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({}, {})).toMatchObject({
      stateDir: resolve('.dandori'),
      port: 7071,
      servingPort: 7070,
      dataRoots: [],
      maxConcurrentJobs: 10,
      minimumPermission: 'write',
      secondPersonForProduction: true,
      pricePerHourUsd: null,
      logLevel: 'info',
      user: 'local',
      github: null,
    });
  });

  it('reads GitHub only when a repository is named', () => {
    expect(readConfig({}, { DANDORI_GITHUB_TOKEN: 'x' }).github).toBeNull();
    const env = { DANDORI_GITHUB_REPO: 'octo/models', DANDORI_GITHUB_TOKEN: ' x\n', DANDORI_USER: 'mia' };
    expect(readConfig({}, { ...env, DANDORI_GITHUB_WEBHOOK_SECRET: 'new old' }).github).toEqual({
      repository: 'octo/models',
      access: { kind: 'token', token: 'x' },
      webhookSecrets: ['new', 'old'],
      webhookPort: 7072,
      pollSeconds: 25,
      apiUrl: 'https://api.github.com',
      login: 'mia',
    });
    const app = { DANDORI_GITHUB_REPO: 'o/r', DANDORI_GITHUB_APP_ID: '7', DANDORI_GITHUB_APP_KEY_FILE: '/k.pem' };
    expect(readConfig({}, app).github?.access).toEqual({ kind: 'app', appId: '7', keyFile: '/k.pem' });
  });

  it.each([
    [{}, /neither a token nor an App/],
    [{ DANDORI_GITHUB_APP_ID: '7' }, /Found: DANDORI_GITHUB_APP_ID\. Allowed/],
    [{ DANDORI_GITHUB_TOKEN: 'secret', DANDORI_GITHUB_APP_ID: '7' }, /TOKEN and DANDORI_GITHUB_APP_ID/],
    [{ DANDORI_GITHUB_TOKEN: 'secret', DANDORI_GITHUB_API_URL: 'ftp://x' }, /DANDORI_GITHUB_API_URL/],
  ])('refuses a half-named GitHub without telling the secret: %j', (env, message) => {
    const read = () => readConfig({}, { DANDORI_GITHUB_REPO: 'octo/models', ...env });
    expect(read).toThrow(message);
    expect(read).not.toThrow(/secret/);
  });

  it('keeps its secrets from programs that need none', () => {
    const env = { PATH: '/bin', DANDORI_PORT: '1', DANDORI_GITHUB_TOKEN: 'x', DANDORI_GITHUB_WEBHOOK_SECRET: 'y' };
    expect(environmentWithoutSecrets(env)).toEqual({ PATH: '/bin', DANDORI_PORT: '1' });
  });

  it('reads the environment, and the command line wins', () => {
    const env = {
      DANDORI_DIR: '/srv/a',
      DANDORI_PORT: '0',
      DANDORI_DATA_ROOTS: '/x::/y',
      DANDORI_SECOND_PERSON: 'off',
      DANDORI_PRICE_PER_HOUR: '0.34',
    };
    expect(readConfig({ stateDir: '/srv/b' }, { ...env, USER: 'aya' })).toMatchObject({
      stateDir: '/srv/b',
      port: 0,
      dataRoots: ['/x', '/y'],
      secondPersonForProduction: false,
      pricePerHourUsd: 0.34,
      user: 'aya',
    });
  });

  it('is quiet under npm start unless a level is given', () => {
    expect(readConfig({ quiet: true }, {}).logLevel).toBe('warn');
    expect(readConfig({ quiet: true }, { DANDORI_LOG_LEVEL: 'debug' }).logLevel).toBe('debug');
  });

  it.each([
    ['DANDORI_PORT', 'seven'],
    ['DANDORI_PORT', '70000'],
    ['DANDORI_MAX_JOBS', '-1'],
    ['DANDORI_PRICE_PER_HOUR', '0,34 USD'],
    ['DANDORI_PRICE_PER_HOUR', '-1'],
    ['DANDORI_MIN_PERMISSION', 'everybody'],
    ['DANDORI_SECOND_PERSON', 'maybe'],
    ['DANDORI_LOG_LEVEL', 'loud'],
  ])('refuses %s=%s by its name', (name, value) => {
    expect(() => readConfig({}, { [name]: value })).toThrow(new RegExp(`${name}.*Found: ${value}.*Allowed`));
  });
});
