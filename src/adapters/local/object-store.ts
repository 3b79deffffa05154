import { createHash, randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, link, lstat, mkdir, open, readdir, realpath, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Database } from '../../db.js';
import { DandoriError } from '../../errors.js';
import type { ObjectInfo, ObjectStore } from '../../ports/object-store.js';
import { hasErrorCode, makeDurableDirectory, syncDirectory } from './atomic-file.js';

/** Digests of larger objects are worth keeping across a restart; smaller ones are quicker hashed than stored. */
const KEPT_DIGEST_BYTES = 1_000_000;

const SEGMENT = /^[A-Za-z0-9_@+=!()*',~-][A-Za-z0-9._@+=!()*',~-]{0,199}$/;

/** True for a name that may be one segment of an object key. */
export function isKeySegment(name: string): boolean {
  return SEGMENT.test(name);
}

function requireKey(key: string): void {
  if (key.length <= 900 && key.split('/').every(isKeySegment)) return;
  throw new DandoriError('invalid_input', 'This is no object key.', {
    found: JSON.stringify(key.slice(0, 200)),
    allowed:
      "a relative path of at most 900 characters; segments of letters, digits and ._@+=!()*',~- that do not begin with a dot",
  });
}

const absent = (key: string): DandoriError =>
  new DandoriError('not_found', `The object ${key} does not exist.`, { next: 'list its prefix to see what is there.' });

const inTheWay = (key: string, cause: unknown): DandoriError =>
  new DandoriError('conflict', `The object ${key} cannot be stored: a folder and an object would have the same name.`, {
    next: 'use another key.',
    cause,
  });

async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The identity of the bytes as far as the file system tells: an in-place change or a replacement alters it. */
const stampOf = (stats: BigIntStats): string => `${stats.ino}:${stats.size}:${stats.mtimeNs}`;

interface Digests {
  of(key: string, path: string, stats: BigIntStats): Promise<string>;
  remember(key: string, stats: BigIntStats, sha256: string): void;
  forget(key: string): void;
}

function createDigests(db: Database | null): Digests {
  db?.migrate('object-store', [
    'CREATE TABLE object_digest (key TEXT PRIMARY KEY, stamp TEXT NOT NULL, sha256 TEXT NOT NULL)',
  ]);
  const known = new Map<string, { stamp: string; sha256: string }>();
  function remember(key: string, stats: BigIntStats, sha256: string): void {
    const stamp = stampOf(stats);
    known.set(key, { stamp, sha256 });
    if (stats.size < KEPT_DIGEST_BYTES) return;
    db?.run('INSERT OR REPLACE INTO object_digest (key, stamp, sha256) VALUES (?, ?, ?)', key, stamp, sha256);
  }
  return {
    remember,
    async of(key, path, stats) {
      const stamp = stampOf(stats);
      const cached = known.get(key);
      if (cached?.stamp === stamp) return cached.sha256;
      const row =
        stats.size < KEPT_DIGEST_BYTES ? undefined : db?.first('SELECT * FROM object_digest WHERE key = ?', key);
      const sha256 = row?.['stamp'] === stamp ? String(row['sha256']) : await sha256File(path);
      if (row?.['stamp'] === stamp) known.set(key, { stamp, sha256 });
      else remember(key, stats, sha256);
      return sha256;
    },
    forget(key) {
      if (known.get(key) !== undefined) known.delete(key);
      db?.run('DELETE FROM object_digest WHERE key = ?', key);
    },
  };
}

/** Stats of the object's file; null when there is none. Folders, links and what lies behind links are no objects. */
async function statObject(path: string): Promise<BigIntStats | null> {
  try {
    const stats = await lstat(path, { bigint: true });
    return stats.isFile() && (await realpath(path)) === path ? stats : null;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** Moves a finished file to its key; the folder may vanish under us when a delete prunes it, hence the attempts. */
async function publish(root: string, key: string, temporary: string): Promise<void> {
  const target = join(root, key);
  for (let attempt = 1; ; attempt++) {
    try {
      await makeDurableDirectory(dirname(target));
      const parent = await realpath(dirname(target));
      if (parent !== dirname(target)) throw inTheWay(key, new Error(`${dirname(target)} is a link to ${parent}`));
      await rename(temporary, target);
      await syncDirectory(dirname(target));
      return;
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT') && attempt < 20) continue;
      throw hasErrorCode(error, 'EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY') ? inTheWay(key, error) : error;
    }
  }
}

/** Lays `path` at `temporary`: a file that nobody may write is linked, any other is copied (a clone where the disk can). */
async function layCopy(path: string, temporary: string): Promise<void> {
  const stats = await lstat(path);
  if (!stats.isFile()) {
    throw new DandoriError('invalid_input', `The file ${path} cannot be stored.`, {
      found: 'a folder, link or device',
      allowed: 'a regular file',
    });
  }
  if ((stats.mode & 0o222) === 0) {
    const linked = await link(path, temporary).then(
      () => true,
      () => false,
    );
    if (linked) return;
  }
  await copyFile(path, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  await chmod(temporary, 0o444);
  const handle = await open(temporary, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeBody(body: Uint8Array | string, temporary: string): Promise<void> {
  const handle = await open(temporary, 'wx', 0o444);
  try {
    await handle.writeFile(body);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function keysBelow(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  const found: string[] = [];
  for (const entry of entries) {
    if (!isKeySegment(entry.name)) continue;
    if (entry.isDirectory()) found.push(...(await keysBelow(join(folder, entry.name), `${prefix}${entry.name}/`)));
    else if (entry.isFile()) found.push(prefix + entry.name);
  }
  return found;
}

/** Removes the folders that a deleted object leaves empty, so that their names are free again. */
async function pruneEmpty(root: string, folder: string): Promise<void> {
  for (let at = folder; at.startsWith(root + sep); at = dirname(at)) {
    const removed = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

async function readObject(path: string, key: string): Promise<Uint8Array> {
  if ((await statObject(path)) === null) throw absent(key);
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return new Uint8Array(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP') ? absent(key) : error;
  }
}

/** Half-written files of a process that was killed; an hour is longer than any put takes. */
async function sweepIncoming(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const stats = await lstat(join(folder, name)).catch(() => null);
    if (stats !== null && Date.now() - stats.mtimeMs > 3_600_000) await rm(join(folder, name), { force: true });
  }
}

/** The store's folder, resolved: a link to it is the owner's choice, a link inside it is not followed. */
async function openRoot(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const root = await realpath(resolve(dir));
  await mkdir(join(root, '.incoming'), { recursive: true });
  await sweepIncoming(join(root, '.incoming'));
  return root;
}

interface Store {
  root: Promise<string>;
  digests: Digests;
}

async function storeObject(store: Store, key: string, lay: (temporary: string) => Promise<void>): Promise<ObjectInfo> {
  requireKey(key);
  const root = await store.root;
  const temporary = join(root, '.incoming', randomUUID());
  try {
    await lay(temporary);
    const stats = await lstat(temporary, { bigint: true });
    const sha256 = await sha256File(temporary);
    await publish(root, key, temporary);
    store.digests.remember(key, stats, sha256);
    return { key, bytes: Number(stats.size), sha256 };
  } finally {
    // Also after a rename: renaming onto another link of the same file leaves the source in place (POSIX).
    await rm(temporary, { force: true });
  }
}

async function findObject(store: Store, key: string): Promise<ObjectInfo | null> {
  const path = join(await store.root, key);
  const stats = await statObject(path);
  if (stats === null) return null;
  return { key, bytes: Number(stats.size), sha256: await store.digests.of(key, path, stats) };
}

async function listObjects(store: Store, prefix: string): Promise<ObjectInfo[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (folder !== '') requireKey(folder.slice(0, -1));
  const keys = await keysBelow(join(await store.root, folder), folder);
  const found: ObjectInfo[] = [];
  for (const key of keys.filter((key) => key.startsWith(prefix)).sort()) {
    const info = await findObject(store, key);
    if (info !== null) found.push(info);
  }
  return found;
}

async function deleteObject(store: Store, key: string): Promise<void> {
  requireKey(key);
  const root = await store.root;
  const path = join(root, key);
  if ((await statObject(path)) === null) return;
  await rm(path, { force: true });
  store.digests.forget(key);
  await pruneEmpty(root, dirname(path));
}

/** Objects as read-only files below `dir`; `db` keeps the digests of large ones over a restart. */
export function createLocalObjectStore(params: { dir: string; db?: Database }): ObjectStore {
  const store: Store = { root: openRoot(params.dir), digests: createDigests(params.db ?? null) };
  // Whoever uses the store gets the error; nobody may use it at all.
  store.root.catch(() => {});
  return {
    put: ({ key, body }) => storeObject(store, key, (temporary) => writeBody(body, temporary)),
    putFile: ({ key, path }) => storeObject(store, key, (temporary) => layCopy(path, temporary)),
    async get({ key }) {
      requireKey(key);
      return readObject(join(await store.root, key), key);
    },
    async getFile({ key }) {
      requireKey(key);
      const path = join(await store.root, key);
      if ((await statObject(path)) === null) throw absent(key);
      return path;
    },
    async head({ key }) {
      requireKey(key);
      return findObject(store, key);
    },
    list: ({ prefix }) => listObjects(store, prefix),
    delete: ({ key }) => deleteObject(store, key),
  };
}
