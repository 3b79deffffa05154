/** Every error a caller may test for; the code crosses processes and MCP, the class does not. */
export const errorCodes = [
  'invalid_request',
  'invalid_input',
  'not_found',
  'already_exists',
  'not_allowed',
  'wrong_state',
  'not_yet',
  'unusable_data',
  'limit_exceeded',
  'job_failed',
  'cancelled',
  'conflict',
  'locked',
  'unavailable',
  'corrupt',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What a person needs to mend an error: found and allowed are shown as text, next is the step to take. */
export interface ErrorDetails {
  /** What was met, e.g. the value or the state. */
  found?: string;
  /** What would have been right. */
  allowed?: string;
  /** What to do now: a command or an action. */
  next?: string;
  /** The whole message in Japanese, for a run whose people read it; `src/messages/failures.ts` makes it. */
  ja?: string;
  /** Machine-readable extras, e.g. a list of problems. */
  data?: Record<string, unknown>;
  cause?: unknown;
}

/** The one error class: `what` = what failed on which id; `message` carries found, allowed and next too. */
export class DandoriError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, what: string, details: ErrorDetails = {}) {
    const parts = [what];
    if (details.found !== undefined) parts.push(`Found: ${details.found}.`);
    if (details.allowed !== undefined) parts.push(`Allowed: ${details.allowed}.`);
    if (details.next !== undefined) parts.push(`Next: ${details.next}`);
    super(parts.join(' '), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DandoriError';
    this.code = code;
    this.what = what;
    this.details = details;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of anything thrown; what is not ours is `internal`. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof DandoriError ? error.code : 'internal';
}
