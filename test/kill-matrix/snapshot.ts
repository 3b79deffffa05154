import { createHash } from 'node:crypto';
import {
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';

/** Not part of what a dead process leaves: SQLite makes the index of its log anew, the kernel frees the lock. */
const left = new Set(['dandori.db-shm', 'lock.db', 'lock.db-wal', 'lock.db-shm', 'server.json']);

function vanished(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ENOENT';
}

/** One entry; jobs and routers write meanwhile, so that one may be gone by now. */
function copyEntry(from: string, to: string): void {
  const stats = lstatSync(from);
  if (stats.isDirectory()) copyState(from, to);
  else if (stats.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  // What nobody may write never changes in place: objects, git's objects, inputs of jobs.
  else if (stats.isFile() && (stats.mode & 0o222) === 0) linkSync(from, to);
  else if (stats.isFile()) copyFileSync(from, to, constants.COPYFILE_FICLONE);
}

/**
 * Copies a state directory as it is now, as if its processes had died at this moment. Called between two steps of the only
 * process that writes the database, so that database and log fit together.
 */
export function copyState(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(from)) {
    if (left.has(name)) continue;
    try {
      copyEntry(join(from, name), join(to, name));
    } catch (error) {
      if (!vanished(error)) throw error;
    }
  }
}

/** What one entry is: equal for entries that no process could tell apart, but for times. */
function entryText(path: string): string {
  const stats = lstatSync(path);
  if (stats.isDirectory()) return stateDigest(path);
  if (stats.isSymbolicLink()) return readlinkSync(path);
  const content = createHash('sha256').update(readFileSync(path)).digest('hex');
  return `${stats.mode} ${content}`;
}

/** Digest of a copied folder: names, modes and contents of all below it. */
export function stateDigest(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(`${name}\0${entryText(join(folder, name))}\n`);
  return hash.digest('hex');
}
