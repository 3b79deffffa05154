import { readJsonSync } from '../atomic-file.js';
import type { ProcessIdentity } from '../process.js';

/** What the supervisor is told, in `spec.json`. */
export interface SupervisorSpec {
  format: 1;
  job_name: string;
  command: string;
  args: string[];
  /** Added to the scrubbed environment; cannot replace what the contract sets. */
  environment: Record<string, string>;
  /** PATH of the job. */
  search_path: string;
  /** Of the reason for people; absent in what an older version wrote. */
  language?: 'en' | 'ja';
  limits: {
    max_runtime_ms: number;
    max_memory_mb: number;
    /** Largest single file the job may write (RLIMIT_FSIZE). */
    max_file_mb: number;
    max_log_bytes: number;
    min_free_disk_mb: number;
    /** Between SIGTERM and SIGKILL. */
    grace_ms: number;
  };
  heartbeat_ms: number;
  poll_ms: number;
}

/** What the supervisor tells while the job runs, in `status.json`. */
export interface SupervisorStatus {
  heartbeat_at: string;
  started_at: string;
  job_pid: number | null;
  job_start_time: string | null;
  /** 0..100, null before the first progress line. */
  progress: number | null;
  phase: string | null;
  metrics: Record<string, number>;
  peak_memory_mb: number | null;
}

export type ExitKind = 'program' | 'time_limit' | 'memory_limit' | 'disk' | 'killed' | 'platform' | 'stopped';

/** How the job ended, in `exit.json`; written once, last. */
export interface ExitRecord {
  exit_code: number | null;
  signal: string | null;
  /** Null when it went well. */
  kind: ExitKind | null;
  /** For people; at most 1,024 characters. */
  reason: string | null;
  peak_memory_mb: number | null;
  started_at: string;
  ended_at: string;
  progress: number | null;
  phase: string | null;
  metrics: Record<string, number>;
}

const exitKinds: readonly string[] = ['program', 'time_limit', 'memory_limit', 'disk', 'killed', 'platform', 'stopped'];

// The job runs as the same user and could write these files too, hence the care in reading them.
type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
const text = (value: unknown): string | null => (typeof value === 'string' ? value.slice(0, 1024) : null);
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const time = (value: unknown): string =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : new Date(0).toISOString();

function numbers(value: unknown): Record<string, number> {
  const entries = Object.entries(fieldsOf(value) ?? {}).slice(0, 100);
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => number(entry[1]) !== null));
}

const soFar = (fields: Fields): Pick<SupervisorStatus, 'progress' | 'phase' | 'metrics' | 'peak_memory_mb'> => ({
  progress: number(fields['progress']),
  phase: text(fields['phase']),
  metrics: numbers(fields['metrics']),
  peak_memory_mb: number(fields['peak_memory_mb']),
});

export function readStatus(path: string): SupervisorStatus | null {
  const fields = fieldsOf(readJsonSync(path));
  if (fields === null) return null;
  return {
    heartbeat_at: time(fields['heartbeat_at']),
    started_at: time(fields['started_at']),
    job_pid: number(fields['job_pid']),
    job_start_time: text(fields['job_start_time']),
    ...soFar(fields),
  };
}

export function readExit(path: string): ExitRecord | null {
  const fields = fieldsOf(readJsonSync(path));
  if (fields === null) return null;
  const code = number(fields['exit_code']);
  const kind = text(fields['kind']);
  const known = kind !== null && exitKinds.includes(kind) ? (kind as ExitKind) : null;
  return {
    exit_code: code,
    signal: text(fields['signal']),
    // Fail closed: only exit code 0 without a kind went well.
    kind: known ?? (code === 0 && kind === null ? null : 'platform'),
    reason: text(fields['reason']),
    started_at: time(fields['started_at']),
    ended_at: time(fields['ended_at']),
    ...soFar(fields),
  };
}

export function readClaim(path: string): ProcessIdentity | null {
  const fields = fieldsOf(readJsonSync(path));
  const pid = number(fields?.['pid']);
  const startTime = text(fields?.['startTime']);
  return pid === null || startTime === null ? null : { pid, startTime };
}
