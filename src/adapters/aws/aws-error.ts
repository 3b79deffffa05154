import { DandoriError, type ErrorCode, messageOf } from '../../errors.js';

/** Names under which AWS services refuse a call, and the code that a caller of ours tests for. */
const codes: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'not_allowed',
  AccessDeniedException: 'not_allowed',
  CredentialsProviderError: 'not_allowed',
  ExpiredTokenException: 'not_allowed',
  InvalidClientTokenId: 'not_allowed',
  InvalidSignatureException: 'not_allowed',
  KmsAccessDeniedException: 'not_allowed',
  UnrecognizedClientException: 'not_allowed',
  ExecutionDoesNotExist: 'not_found',
  QueueDoesNotExist: 'not_found',
  StateMachineDoesNotExist: 'not_found',
  ExecutionLimitExceeded: 'limit_exceeded',
  InvalidArn: 'invalid_input',
  InvalidExecutionInput: 'invalid_input',
  InvalidName: 'invalid_input',
  InvalidOutput: 'invalid_input',
  ValidationException: 'invalid_input',
  KmsThrottlingException: 'unavailable',
  RequestThrottled: 'unavailable',
  StateMachineDeleting: 'wrong_state',
  ThrottlingException: 'unavailable',
};

const advice: Partial<Record<ErrorCode, string>> = {
  not_allowed: 'check the credentials and the rights of their role.',
  unavailable: 'try again; nothing was changed, or the same call finds what it changed.',
};

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

/** The name by which AWS knows an error, e.g. `TaskTimedOut`; empty for what is no error. */
export function awsErrorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** What is worth another try: a fault or a throttle of the service, or a call that no service answered. */
function isTransient(error: unknown): boolean {
  if (member(error, '$fault') === 'server' || member(error, '$retryable') !== undefined) return true;
  return typeof member(error, 'syscall') === 'string' || awsErrorName(error) === 'TimeoutError';
}

/** The error of an AWS client in our words; `what` says which call on which id failed. */
export function fromAws(what: string, error: unknown): DandoriError {
  const name = awsErrorName(error);
  const code = codes[name] ?? (isTransient(error) ? 'unavailable' : 'internal');
  const next = advice[code];
  return new DandoriError(code, what, {
    found: `${name} (${messageOf(error)})`,
    ...(next === undefined ? {} : { next }),
    data: { name },
    cause: error,
  });
}
