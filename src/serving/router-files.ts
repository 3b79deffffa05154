import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DandoriError, messageOf } from '../errors.js';
import { routerState, type RouterState } from './control-contract.js';

/** Where a router of a state directory keeps its things. */
export interface RouterPaths {
  folder: string;
  /** What it serves. */
  stateFile: string;
  /** Who it is: pid, start time, port. */
  identityFile: string;
  logFile: string;
  controlSocket: string;
  /** Copies of packages, by digest. */
  packages: string;
}

/** A socket's path may have 104 (macOS) to 108 (Linux) bytes. */
const longestSocketPath = 100;

export function routerPaths(stateDir: string): RouterPaths {
  const folder = join(resolve(stateDir), 'endpoints');
  const direct = join(folder, 'control.sock');
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const owner = process.getuid?.() ?? 0;
  return {
    folder,
    stateFile: join(folder, 'endpoints.json'),
    identityFile: join(folder, 'router.json'),
    logFile: join(folder, 'router.log'),
    // In a folder of mode 700 of this user: nobody else can put a socket there.
    controlSocket:
      Buffer.byteLength(direct) <= longestSocketPath ? direct : join(tmpdir(), `dandori-${owner}`, `${digest}.sock`),
    packages: join(folder, 'packages'),
  };
}

/** Makes the folders, for this user only. */
export function makeRouterFolders(paths: RouterPaths): void {
  for (const folder of [paths.folder, paths.packages, dirname(paths.controlSocket)]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const owner = statSync(folder).uid;
    if (process.getuid !== undefined && owner !== process.getuid()) {
      throw new DandoriError('not_allowed', `The folder ${folder} belongs to somebody else.`, {
        found: `user id ${owner}`,
        allowed: `user id ${process.getuid()}`,
        next: 'choose another state directory (--dir).',
      });
    }
  }
}

/** Digest of the compiled router and model server beside `program`: a router of another build is replaced. */
export function buildOf(program: string): string {
  const hash = createHash('sha256').update(readFileSync(program));
  const serving = join(dirname(dirname(program)), 'serving');
  const files = existsSync(serving) ? readdirSync(serving).filter((file) => file.endsWith('.js')) : [];
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(serving, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Writes a file so that a reader, or a restart after a power cut, sees the old text or the new one. */
export function writeFileAtomic(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** What the router is to serve; nothing when it never served. `corrupt` when the file cannot be read. */
export function readRouterState(path: string): RouterState {
  if (!existsSync(path)) return { format: 1, endpoints: [] };
  try {
    return routerState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new DandoriError('corrupt', `The list of endpoints ${path} cannot be read.`, {
      found: messageOf(error).slice(0, 300),
      next: 'move the file away and deploy the models again.',
      cause: error,
    });
  }
}

export function writeRouterState(path: string, state: RouterState): void {
  writeFileAtomic(path, `${JSON.stringify(state, null, 2)}\n`);
}
