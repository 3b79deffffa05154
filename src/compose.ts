import { join } from 'node:path';
import { gitHubAuth } from './adapters/github/auth.js';
import { type GitHub, type GitHubOptions, openGitHub } from './adapters/github/open-github.js';
import { createLocalAuditLog } from './adapters/local/audit-log.js';
import { createLocalDatasetCatalog } from './adapters/local/dataset-catalog.js';
import { createLocalEffectJournal } from './adapters/local/effect-journal.js';
import { createLocalEndpointPlatform, type LocalEndpointPlatform } from './adapters/local/endpoint-platform.js';
import { createLocalExperimentTracker } from './adapters/local/experiment-tracker.js';
import { createGitHistoryRepository } from './adapters/local/history-repository.js';
import { createLocalIssueTracker, type LocalIssueTracker } from './adapters/local/issue-tracker.js';
import {
  createLocalJobPlatform,
  type LocalJobPlatform,
  type LocalJobPlatformOptions,
} from './adapters/local/job-platform.js';
import { createLocalLineage } from './adapters/local/lineage.js';
import { createLocalModelRegistry } from './adapters/local/model-registry.js';
import { createLocalObjectStore } from './adapters/local/object-store.js';
import { createLocalRunIndex } from './adapters/local/run-index.js';
import { createLocalTaskLedger } from './adapters/local/task-ledger.js';
import { createNotifiers } from './adapters/notify/notifier.js';
import { redactNotifiers, redactPorts, redactTracker } from './adapters/redacted-ports.js';
import type { Config, GitHubConfig } from './config.js';
import { type Database, type DatabaseOptions, openDatabase } from './db.js';
import { dandoriVersion, trainerDir } from './installation.js';
import { commentsThatWait } from './issue/comments-that-wait.js';
import type { AuditLog } from './ports/audit-log.js';
import type { Patience } from './ports/notifier.js';
import type { Ports } from './ports/ports.js';
import type { RunIndex } from './ports/run-index.js';
import type { TaskLedger } from './ports/task-ledger.js';
import { createRedactor, redactParams, type Redactor } from './redact.js';
import { secretsOf } from './secret-fields.js';
import { createEmbeddedEngine, type EmbeddedEngine } from './workflow/engine/durable/embedded-engine.js';
import { definitionFor } from './workflow/state-machine.js';

export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** The adapters of this machine, opened on one state directory. */
export interface LocalParts {
  db: Database;
  /** Takes secrets out of what leaves this process or is kept. */
  redact: Redactor;
  log: Log;
  ports: Ports & { jobs: LocalJobPlatform; endpoints: LocalEndpointPlatform; engine: EmbeddedEngine };
  audit: AuditLog;
  runs: RunIndex;
  ledger: TaskLedger;
  /** The people's side of the built-in tracker; null with another one, which has pages of its own. */
  people: LocalIssueTracker | null;
  /** Null: tracker and history are the built-in ones. */
  github: GitHub | null;
  /** Who a command acts as: the name that it gives, on GitHub the account that Dandori writes with. */
  speaker: (given: string) => Promise<string>;
}

/** What a test may put in: observers on which nothing depends, and other programs for the jobs. */
export interface ComposeOptions extends DatabaseOptions {
  /** Wraps the adapters whose effects lie outside of the database. */
  observe?: <P extends object>(port: 'objects' | 'jobs' | 'endpoints' | 'history', adapter: P) => P;
  jobs?: Pick<LocalJobPlatformOptions, 'commands' | 'supervisorProgram'>;
  /** Another time, and other limits than GitHub's. */
  github?: Pick<GitHubOptions, 'clock' | 'gapMs' | 'windows'>;
  /** How long the channels beside the issue are tried. */
  patience?: Patience;
  /** How often the tracker is looked at, and how often at most the status is shown. */
  looks?: { trackerMs: number; statusMs: number };
}

/** The one file that chooses adapters. `onChange` is told which run moved, waits for something else than before, or put a version into service that is replaced. */
export function composeLocal(
  config: Config,
  log: Log,
  onChange: (trainingId: string) => void,
  options: ComposeOptions = {},
): LocalParts {
  const db = openDatabase(join(config.stateDir, 'dandori.db'), options);
  try {
    // One transaction: the tables of all adapters are brought up to date, or stay as they were.
    return db.transaction(() => openParts(db, config, log, onChange, options));
  } catch (error) {
    db.close();
    throw error;
  }
}

function openParts(
  db: Database,
  config: Config,
  given: Log,
  onChange: (trainingId: string) => void,
  options: ComposeOptions,
): LocalParts {
  const { stateDir } = config;
  const { observe = (_port, adapter) => adapter } = options;
  const patience = options.patience === undefined ? {} : { patience: options.patience };
  const redact = createRedactor(secretsOf(config));
  const log = redactParams(given, ['info', 'warn', 'error'], redact);
  const objects = observe('objects', createLocalObjectStore({ dir: join(stateDir, 'objects'), db }));
  const jobs = createLocalJobPlatform({ ...options.jobs, ...jobOptions(config, log, redact), db, objects });
  const audit = createLocalAuditLog({ db });
  const kept = { audit, runs: createLocalRunIndex({ db, audit }), ledger: createLocalTaskLedger({ db, onChange }) };
  const watched = () => commentsThatWait(kept);
  const github = openGitHubOf(config, { ...options.github, db, log, watched, redact });
  const builtIn = createLocalIssueTracker({ db, user: config.user });
  const texts = {
    ...kept,
    engine: openEngine(db, log, onChange),
    effects: createLocalEffectJournal({ db }),
    issues: github?.issues ?? builtIn,
  };
  const { engine, issues, effects, ...rest } = redactPorts(texts, redact);
  return {
    db,
    redact,
    log,
    people: github === null ? redactTracker(builtIn, redact) : null,
    ...rest,
    github,
    speaker: async (given) => config.github?.login ?? (await github?.speaker()) ?? given,
    ports: {
      objects,
      jobs: observe('jobs', jobs),
      engine,
      endpoints: observe('endpoints', createLocalEndpointPlatform({ stateDir, objects, port: config.servingPort })),
      registry: createLocalModelRegistry({ db, onChange }),
      experiments: createLocalExperimentTracker({ db }),
      issues,
      history: observe('history', github?.history ?? createGitHistoryRepository({ dir: join(stateDir, 'history') })),
      catalog: createLocalDatasetCatalog({ db }),
      lineage: createLocalLineage({ db }),
      effects,
      notifiers: redactNotifiers({ ...createNotifiers(config.notify), ...patience }, redact),
    },
  };
}

function openEngine(db: Database, log: Log, onChange: (trainingId: string) => void): EmbeddedEngine {
  return createEmbeddedEngine({
    db,
    definition: definitionFor('local:task-queue'),
    stateMachineName: 'dandori',
    // As long as the heartbeat of its tasks: a server that was down for an hour goes on with them.
    silenceAfterStartMs: 300_000,
    onChange: (names) => names.forEach((name) => onChange(name)),
    onError: (error) => log.error({ error: String(error) }, 'the workflow engine met an error'),
  });
}

function jobOptions(
  { stateDir, maxConcurrentJobs, pricePerHourUsd, pythonPath }: Config,
  logger: Log,
  redact: Redactor,
) {
  const secrets = () => redact.secrets();
  return { secrets, stateDir, maxConcurrentJobs, pricePerHourUsd, pythonPath, trainerDir, logger };
}

/** With webhooks the repository is still read now and then: GitHub delivers nothing twice by itself. */
const besideWebhooksMs = 5 * 60_000;

function openGitHubOf(
  { github }: Config,
  parts: Pick<GitHubOptions, 'db' | 'log' | 'watched' | 'redact' | 'clock' | 'gapMs' | 'windows'>,
): GitHub | null {
  return github === null ? null : openGitHub({ ...gitHubOptions(github), ...parts });
}

function gitHubOptions({ repository, access, apiUrl, webhookSecrets, pollSeconds }: GitHubConfig) {
  return {
    repository,
    auth: gitHubAuth(access),
    baseUrl: apiUrl,
    userAgent: `dandori/${dandoriVersion}`,
    webhookSecrets,
    everyMs: pollSeconds * 1000,
    ...(webhookSecrets.length === 0 ? {} : { repositoryEveryMs: besideWebhooksMs }),
  };
}

/** A repository that is to be prepared: without a state directory, and nothing of it is kept. */
export function openSetUp(config: GitHubConfig): Pick<GitHub, 'setUp'> & { close: () => Promise<void> } {
  const db = openDatabase(':memory:');
  const silent = { info: () => undefined, error: () => undefined };
  const { setUp, stop } = openGitHub({ ...gitHubOptions(config), db, log: silent, watched: async () => [] });
  return {
    setUp,
    async close() {
      await stop();
      db.close();
    },
  };
}
