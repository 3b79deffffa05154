import { DandoriError, codeOf, messageOf, type ErrorCode } from '../errors.js';

/** Largest request body in bytes: the limit of SageMaker's InvokeEndpoint. */
export const maxBodyBytes = 6_291_456;
/** Deepest nesting of a JSON body; real bodies have at most 4. */
export const maxJsonDepth = 32;
/** How many problems one answer lists. */
export const maxProblems = 20;

/** One call of a model, as it came over HTTP. */
export interface InvocationRequest {
  body: Uint8Array;
  /** Empty when the client sent none: JSON is assumed. */
  contentType: string;
  /** Empty when the client sent none: JSON is answered. */
  accept: string;
  /** Feature importance beside each prediction; JSON only. */
  explain?: boolean;
}

/** Whether the header `X-Amzn-SageMaker-Enable-Explanations` asks for feature importance: a JMESPath literal such as `` `true` ``. */
export function wantsExplanation(header: string | string[] | undefined): boolean {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  if (text === '' || /^`?false`?$/.test(text)) return false;
  if (/^`?true`?$/.test(text)) return true;
  throw refusal(400, 'The header X-Amzn-SageMaker-Enable-Explanations is not understood.', {
    found: text.slice(0, 64),
    allowed: '`true` or `false`',
  });
}

export interface InvocationResponse {
  status: number;
  contentType: string;
  body: Uint8Array;
}

/** One wrong value of a request. */
export interface RequestProblem {
  /** Index of the row from 0; null when it is the whole request. */
  row: number | null;
  field: string | null;
  found: string;
  allowed: string;
}

/** An error that knows its HTTP status; `problems` go into the answer. */
export function refusal(
  status: number,
  what: string,
  details: { found?: string; allowed?: string; next?: string } = {},
  problems: RequestProblem[] = [],
): DandoriError {
  const code: ErrorCode = status === 413 ? 'limit_exceeded' : 'invalid_input';
  return new DandoriError(code, what, { ...details, data: { status, problems } });
}

const statusByCode: Partial<Record<ErrorCode, number>> = {
  invalid_input: 400,
  invalid_request: 400,
  limit_exceeded: 413,
  not_found: 404,
  not_yet: 501,
  unavailable: 503,
  locked: 503,
};

/** HTTP status of anything thrown; what is not ours is 500. */
export function statusOf(error: unknown): number {
  const status = error instanceof DandoriError ? error.details.data?.['status'] : undefined;
  return typeof status === 'number' ? status : (statusByCode[codeOf(error)] ?? 500);
}

/** The JSON body of an error answer: `{error_code, message, problems}`. */
export function errorBody(error: unknown): { error_code: ErrorCode; message: string; problems: unknown[] } {
  const problems = error instanceof DandoriError ? error.details.data?.['problems'] : undefined;
  return { error_code: codeOf(error), message: messageOf(error), problems: Array.isArray(problems) ? problems : [] };
}

/** Anything thrown as an answer. */
export function errorResponse(error: unknown): InvocationResponse {
  return {
    status: statusOf(error),
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(errorBody(error))),
  };
}
