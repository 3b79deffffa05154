import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { atEnd } from './ending.js';
import type { Usage } from './harness.js';

/** A PostgreSQL server of our own in a temporary directory. */
export interface Postgres {
  /** The address of a database of that name. */
  url(database: string): string;
  /** The first column of the first row. */
  query(database: string, sql: string): string;
  /** Processor time and memory of all its processes; null where there is no /proc. */
  usage(): Usage | null;
}

const longestStartMs = 30_000;
const installHint = 'install it (Debian: apt-get install postgresql; macOS: brew install postgresql)';

/** The folder with `initdb`, `postgres` and `psql`: the newest of Debian's, or one of the PATH. */
function findBinaries(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = folders.find((folder) =>
    ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(folder, name))),
  );
  if (found === undefined) throw new Error(`no PostgreSQL was found; ${installHint}`);
  return found;
}

/** PostgreSQL refuses to run as root: then it runs as its own user, or as nobody. */
function userToRunAs(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line = users.find((user) => user.startsWith('postgres:')) ?? users.find((user) => user.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('there is no user postgres or nobody to run it as');
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** The fields of /proc/PID/stat after the name, which may hold blanks: state, ppid, ... */
function statOf(pid: string): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Memory that is shared is counted once: each process has its part of it (PSS). */
function proportionalMb(pid: string): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function usageOf(server: ChildProcess): Usage | null {
  const own = String(server.pid);
  const ownStat = statOf(own);
  if (ownStat === null) return null;
  const tickMs = 10;
  const children = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && statOf(pid)?.[1] === own);
  // Fields 14 and 15 of proc(5), and 16 and 17 for children that have ended.
  let ticks = Number(ownStat[13]) + Number(ownStat[14]);
  for (const pid of [own, ...children]) {
    const stat = statOf(pid);
    ticks += Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0);
  }
  const memoryMb = [own, ...children].reduce((sum, pid) => sum + proportionalMb(pid), 0);
  return { cpuMs: ticks * tickMs, memoryMb };
}

async function untilReady(server: ChildProcess, said: () => string, ask: () => unknown): Promise<void> {
  const startMs = performance.now();
  for (;;) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}: ${said()}`);
    try {
      ask();
      return;
    } catch (error) {
      if (performance.now() - startMs > longestStartMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Starts PostgreSQL on 127.0.0.1 with its own defaults, so with `fsync=on` and `synchronous_commit=on`; only its buffers are
 * larger than the default. It is stopped and removed at the end. Throws where that cannot be done; the message says why.
 */
export async function startPostgres(): Promise<Postgres> {
  const bin = findBinaries();
  const user = userToRunAs();
  const folder = mkdtempSync(join(tmpdir(), 'bench-postgres-'));
  if ('uid' in user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const init = ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(join(bin, 'initdb'), init, { ...user, cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'shared_buffers=256MB',
  ];
  const options = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const running = spawn(join(bin, 'postgres'), options, {
    ...user,
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  atEnd(() => ended(running));
  let said = '';
  running.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const query = (database: string, sql: string): string => {
    const words = ['-h', '127.0.0.1', '-p', String(port), '-U', 'bench', '-d', database, '-Atqc', sql];
    return execFileSync(join(bin, 'psql'), words, {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  };
  await untilReady(
    running,
    () => said,
    () => query('postgres', 'SELECT 1'),
  );
  return {
    url: (database) => `postgresql://bench@127.0.0.1:${port}/${database}`,
    query,
    usage: () => usageOf(running),
  };
}

/** SIGINT is PostgreSQL's fast shutdown. */
async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGINT');
  await exit;
}
