import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DandoriError } from '../../errors.js';
import { hasErrorCode } from './atomic-file.js';

export interface GitOptions {
  dir: string;
  authorName: string;
  authorEmail: string;
  searchPath: string;
  staleLockMs: number;
}

/** The git binary on one repository, without the user's or the machine's configuration, hooks, prompts or pagers. */
export interface Git {
  /** Output of a command; `unavailable` when git is not there or fails. */
  run(args: string[], input?: string): Promise<Buffer>;
  /** Output, or null when git answers with a failure: for questions whose answer may be no. */
  try(args: string[]): Promise<Buffer | null>;
}

interface Result {
  code: number | null;
  output: Buffer;
  errors: string;
}

const MAX_OUTPUT_BYTES = 200_000_000;

function environment(options: GitOptions): Record<string, string> {
  return {
    PATH: options.searchPath,
    HOME: options.dir,
    LC_ALL: 'C.UTF-8',
    LANGUAGE: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_AUTHOR_NAME: options.authorName,
    GIT_AUTHOR_EMAIL: options.authorEmail,
    GIT_COMMITTER_NAME: options.authorName,
    GIT_COMMITTER_EMAIL: options.authorEmail,
  };
}

/** Named in every call: git never looks for a repository in the folders above, nor runs a program of this one. */
function fixedArguments(dir: string): string[] {
  const settings = {
    'core.hooksPath': '/dev/null',
    'core.fsmonitor': 'false',
    'core.autocrlf': 'false',
    'core.attributesFile': '/dev/null',
    'core.excludesFile': '/dev/null',
    'core.fsync': 'all',
    'commit.gpgSign': 'false',
    'gc.auto': '0',
    'maintenance.auto': 'false',
    'safe.directory': '*',
  };
  const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return [`--git-dir=${join(dir, '.git')}`, `--work-tree=${dir}`, '--literal-pathspecs', '--no-pager', ...pairs];
}

const missing = (cause: unknown): DandoriError =>
  new DandoriError('unavailable', 'The history cannot be written: the program git was not found.', {
    next: 'install git (https://git-scm.com/downloads) and try again; "npx dandori doctor" checks it.',
    cause,
  });

function execute(options: GitOptions, args: string[], input: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...fixedArguments(options.dir), ...args], {
      cwd: options.dir,
      env: environment(options),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    let bytes = 0;
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_OUTPUT_BYTES) output.push(chunk);
      else child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-2000);
    });
    // git may end before it has read everything; how it ended is what counts.
    child.stdin.on('error', () => {});
    // A missing folder has the same error code as a missing program.
    child.on('error', (error) =>
      reject(hasErrorCode(error, 'ENOENT') && existsSync(options.dir) ? missing(error) : error),
    );
    child.on('close', (code) => resolve({ code, output: Buffer.concat(output), errors }));
    child.stdin.end(input);
  });
}

/** The lock file that stopped git; null when that was not the reason. */
const lockOf = (errors: string): string | null =>
  /Unable to create '([^']+\.lock)': File exists/.exec(errors)?.[1] ?? null;

/** Waits for a lock; removes it once it is older than any command of ours takes. */
async function clearLock(path: string, staleLockMs: number): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null) return;
  if (Date.now() - stats.mtimeMs >= staleLockMs) await rm(path, { force: true });
  else await delay(Math.min(100, staleLockMs));
}

export function createGit(options: GitOptions): Git {
  async function attempt(args: string[], input = ''): Promise<Result> {
    const giveUpAt = Date.now() + options.staleLockMs + 5000;
    for (;;) {
      const result = await execute(options, args, input);
      const lock = result.code === 0 ? null : lockOf(result.errors);
      if (lock === null || !lock.startsWith(join(options.dir, '.git')) || Date.now() > giveUpAt) return result;
      await clearLock(lock, options.staleLockMs);
    }
  }
  return {
    async run(args, input) {
      const result = await attempt(args, input);
      if (result.code === 0) return result.output;
      throw new DandoriError('unavailable', `The history repository ${options.dir} refused "git ${args[0] ?? ''}".`, {
        found: result.errors.trim().slice(0, 500) || `exit code ${result.code}`,
        next: 'check free space and rights of the folder; "git fsck" in it checks the repository.',
      });
    },
    async try(args) {
      const result = await attempt(args);
      return result.code === 0 ? result.output : null;
    },
  };
}
