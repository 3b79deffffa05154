import { DandoriError, type ErrorCode } from '../errors.js';

interface Failure {
  kind: string;
  reason: string;
}

/** Jobs that something outside ended are worth another attempt; those that met a limit or failed by themselves are not. */
const codeOf: Record<string, ErrorCode> = {
  killed: 'unavailable',
  platform: 'unavailable',
  time_limit: 'limit_exceeded',
  memory_limit: 'limit_exceeded',
  disk: 'limit_exceeded',
  stopped: 'cancelled',
};

/** What to do where the reason does not say it: a time or memory limit names itself. */
const nextOf: Record<string, string> = {
  disk: 'free some disk space and submit again.',
};

/** Throws when the job behind a tool's answer ended badly; `ownFailure` is the code for a failure of the program itself. */
export function checkJob(what: string, answer: { failure: Failure | null }, ownFailure: ErrorCode): void {
  const { failure } = answer;
  if (failure === null) return;
  const next = nextOf[failure.kind];
  throw new DandoriError(
    codeOf[failure.kind] ?? ownFailure,
    `${what}: ${failure.reason}`,
    next === undefined ? {} : { next },
  );
}
