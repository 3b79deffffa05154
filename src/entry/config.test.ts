import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentWithoutSecrets, readConfig } from '../config.js';
import { secretsOf, toldConfig } from '../secret-fields.js';

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

  it('reads the channels that are set up', () => {
    expect(readConfig({}, {}).notify).toEqual({ slack: null, email: null, pagerduty: null });
    const mail = {
      DANDORI_EMAIL_FROM: 'Dandori <d@ml.example>',
      DANDORI_EMAIL_TO: 'ops@example.com, Aya <aya@example.com>',
    };
    const env = {
      ...mail,
      DANDORI_SMTP_URL: 'smtp://me%40ml:p%2Fw@mail.example',
      DANDORI_SLACK_BOT_TOKEN: 'xoxb-1',
      DANDORI_SLACK_CHANNEL: 'C1',
      DANDORI_PAGERDUTY_ROUTING_KEY: 'k'.repeat(32),
    };
    expect(readConfig({}, env).notify).toEqual({
      slack: { kind: 'bot', token: 'xoxb-1', channel: 'C1', apiUrl: 'https://slack.com/api' },
      email: {
        host: 'mail.example',
        port: 587,
        tls: 'starttls',
        auth: { user: 'me@ml', pass: 'p/w' },
        from: 'Dandori <d@ml.example>',
        to: ['ops@example.com', 'Aya <aya@example.com>'],
      },
      pagerduty: { routingKey: 'k'.repeat(32), apiUrl: 'https://events.pagerduty.com' },
    });
    const tls = { ...mail, DANDORI_SMTP_URL: 'smtps://mail.example' };
    expect(readConfig({}, tls).notify.email).toMatchObject({ port: 465, tls: 'implicit', auth: null });
    const relay = { ...mail, DANDORI_SMTP_URL: 'smtp://10.0.0.1?starttls=off' };
    expect(readConfig({}, relay).notify.email).toMatchObject({ port: 25, tls: 'off' });
  });

  const mailFrom = { DANDORI_EMAIL_FROM: 'd@ml.example', DANDORI_EMAIL_TO: 'ops@example.com' };
  it.each([
    [{ DANDORI_SLACK_BOT_TOKEN: 'xoxb-secret' }, /DANDORI_SLACK_CHANNEL is missing/],
    [{ DANDORI_SLACK_WEBHOOK_URL: 'http://hooks.slack.com/secret' }, /begins with https/],
    [
      {
        DANDORI_SLACK_WEBHOOK_URL: 'https://h/secret',
        DANDORI_SLACK_BOT_TOKEN: 'xoxb-secret',
        DANDORI_SLACK_CHANNEL: 'C',
      },
      /not both/,
    ],
    [{ DANDORI_SMTP_URL: 'smtp://u:secret@h' }, /DANDORI_EMAIL_FROM and DANDORI_EMAIL_TO are missing/],
    [{ ...mailFrom, DANDORI_SMTP_URL: 'https://u:secret@h' }, /DANDORI_SMTP_URL is not usable/],
    [{ ...mailFrom, DANDORI_SMTP_URL: 'smtp://u:50%secret@h' }, /DANDORI_SMTP_URL is not usable[^]*%25/],
    [{ ...mailFrom, DANDORI_SMTP_URL: 'smtp://u:secret@h?starttls=off' }, /only where TLS hides it/],
    [{ ...mailFrom, DANDORI_SMTP_URL: 'smtp://h', DANDORI_EMAIL_TO: 'ops' }, /DANDORI_EMAIL_TO is not usable/],
    [{ ...mailFrom, DANDORI_SMTP_URL: 'smtp://h', DANDORI_EMAIL_FROM: 'a@b\r\nBcc: c@d' }, /DANDORI_EMAIL_FROM/],
    [{ DANDORI_PAGERDUTY_ROUTING_KEY: 'secret' }, /32 characters/],
  ])('refuses a channel that is half set up without telling the secret: %j', (env, message) => {
    expect(() => readConfig({}, env)).toThrow(message);
    expect(() => readConfig({}, env)).not.toThrow(/secret/);
  });

  it('keeps its secrets from programs that need none', () => {
    const env = { PATH: '/bin', DANDORI_PORT: '1', DANDORI_GITHUB_TOKEN: 'x', DANDORI_GITHUB_WEBHOOK_SECRET: 'y' };
    const channels = { DANDORI_SLACK_BOT_TOKEN: 'x', DANDORI_SMTP_URL: 'y', DANDORI_PAGERDUTY_ROUTING_KEY: 'z' };
    expect(environmentWithoutSecrets({ ...env, ...channels })).toEqual({ PATH: '/bin', DANDORI_PORT: '1' });
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

describe('the secrets of a configuration', () => {
  const github = {
    DANDORI_GITHUB_REPO: 'octo/models',
    DANDORI_GITHUB_TOKEN: 'ghp_token',
    DANDORI_GITHUB_WEBHOOK_SECRET: 'old-secret new-secret',
  };
  const config = readConfig({}, { ...github, DANDORI_USER: 'aya' });

  it('are known by their fields', () => {
    expect(secretsOf(config)).toEqual(['ghp_token', 'old-secret', 'new-secret']);
    expect(secretsOf({ slack: { kind: 'webhook', url: 'https://hooks.example' }, other: { url: 'x' } })).toEqual([
      'https://hooks.example',
    ]);
  });

  it('are not told', () => {
    const told = toldConfig(config);
    expect(told).toContain('octo/models');
    for (const secret of secretsOf(config)) expect(told).not.toContain(secret);
  });
});
