import type { HistoryEvent } from '../../src/ports/workflow-engine.js';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members that hold JSON as text. */
const jsonTexts = new Set(['input', 'output', 'parameters']);

/** Spaces and the order of members differ between writers of JSON; the value is what counts. */
function withParsedTexts(value: unknown): unknown {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, member]) => [
    name,
    jsonTexts.has(name) && typeof member === 'string' ? (JSON.parse(member) as unknown) : withParsedTexts(member),
  ]);
  return Object.fromEntries(entries);
}

function without(value: unknown, names: readonly string[]): unknown {
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name))) : value;
}

/**
 * A history as it must be on both engines. Event ids, types, order, states, data, errors, causes and limits stay; what goes:
 *
 * | what                                  | why                                                                        |
 * | ------------------------------------- | -------------------------------------------------------------------------- |
 * | `timestamp`                           | two runs at two times                                                      |
 * | `roleArn` of ExecutionStarted         | ARN: here nobody assumes a role                                            |
 * | `region` of TaskScheduled             | here there is none ("local")                                               |
 * | `QueueUrl` in its parameters          | address of the queue                                                       |
 * | `output` of TaskSubmitted             | what SQS answered to SendMessage (id, checksum); here the queue is a table |
 * | JSON in texts                         | spaces and order of members, not values                                    |
 *
 * Task tokens are blotted out by both engines (`<task_token>`), so they need no rule here.
 */
export function comparable(history: readonly HistoryEvent[]): unknown[] {
  return history.map((event) => {
    const parsed = withParsedTexts(event);
    if (!isObject(parsed)) return parsed;
    const { timestamp: _, ...kept } = parsed;
    switch (kept['type']) {
      case 'ExecutionStarted':
        return { ...kept, executionStartedEventDetails: without(kept['executionStartedEventDetails'], ['roleArn']) };
      case 'TaskSubmitted':
        return {
          ...kept,
          taskSubmittedEventDetails: without(kept['taskSubmittedEventDetails'], ['output', 'outputDetails']),
        };
      case 'TaskScheduled': {
        const details = without(kept['taskScheduledEventDetails'], ['region']);
        const parameters = isObject(details) ? without(details['parameters'], ['QueueUrl']) : null;
        return { ...kept, taskScheduledEventDetails: { ...(isObject(details) ? details : {}), parameters } };
      }
      default:
        return kept;
    }
  });
}
