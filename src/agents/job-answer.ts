import type { ErrorCode } from '../errors.js';
import { failure } from '../messages/failures.js';
import { type JobSubject, runFailures } from '../messages/run-failures.js';

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

/** Throws when the job behind a tool's answer ended badly; `ownFailure` is the code for a failure of the program itself. */
export function checkJob(
  subject: JobSubject,
  trainingId: string,
  answer: { failure: Failure | null },
  ownFailure: ErrorCode,
): void {
  if (answer.failure === null) return;
  const { kind, reason } = answer.failure;
  throw failure(codeOf[kind] ?? ownFailure, runFailures.job({ subject, trainingId, reason, kind }));
}
