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
  /** `DANDORI_LOG_LEVEL`: trace, debug, info, warn or error. Default info; warn under `npm start`. */
  logLevel: string;
  /** Set by `npm start`: the log level is warn unless it is given. */
  quiet: boolean;
  /** `DANDORI_USER`: the name under which a command makes requests and comments, and under which the server acts. Default: the user of the operating system. */
  user: string;
  /** GitHub in place of the built-in tracker and history; null: no GitHub. */
  github: GitHubConfig | null;
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

/** The environment for programs that need none of Dandori's secrets. */
export function environmentWithoutSecrets(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('DANDORI_GITHUB_')));
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
    logLevel: oneOf(
      env,
      'DANDORI_LOG_LEVEL',
      ['trace', 'debug', 'info', 'warn', 'error'],
      overrides.quiet === true ? 'warn' : 'info',
    ),
    quiet: false,
    user: env['DANDORI_USER'] ?? env['USER'] ?? env['LOGNAME'] ?? 'local',
    github: overrides.github === undefined ? readGitHubConfig(env) : overrides.github,
    cpuCount: availableParallelism(),
    memoryMb: Math.floor(totalmem() / 2 ** 20),
    ...said,
  };
  return { ...config, stateDir: resolve(config.stateDir) };
}
