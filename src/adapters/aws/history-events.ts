import type { HistoryEvent as SfnEvent } from '@aws-sdk/client-sfn';
import type { HistoryEvent } from '../../ports/workflow-engine.js';
import { memberOf } from '../../workflow/engine/json.js';

const blotted = '<task_token>';

/** The token that a task was scheduled with: `MessageBody.task_token` of our definition. */
function tokenIn(parameters: string): string | null {
  try {
    const token = memberOf(memberOf(JSON.parse(parameters), 'MessageBody'), 'task_token');
    return typeof token === 'string' && token !== '' ? token : null;
  } catch {
    return null;
  }
}

/** Step Functions writes tokens into the history; a history is shown to people, and a token is a key. */
function withoutToken(details: NonNullable<SfnEvent['taskScheduledEventDetails']>): object {
  const { parameters = '' } = details;
  const token = tokenIn(parameters);
  return token === null ? details : { ...details, parameters: parameters.replaceAll(token, blotted) };
}

/** One event of GetExecutionHistory as the port has it: the same members, time as text, no task token. */
export function fromSfnEvent(event: SfnEvent): HistoryEvent {
  const { id, previousEventId, type, timestamp, taskScheduledEventDetails, ...details } = event;
  return {
    id: id ?? 0,
    previousEventId: previousEventId ?? 0,
    type: type ?? '',
    timestamp: timestamp?.toISOString() ?? '',
    ...Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)),
    ...(taskScheduledEventDetails === undefined
      ? {}
      : { taskScheduledEventDetails: withoutToken(taskScheduledEventDetails) }),
  };
}

/** Name of the state that the newest of these events entered, in whatever order they come; null when none did. */
export function lastEntered(events: readonly SfnEvent[]): string | null {
  const entered = events.filter((event) => event.stateEnteredEventDetails !== undefined);
  const newest = entered.sort((left, right) => (right.id ?? 0) - (left.id ?? 0))[0];
  return newest?.stateEnteredEventDetails?.name ?? null;
}
