import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import type { JobReasons } from '../../../messages/job-reasons.js';
import { visibleText } from '../../../request/escape.js';
import type { ExitKind } from './records.js';

export interface Ending {
  kind: ExitKind;
  reason: string;
}

/** The first 1,024 characters of `output/failure`, as SageMaker takes them; null when the program wrote none. */
export function readFailure(ml: string): string | null {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const descriptor = openSync(join(ml, 'output', 'failure'), flags);
    try {
      if (!fstatSync(descriptor).isFile()) return null;
      const bytes = Buffer.alloc(8192);
      const text = visibleText(bytes.subarray(0, readSync(descriptor, bytes)).toString('utf8')).trim();
      return text === '' ? null : text.slice(0, 1024);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

const OUTSIDE_SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];

/** The signal behind an exit code above 128, which is how a shell or a launcher passes on the end of its child. */
function signalOfCode(code: number | null): string | null {
  const entry = Object.entries(osConstants.signals).find(([, number]) => number + 128 === code);
  return entry?.[0] ?? null;
}

function endedBy(signal: string, reasons: JobReasons): Ending {
  if (signal === 'SIGXFSZ') {
    return { kind: 'disk', reason: reasons.fileTooLarge };
  }
  if (!OUTSIDE_SIGNALS.includes(signal)) return { kind: 'program', reason: reasons.crashed(signal) };
  return { kind: 'killed', reason: reasons.killed(signal) };
}

/**
 * Why a job ended, from what the platform did to it (`ending`), how the process ended and what it wrote.
 * Null = it went well.
 */
export function exitReason(params: {
  ending: Ending | null;
  exitCode: number | null;
  signal: string | null;
  failure: string | null;
  tail: string;
  reasons: JobReasons;
}): Ending | null {
  const { ending, exitCode, signal, failure, tail, reasons } = params;
  if (ending !== null) return ending;
  if (signal === null && exitCode === 0) return null;
  const behind = signal ?? signalOfCode(exitCode);
  // A launcher tells of its child's SIGKILL in its own words; the cause is outside all the same.
  if (behind === 'SIGKILL' && failure !== null) return { kind: 'killed', reason: reasons.said(failure) };
  if (behind !== null && (signal !== null || failure === null)) return endedBy(behind, reasons);
  const reason = failure === null ? reasons.noReason(exitCode, tail) : reasons.said(failure);
  const noSpace = /No space left on device|File too large|ENOSPC|EFBIG|Disk quota exceeded/i.test(reason);
  return { kind: noSpace ? 'disk' : 'program', reason: reason.slice(0, 1024) };
}
