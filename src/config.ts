import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { DandoriError } from './errors.js';
import { projectRoot } from './root.js';

/** Everything that can be set from outside; each field says its variable, its default and an example. */
export interface Config {
  /** `DANDORI_DIR` or `--dir`: where this installation keeps its state. Default `.dandori` in the working folder. */
  stateDir: string;
  /** `DANDORI_PORT`: MCP and health over HTTP on 127.0.0.1; 0 takes a free port. Default 7071. */
  port: number;
  /** `DANDORI_SERVING_PORT`: the models' address on 127.0.0.1; 0 takes a free port. Default 7070. */
  servingPort: number;
  /** `DANDORI_DATA_ROOTS`: folders, separated by `:`, from which requests may read files. Default: none beside the folders of submitted files. */
  dataRoots: string[];
  /** `DANDORI_MAX_JOBS`: jobs at once, the rest queue. Default 10. */
  maxConcurrentJobs: number;
  /** `DANDORI_PRICE_PER_HOUR`: what an hour of this machine costs in USD; every job then tells its estimated cost. Default: none, so no cost is told. */
  pricePerHourUsd: number | null;
  /** `DANDORI_PYTHON_ENV`: the trainer's virtual environment. Default `.venv` of the checkout. */
  pythonPath: string;
  /** `DANDORI_MIN_PERMISSION`: least permission that may trigger and approve: admin, write or read. Default write. */
  minimumPermission: 'admin' | 'write' | 'read';
  /** `DANDORI_SECOND_PERSON`: `off` lets the requester approve a request for production. Default on. */
  secondPersonForProduction: boolean;
  /** `DANDORI_MAX_OPEN_RUNS`: runs that may wait or be under way at once; further requests are refused until one ends. Default 20000. */
  maxOpenRuns: number;
  /** `DANDORI_MAX_OPEN_RUNS_PER_AUTHOR`: the same for the requests of one person. Default 1000. */
  maxOpenRunsPerAuthor: number;
  /** `DANDORI_LOG_LEVEL`: trace, debug, info, warn or error. Default info; warn under `npm start`. */
  logLevel: string;
  /** Set by `npm start`: the log level is warn unless it is given. */
  quiet: boolean;
  /** `DANDORI_USER`: the name under which a command makes requests and comments, and under which the server acts. Default: the user of the operating system. */
  user: string;
  /** GitHub in place of the built-in tracker and history; null: no GitHub. */
  github: GitHubConfig | null;
  /** Channels for messages beside the issue. */
  notify: NotifyConfig;
  /** CPU cores and memory that jobs share. */
  cpuCount: number;
  memoryMb: number;
}

/** How Dandori shows GitHub who it is. */
export type GitHubAccess = { kind: 'token'; token: string } | { kind: 'app'; appId: string; keyFile: string };

/** A repository on GitHub as the tracker and the history, in place of the built-in ones. */
export interface GitHubConfig {
  /** `DANDORI_GITHUB_REPO`: repository on GitHub, `OWNER/NAME`, whose issues are the requests and that keeps the history. Default: none, the built-in tracker. */
  repository: string;
  /** `DANDORI_GITHUB_TOKEN`: fine-grained token for that repository. Default: none, an App shows who Dandori is. */
  /** `DANDORI_GITHUB_APP_ID`: number of the GitHub App that is installed on the repository. Default: none. */
  /** `DANDORI_GITHUB_APP_KEY_FILE`: file with the private key of that App. Default: none. */
  access: GitHubAccess;
  /** `DANDORI_GITHUB_WEBHOOK_SECRET`: secret of the webhook; two, with a space between, while one is replaced. Default: none, GitHub is polled. */
  webhookSecrets: string[];
  /** `DANDORI_GITHUB_WEBHOOK_PORT`: port on 127.0.0.1 that takes GitHub's deliveries; 0 takes a free one. Default 7072. */
  webhookPort: number;
  /** `DANDORI_GITHUB_POLL_SECONDS`: how often GitHub is asked for reactions, and without a webhook for everything. Default 25. */
  pollSeconds: number;
  /** `DANDORI_GITHUB_API_URL`: address of the REST interface; `https://HOST/api/v3` on GitHub Enterprise Server. Default `https://api.github.com`. */
  apiUrl: string;
  /** The login on GitHub of who speaks at the command line: `DANDORI_USER` when it is set. */
  login: string | null;
}

/** Channels for messages beside the issue; null: not set up. */
export interface NotifyConfig {
  /** `DANDORI_SLACK_WEBHOOK_URL`: address of an incoming webhook of Slack; whoever has it can post. Default: none. */
  /** `DANDORI_SLACK_BOT_TOKEN`: bot token of a Slack app (`xoxb-...`), in place of the webhook. Default: none. */
  /** `DANDORI_SLACK_CHANNEL`: id of the channel that the bot posts into, e.g. `C0123456789`. Default: none. */
  /** `DANDORI_SLACK_API_URL`: address of Slack's Web API. Default `https://slack.com/api`. */
  slack: { kind: 'webhook'; url: string } | { kind: 'bot'; token: string; channel: string; apiUrl: string } | null;
  /** `DANDORI_SMTP_URL`: mail server, `smtps://USER:PASSWORD@HOST:465` (TLS) or `smtp://USER:PASSWORD@HOST:587` (STARTTLS; with `?starttls=off` in the clear). Default: none. */
  /** `DANDORI_EMAIL_FROM`: sender of the mails, `Dandori <dandori@example.com>`. Default: none. */
  /** `DANDORI_EMAIL_TO`: who gets the mails, addresses with commas between. Default: none. */
  email: EmailConfig | null;
  /** `DANDORI_PAGERDUTY_ROUTING_KEY`: integration key of an "Events API v2" integration. Default: none. */
  /** `DANDORI_PAGERDUTY_URL`: address of PagerDuty's Events API; `https://events.eu.pagerduty.com` in the EU. Default `https://events.pagerduty.com`. */
  pagerduty: { routingKey: string; apiUrl: string } | null;
}

export interface EmailConfig {
  host: string;
  port: number;
  tls: 'implicit' | 'starttls' | 'off';
  auth: { user: string; pass: string } | null;
  from: string;
  to: string[];
}

function numberFrom(env: NodeJS.ProcessEnv, name: string, fallback: number, most: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new DandoriError('invalid_input', `The variable ${name} is not usable.`, {
    found: text,
    allowed: `a whole number from 0 to ${most}`,
  });
}

function priceFrom(env: NodeJS.ProcessEnv, name: string): number | null {
  const text = env[name];
  if (text === undefined || text === '') return null;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0 && value <= 100_000) return value;
  throw new DandoriError('invalid_input', `The variable ${name} is not usable.`, {
    found: text,
    allowed: 'an amount in USD from 0 to 100000, e.g. 0.34',
  });
}

function oneOf<const T extends string>(env: NodeJS.ProcessEnv, name: string, allowed: readonly T[], fallback: T): T {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const found = allowed.find((one) => one === text);
  if (found !== undefined) return found;
  throw new DandoriError('invalid_input', `The variable ${name} is not usable.`, {
    found: text,
    allowed: allowed.join(', '),
  });
}

function given(env: NodeJS.ProcessEnv, name: string): string | null {
  const text = env[name]?.trim();
  return text === undefined || text === '' ? null : text;
}

function gitHubAccess(env: NodeJS.ProcessEnv): GitHubAccess {
  const names = ['DANDORI_GITHUB_TOKEN', 'DANDORI_GITHUB_APP_ID', 'DANDORI_GITHUB_APP_KEY_FILE'] as const;
  const [token, appId, keyFile] = names.map((name) => given(env, name));
  if (token && !appId && !keyFile) return { kind: 'token', token };
  if (!token && appId && keyFile) return { kind: 'app', appId, keyFile: resolve(keyFile) };
  throw new DandoriError('invalid_input', 'Dandori cannot show GitHub who it is.', {
    found: names.filter((name) => given(env, name) !== null).join(' and ') || 'neither a token nor an App',
    allowed: 'DANDORI_GITHUB_TOKEN alone, or DANDORI_GITHUB_APP_ID with DANDORI_GITHUB_APP_KEY_FILE',
    next: 'docs/github.md says how to make one.',
  });
}

/** GitHub as the environment says; `repository` wins over its variable. Null: no repository is named. */
export function readGitHubConfig(
  env: NodeJS.ProcessEnv = process.env,
  repository = given(env, 'DANDORI_GITHUB_REPO'),
): GitHubConfig | null {
  if (repository === null) return null;
  const apiUrl = given(env, 'DANDORI_GITHUB_API_URL') ?? 'https://api.github.com';
  if (!URL.canParse(apiUrl) || !/^https?:/.test(apiUrl)) {
    throw new DandoriError('invalid_input', 'The variable DANDORI_GITHUB_API_URL is not usable.', {
      found: apiUrl,
      allowed: 'an address such as https://HOST/api/v3',
    });
  }
  return {
    repository,
    access: gitHubAccess(env),
    webhookSecrets: (given(env, 'DANDORI_GITHUB_WEBHOOK_SECRET') ?? '').split(/\s+/).filter((part) => part !== ''),
    webhookPort: numberFrom(env, 'DANDORI_GITHUB_WEBHOOK_PORT', 7072, 65_535),
    pollSeconds: Math.max(1, numberFrom(env, 'DANDORI_GITHUB_POLL_SECONDS', 25, 3600)),
    apiUrl,
    login: given(env, 'DANDORI_USER'),
  };
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(host);

/** What is wrong with a variable that holds a secret: its value is not told. */
function unusable(name: string, allowed: string): DandoriError {
  return new DandoriError('invalid_input', `The variable ${name} is not usable.`, {
    allowed,
    next: 'docs/notifications.md says how each channel is set up.',
  });
}

/** An address over which a secret goes: https, or http to this machine alone. */
function secretAddress(env: NodeJS.ProcessEnv, name: string, fallback: string | null = null): string | null {
  const text = given(env, name) ?? fallback;
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return text;
  throw unusable(name, 'an address that begins with https://');
}

/** All of these variables, or null when none is given; some of them are an error. */
function together<const N extends string>(env: NodeJS.ProcessEnv, names: readonly N[]): Record<N, string> | null {
  const values = names.map((name) => [name, given(env, name)] as const);
  const missing = values.filter(([, value]) => value === null).map(([name]) => name);
  if (missing.length === names.length) return null;
  if (missing.length === 0) return Object.fromEntries(values) as Record<N, string>;
  throw new DandoriError('invalid_input', `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing.`, {
    found: values.flatMap(([name, value]) => (value === null ? [] : [name])).join(' and '),
    allowed: `${names.join(', ')}: all of them or none`,
    next: 'docs/notifications.md says how each channel is set up.',
  });
}

function slackFrom(env: NodeJS.ProcessEnv): NotifyConfig['slack'] {
  const url = secretAddress(env, 'DANDORI_SLACK_WEBHOOK_URL');
  const bot = together(env, ['DANDORI_SLACK_BOT_TOKEN', 'DANDORI_SLACK_CHANNEL']);
  if (url !== null && bot !== null) {
    throw unusable('DANDORI_SLACK_WEBHOOK_URL', 'a webhook, or a bot with DANDORI_SLACK_BOT_TOKEN, but not both');
  }
  if (bot === null) return url === null ? null : { kind: 'webhook', url };
  const { DANDORI_SLACK_BOT_TOKEN: token, DANDORI_SLACK_CHANNEL: channel } = bot;
  if (!/^[\w.-]+$/.test(token)) throw unusable('DANDORI_SLACK_BOT_TOKEN', 'a bot token such as xoxb-...');
  const apiUrl = secretAddress(env, 'DANDORI_SLACK_API_URL', 'https://slack.com/api') ?? '';
  return { kind: 'bot', token, channel, apiUrl };
}

const mailbox = /^(?:[^<>@\p{C}]*<[^\s<>@,;\p{C}]+@[A-Za-z0-9.-]+>|[^\s<>@,;\p{C}]+@[A-Za-z0-9.-]+)$/u;

/** User and password of a mail server's address; null where it names nobody. */
function loginOf({ username, password }: URL): EmailConfig['auth'] {
  if (username === '') return null;
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    throw unusable(
      'DANDORI_SMTP_URL',
      'user and password with signs such as %, @, / and : written as %25, %40, %2F, %3A',
    );
  }
}

function emailFrom(env: NodeJS.ProcessEnv): EmailConfig | null {
  const all = together(env, ['DANDORI_SMTP_URL', 'DANDORI_EMAIL_FROM', 'DANDORI_EMAIL_TO']);
  if (all === null) return null;
  const { DANDORI_SMTP_URL: server, DANDORI_EMAIL_FROM: from, DANDORI_EMAIL_TO: list } = all;
  const url = URL.canParse(server) ? new URL(server) : null;
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    throw unusable('DANDORI_SMTP_URL', 'smtps://USER:PASSWORD@HOST:465 or smtp://USER:PASSWORD@HOST:587');
  }
  if (!mailbox.test(from)) throw unusable('DANDORI_EMAIL_FROM', 'one address, e.g. Dandori <dandori@example.com>');
  const to = list.split(',').map((part) => part.trim());
  if (!to.every((one) => mailbox.test(one))) {
    throw unusable('DANDORI_EMAIL_TO', 'addresses with commas between, e.g. ops@example.com, aya@example.com');
  }
  const tls = url.protocol === 'smtps:' ? 'implicit' : url.searchParams.get('starttls') === 'off' ? 'off' : 'starttls';
  const auth = loginOf(url);
  if (tls === 'off' && auth !== null && !isLoopback(url.hostname)) {
    throw unusable('DANDORI_SMTP_URL', 'a password only where TLS hides it: smtps://, or smtp:// without starttls=off');
  }
  const port = url.port === '' ? { implicit: 465, starttls: 587, off: 25 }[tls] : Number(url.port);
  return { host: url.hostname.replaceAll(/[[\]]/g, ''), port, tls, auth, from, to };
}

function pagerDutyFrom(env: NodeJS.ProcessEnv): NotifyConfig['pagerduty'] {
  const routingKey = given(env, 'DANDORI_PAGERDUTY_ROUTING_KEY');
  if (routingKey === null) return null;
  if (!/^\w{32}$/.test(routingKey))
    throw unusable('DANDORI_PAGERDUTY_ROUTING_KEY', 'an integration key of 32 characters');
  return { routingKey, apiUrl: secretAddress(env, 'DANDORI_PAGERDUTY_URL', 'https://events.pagerduty.com') ?? '' };
}

const secretVariables = /^DANDORI_(?:GITHUB|SLACK|SMTP|EMAIL|PAGERDUTY)_/;

/** The environment for programs that need none of Dandori's secrets. */
export function environmentWithoutSecrets(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secretVariables.test(name)));
}

/** The environment as a typed object; `overrides` are what the command line said. */
export function readConfig(overrides: Partial<Config> = {}, env: NodeJS.ProcessEnv = process.env): Config {
  const said = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const config: Config = {
    stateDir: env['DANDORI_DIR'] ?? '.dandori',
    port: numberFrom(env, 'DANDORI_PORT', 7071, 65_535),
    servingPort: numberFrom(env, 'DANDORI_SERVING_PORT', 7070, 65_535),
    dataRoots: (env['DANDORI_DATA_ROOTS'] ?? '')
      .split(':')
      .filter((part) => part !== '')
      .map((part) => resolve(part)),
    maxConcurrentJobs: numberFrom(env, 'DANDORI_MAX_JOBS', 10, 1000),
    pricePerHourUsd: priceFrom(env, 'DANDORI_PRICE_PER_HOUR'),
    pythonPath: join(env['DANDORI_PYTHON_ENV'] ?? join(projectRoot, '.venv'), 'bin', 'python'),
    minimumPermission: oneOf(env, 'DANDORI_MIN_PERMISSION', ['admin', 'write', 'read'], 'write'),
    secondPersonForProduction: oneOf(env, 'DANDORI_SECOND_PERSON', ['on', 'off'], 'on') === 'on',
    maxOpenRuns: numberFrom(env, 'DANDORI_MAX_OPEN_RUNS', 20_000, 1_000_000),
    maxOpenRunsPerAuthor: numberFrom(env, 'DANDORI_MAX_OPEN_RUNS_PER_AUTHOR', 1_000, 1_000_000),
    logLevel: oneOf(
      env,
      'DANDORI_LOG_LEVEL',
      ['trace', 'debug', 'info', 'warn', 'error'],
      overrides.quiet === true ? 'warn' : 'info',
    ),
    quiet: false,
    user: env['DANDORI_USER'] ?? env['USER'] ?? env['LOGNAME'] ?? 'local',
    github: overrides.github === undefined ? readGitHubConfig(env) : overrides.github,
    notify: { slack: slackFrom(env), email: emailFrom(env), pagerduty: pagerDutyFrom(env) },
    cpuCount: availableParallelism(),
    memoryMb: Math.floor(totalmem() / 2 ** 20),
    ...said,
  };
  return { ...config, stateDir: resolve(config.stateDir) };
}
