import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque: boot id and clock ticks on Linux, the start date elsewhere. */
  startTime: string;
}

export interface ProcessInfo {
  pid: number;
  parentPid: number;
  groupId: number;
  sessionId: number;
}

const hasProcfs = existsSync('/proc/self/stat');
let bootId: string | undefined;

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // The process ended between listing and reading, or belongs to someone else.
    return null;
  }
}

/** Fields of /proc/PID/stat after the name, which may itself hold spaces and brackets: state is [0], ppid [1], start time [19]. */
function statFields(pid: number): string[] | null {
  const text = readProc(`/proc/${pid}/stat`);
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function ps(args: string[]): string {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' }, stdio: 'pipe' });
  } catch {
    // ps exits with 1 when no process matches.
    return '';
  }
}

/** Identity of a running process; null when there is none (a zombie has ended). */
export function identifyProcess(pid: number): ProcessIdentity | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  if (hasProcfs) {
    const fields = statFields(pid);
    if (fields === null || fields[0] === 'Z' || fields[0] === 'X') return null;
    bootId ??= readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
    return { pid, startTime: `${bootId}:${fields[19] ?? ''}` };
  }
  const match = /^(\S+)\s+(.*)$/.exec(ps(['-o', 'stat=,lstart=', '-p', String(pid)]).trim());
  if (match === null || match[1]?.startsWith('Z') === true) return null;
  return { pid, startTime: match[2] ?? '' };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTime === identity.startTime;
}

/** Every process that can be seen, without zombies. */
export function listProcesses(): ProcessInfo[] {
  if (hasProcfs) {
    const found: ProcessInfo[] = [];
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const fields = statFields(Number(name));
      if (fields === null || fields[0] === 'Z' || fields[0] === 'X') continue;
      const [parentPid, groupId, sessionId] = fields.slice(1, 4).map(Number);
      found.push({ pid: Number(name), parentPid: parentPid ?? 0, groupId: groupId ?? 0, sessionId: sessionId ?? 0 });
    }
    return found;
  }
  const found: ProcessInfo[] = [];
  for (const line of ps(['-axo', 'pid=,ppid=,pgid=,stat=']).split('\n')) {
    const [pid, parentPid, groupId, stat] = line.trim().split(/\s+/);
    if (pid === undefined || pid === '' || stat?.startsWith('Z') === true) continue;
    // ps has no portable session column; a job's group leader is its session leader too.
    found.push({
      pid: Number(pid),
      parentPid: Number(parentPid),
      groupId: Number(groupId),
      sessionId: Number(groupId),
    });
  }
  return found;
}

/** The process `leader`, everything in its group or session, and all their descendants. */
export function jobProcesses(leader: number, processes: ProcessInfo[] = listProcesses()): number[] {
  const members = new Set<number>();
  for (const one of processes) {
    if (one.pid === leader || one.groupId === leader || one.sessionId === leader) members.add(one.pid);
  }
  for (let grown = true; grown;) {
    grown = false;
    for (const one of processes) {
      if (members.has(one.pid) || !members.has(one.parentPid)) continue;
      members.add(one.pid);
      grown = true;
    }
  }
  return [...members];
}

/** Resident memory in kB of these processes now, and the highest that any single one ever had. */
export function memoryOf(pids: number[]): { residentKb: number; highWaterKb: number } {
  let residentKb = 0;
  let highWaterKb = 0;
  if (!hasProcfs) {
    const lines = pids.length === 0 ? '' : ps(['-o', 'rss=', '-p', pids.join(',')]);
    for (const line of lines.split('\n')) residentKb += Number(line.trim()) || 0;
    return { residentKb, highWaterKb: residentKb };
  }
  for (const pid of pids) {
    const status = readProc(`/proc/${pid}/status`) ?? '';
    residentKb += Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0);
    highWaterKb = Math.max(highWaterKb, Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0));
  }
  return { residentKb, highWaterKb };
}

/** Processes whose environment holds exactly `NAME=value`: finds what left the group of its job. Linux only, else none. */
export function processesWithEnvironment(entry: string): number[] {
  if (!hasProcfs) return [];
  return listProcesses()
    .map((one) => one.pid)
    .filter((pid) => readProc(`/proc/${pid}/environ`)?.split('\0').includes(Buffer.from(entry).toString('latin1')));
}

/** Sends a signal; false when there is nobody to get it. A negative pid is a process group. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
