import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DandoriError } from '../../errors.js';
import type { HistoryCommit, HistoryRepository } from '../../ports/history-repository.js';
import {
  commitMessage,
  type CommitParams,
  fileTrailer,
  keyTrailer,
  requireCommit,
  requirePath,
} from '../history-rules.js';
import { createGit, type Git } from './git.js';

/** Writes a file of the work tree whole; a link on the way is refused, since it could lead out of the repository. */
async function writeWorkFile(dir: string, path: string, body: Uint8Array | string): Promise<void> {
  const target = join(dir, path);
  await mkdir(dirname(target), { recursive: true });
  const parent = await realpath(dirname(target));
  if (parent !== dirname(target)) {
    throw new DandoriError('conflict', `The history file ${path} cannot be written.`, {
      found: `a link in its path that leads to ${parent}`,
      next: 'replace the link by a folder.',
    });
  }
  const temporary = join(dir, '.git', `dandori-${randomUUID()}`);
  try {
    await writeFile(temporary, body);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function hasCommits(git: Git): Promise<boolean> {
  return (await git.try(['rev-parse', '--verify', '--quiet', 'HEAD'])) !== null;
}

async function findCommit(git: Git, dir: string, key: string): Promise<HistoryCommit | null> {
  if (!(await hasCommits(git))) return null;
  const trailer = (name: string): string => `%(trailers:key=${name},valueonly,separator=%x00)`;
  // grep narrows it down; whether the key is a trailer of ours, and the whole of it, the trailers say.
  const grep = ['--fixed-strings', `--grep=${keyTrailer}: ${key}`];
  const format = `--format=%H%x1f${trailer(keyTrailer)}%x1f${trailer(fileTrailer)}`;
  const lines = await git.run(['log', ...grep, format]);
  for (const line of lines.toString('utf8').split('\n')) {
    const [commitSha, keys, filePath] = line.split('\u001f');
    if (commitSha === undefined || keys !== key || filePath === undefined) continue;
    return { commitSha, filePath, url: pathToFileURL(join(dir, filePath)).href };
  }
  return null;
}

async function commit(git: Git, dir: string, params: CommitParams): Promise<HistoryCommit> {
  const before = await findCommit(git, dir, params.key);
  if (before !== null) return before;
  for (const file of params.files) await writeWorkFile(dir, file.path, file.body);
  const paths = params.files.map((file) => file.path);
  await git.run(['add', '--force', '--', ...paths]);
  // `--only` leaves what a person may have staged; `--allow-empty` keeps one commit a key, also for the same bytes again.
  const options = [
    '--quiet',
    '--no-verify',
    '--no-gpg-sign',
    '--allow-empty',
    '--cleanup=verbatim',
    '--file=-',
    '--only',
  ];
  await git.run(['commit', ...options, '--', ...paths], `${commitMessage(params)}\n`);
  const made = await findCommit(git, dir, params.key);
  if (made !== null) return made;
  throw new DandoriError('corrupt', `The history repository ${dir} lost the commit ${params.key}.`, {
    next: 'check the folder with "git fsck".',
  });
}

async function openRepository(git: Git, dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const root = await realpath(resolve(dir));
  const known = await lstat(join(root, '.git', 'HEAD')).catch(() => null);
  if (known === null) {
    const others = await readdir(root);
    if (others.some((name) => name !== '.git')) {
      throw new DandoriError('conflict', `The folder ${root} cannot become the history repository.`, {
        found: `${others.length} entries and no git repository`,
        allowed: 'an empty folder or a repository that Dandori made',
        next: 'move the folder away.',
      });
    }
    await git.run(['init', '--quiet', '--template=']);
    await git.run(['symbolic-ref', 'HEAD', 'refs/heads/main']);
  }
  return root;
}

/** The history in a git repository of its own; one commit at a time, by this process. */
export function createGitHistoryRepository(params: {
  dir: string;
  authorName?: string;
  authorEmail?: string;
  /** Where the git binary is looked for. */
  searchPath?: string;
  /** A lock file of git that is older belonged to a process that died. */
  staleLockMs?: number;
}): HistoryRepository {
  const git = createGit({
    dir: resolve(params.dir),
    authorName: params.authorName ?? 'Dandori',
    authorEmail: params.authorEmail ?? 'dandori@localhost',
    searchPath: params.searchPath ?? '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/opt/local/bin',
    staleLockMs: params.staleLockMs ?? 5000,
  });
  let last: Promise<unknown> = Promise.resolve();
  let opened: Promise<string> | null = null;
  /** Runs after everything asked before, on the opened repository; a failed opening is tried again by the next call. */
  function inTurn<T>(work: (dir: string) => Promise<T>): Promise<T> {
    const turn = last.then(async () => {
      opened ??= openRepository(git, params.dir);
      const dir = await opened.catch((error: unknown) => {
        opened = null;
        throw error;
      });
      return work(dir);
    });
    last = turn.catch(() => {});
    return turn;
  }
  return {
    async commit(asked) {
      requireCommit(asked);
      return inTurn((dir) => commit(git, dir, asked));
    },
    findCommit: ({ key }) => inTurn((dir) => findCommit(git, dir, key)),
    async readFile({ path }) {
      requirePath(path);
      return inTurn(async () => {
        const bytes = await git.try(['cat-file', 'blob', `HEAD:${path}`]);
        return bytes === null ? null : bytes.toString('utf8');
      });
    },
    listFiles: ({ prefix }) =>
      inTurn(async () => {
        if (!(await hasCommits(git))) return [];
        const names = (await git.run(['ls-tree', '-r', '-z', '--name-only', 'HEAD'])).toString('utf8').split('\0');
        return names.filter((name) => name !== '' && name.startsWith(prefix)).sort();
      }),
  };
}
