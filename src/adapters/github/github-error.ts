import { DandoriError, type ErrorCode, messageOf } from '../../errors.js';
import type { Redactor } from '../../redact.js';
import { rateLimitPauseMs } from './rate-limit.js';

const maxMessageLength = 500;

/** What is needed of an answer to tell what went wrong. */
export interface FailedAnswer {
  status: number;
  headers: Record<string, string>;
  message: string;
}

function asHeaders(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name.toLowerCase(), String(text)]));
}

/** The answer inside an error of Octokit; null when there was none (network, time-out). */
export function failedAnswer(error: unknown): FailedAnswer | null {
  if (!(error instanceof Error) || !('status' in error) || !('response' in error)) return null;
  const { response } = error;
  if (typeof response !== 'object' || response === null || !('headers' in response)) return null;
  return { status: Number(error.status), headers: asHeaders(response.headers), message: error.message };
}

const remedies: Record<number, [code: ErrorCode, next: string]> = {
  401: [
    'not_allowed',
    'the token or the key of the App is not valid (any more): make a new one and start Dandori with it.',
  ],
  403: [
    'not_allowed',
    'give the App or the token the permission that GitHub names; "npx dandori init github" lists what is needed.',
  ],
  404: ['not_found', 'check the number, and that the App is installed on the repository or the token may read it.'],
  409: ['conflict', 'somebody changed the same thing at the same time: try again.'],
  410: ['not_found', 'it was deleted on GitHub; nothing can be written to it.'],
  413: ['limit_exceeded', 'send less at once.'],
  422: ['invalid_input', 'GitHub does not take these values; its message names the field.'],
};

const outageNext = 'see https://www.githubstatus.com; what waits is written when GitHub answers again.';

/** What the error means to a person; `data` carries `status` (0: no answer) and GitHub's message. Never a token, no cause. */
export function gitHubError(error: unknown, about: string, redact: Redactor, nowMs: number): DandoriError {
  if (error instanceof DandoriError) return error;
  const answer = failedAnswer(error);
  const message = redact.text(answer?.message ?? messageOf(error)).slice(0, maxMessageLength);
  const data = { status: answer?.status ?? 0, github_message: message };
  const what = `GitHub could not ${about}.`;
  if (answer === null) {
    return new DandoriError('unavailable', what, { found: `no answer (${message})`, next: outageNext, data });
  }
  const found = `${answer.status} ${message}`;
  const pauseMs = rateLimitPauseMs(answer, nowMs, 0);
  if (pauseMs !== null && answer.status >= 400) {
    const next = `wait ${Math.ceil(pauseMs / 1000)} s: GitHub limits how much is asked of it.`;
    return new DandoriError('unavailable', what, { found, next, data });
  }
  const [code, next] =
    remedies[answer.status] ??
    (answer.status >= 500 ? ['unavailable', outageNext] : ['internal', 'report it with this message.']);
  return new DandoriError(code, what, { found, next, data });
}

/** The HTTP status in an error of this adapter; 0 when GitHub did not answer, null for other errors. */
export function statusOf(error: unknown): number | null {
  const status = error instanceof DandoriError ? error.details.data?.['status'] : undefined;
  return typeof status === 'number' ? status : null;
}
