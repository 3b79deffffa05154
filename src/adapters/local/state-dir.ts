import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openDatabase, type Database } from '../../db.js';
import { DandoriError, messageOf } from '../../errors.js';
import { readJsonSync, writeFileAtomicSync } from './atomic-file.js';
import { identifyProcess, isRunning } from './process.js';

/** A state directory that this process alone writes. */
export interface StateDir {
  /** Absolute path. */
  path: string;
  /** Lets another process take it; twice is harmless. */
  release(): void;
}

interface Holder {
  pid: number;
  startTime: string;
  since: string;
}

function readHolder(path: string): Holder | null {
  const value = readJsonSync(path);
  if (typeof value !== 'object' || value === null) return null;
  const { pid, startTime, since } = value as Record<string, unknown>;
  if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof since !== 'string') return null;
  return { pid, startTime, since };
}

function lockedError(dir: string, holder: Holder | null): DandoriError {
  const known = holder !== null && isRunning(holder) ? holder : null;
  const found = known === null ? 'a lock held by another process' : `process ${known.pid} since ${known.since}`;
  const stop = known === null ? 'stop the other Dandori' : `stop it (kill ${known.pid})`;
  return new DandoriError('locked', `The state directory ${dir} is in use by another Dandori.`, {
    found,
    allowed: 'one server on one state directory',
    next: `use the server that runs, ${stop}, or choose another directory with --dir.`,
    data: known === null ? {} : { pid: known.pid, since: known.since },
  });
}

function isBusy(error: unknown): boolean {
  return /SQLITE_BUSY|database is locked/.test(`${messageOf(error)} ${String((error as { code?: unknown }).code)}`);
}

function openLock(path: string, onBusy: () => DandoriError): Database {
  let lock: Database | undefined;
  try {
    lock = openDatabase(path);
    lock.all('PRAGMA busy_timeout = 200');
    lock.run('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    throw isBusy(error) || isBusy((error as { cause?: unknown }).cause ?? '') ? onBusy() : error;
  }
}

/**
 * Makes the folder (mode 700) and locks it; `locked` names the process that has it and since when.
 * The lock is a transaction held open: the kernel ends it with the process, so that no dead process can keep it.
 */
export function acquireStateDir(dir: string, options: { now?: () => Date } = {}): StateDir {
  const path = resolve(dir);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
  } catch (error) {
    throw new DandoriError('unavailable', `The state directory ${path} cannot be made.`, {
      found: messageOf(error),
      next: 'choose a folder that you may write with --dir.',
      cause: error,
    });
  }
  const holderPath = join(path, 'server.json');
  const lock = openLock(join(path, 'lock.db'), () => lockedError(path, readHolder(holderPath)));
  const since = (options.now?.() ?? new Date()).toISOString();
  const startTime = identifyProcess(process.pid)?.startTime ?? '';
  writeFileAtomicSync(holderPath, JSON.stringify({ pid: process.pid, startTime, since }), { durable: false });
  let held = true;
  return {
    path,
    release() {
      if (!held) return;
      held = false;
      rmSync(holderPath, { force: true });
      lock.run('ROLLBACK');
      lock.close();
    },
  };
}
