import { DandoriError } from '../../../errors.js';
import { jsonBytes, toJson } from '../json.js';
import { dataLimitBytes, historyLimit } from '../interpreter/turn.js';

const longestName = 80;
// Step Functions' own rule for execution names.
// oxlint-disable-next-line no-control-regex
const forbiddenInName = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/u;

/** Refuses an execution name that Step Functions would refuse. */
export function checkExecutionName(name: string): void {
  if (name.length > 0 && name.length <= longestName && !forbiddenInName.test(name)) return;
  throw new DandoriError('invalid_input', 'The execution name is not usable.', {
    found: JSON.stringify(name.slice(0, 100)),
    allowed: `1 to ${longestName} characters without spaces, brackets or any of ? * " # % \\ ^ | ~ \` $ & , ; : /`,
  });
}

/** Refuses a value above 256 KB; `what` names it in the message. */
export function checkPayload(what: string, value: unknown): void {
  const bytes = jsonBytes(value);
  if (bytes <= dataLimitBytes) return;
  throw new DandoriError('limit_exceeded', `${what} is too large.`, {
    found: `${bytes} bytes of JSON`,
    allowed: `up to ${dataLimitBytes} bytes`,
    next: 'put the data into the object store and pass its key.',
    data: { name: 'States.DataLimitExceeded' },
  });
}

/** The answer to an unknown execution. */
export function noExecution(name: string): DandoriError {
  return new DandoriError('not_found', `There is no execution ${name}.`, {
    next: 'list the executions with "npx dandori list".',
  });
}

/** The answer to a second start of the same name with another input. */
export function otherInput(name: string, found: unknown): DandoriError {
  return new DandoriError('already_exists', `The execution ${name} exists with another input.`, {
    found: toJson(found).slice(0, 200),
    allowed: 'the same input again, or a new name',
    data: { name: 'ExecutionAlreadyExists' },
  });
}

/** The answer to a redrive for which the history has no room. */
export function historyFull(name: string, events: number): DandoriError {
  return new DandoriError('wrong_state', `The execution ${name} cannot be run again.`, {
    found: `a history of ${events} events`,
    allowed: `fewer than ${historyLimit}`,
    next: 'start a new one with the same input.',
    data: { name: 'ExecutionNotRedrivable' },
  });
}

/** The answer to a token that was never issued. */
export function invalidToken(): DandoriError {
  return new DandoriError('wrong_state', 'The task token is not known.', {
    allowed: 'a token that this engine issued',
    next: 'drop the task; it was issued by another engine or made up.',
    data: { name: 'InvalidToken' },
  });
}

/** The answer to a token whose task is over. */
export function taskOver(execution: string, status: string): DandoriError {
  const why =
    status === 'answered'
      ? 'it was answered before'
      : status === 'timed_out'
        ? 'it timed out'
        : 'its execution went on without it';
  return new DandoriError('wrong_state', `The task of execution ${execution} is over: ${why}.`, {
    found: status,
    allowed: 'one answer while the task is open',
    next: 'drop the result; nothing was changed.',
    data: { name: 'TaskTimedOut' },
  });
}
