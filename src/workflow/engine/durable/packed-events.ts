import { deflateSync, inflateSync } from 'node:zlib';
import type { HistoryRecord } from '../interpreter/types.js';
import { toJson, type JsonObject } from '../json.js';

/**
 * The events of one step as one value. Step Functions' format repeats itself: the output of a task stands in TaskSucceeded, in
 * the StateExited after it and in the StateEntered after that. Deflated with a dictionary of what every event says, a step
 * takes about a sixth of its text. zlib's checksum tells damaged bytes.
 */

type Packed = [id: number, previousId: number, type: string, atMs: number, details: JsonObject, variables?: JsonObject];

// Stored values were made with it: it never changes. A better one gets another first byte.
const format = 1;
const dictionary = Buffer.from(
  [
    '"ExecutionStarted",{"executionStartedEventDetails":{"input":"{\\"","roleArn":"arn:aws:iam::000000000000:role/dandori"}}',
    '"ChoiceStateEntered","ChoiceStateExited","PassStateEntered","PassStateExited","SucceedStateEntered","FailStateEntered"',
    '"ExecutionSucceeded",{"executionSucceededEventDetails":{"output":"{\\"","TaskFailed",{"taskFailedEventDetails":{"error":"',
    '"TaskTimedOut",{"taskTimedOutEventDetails":{"cause":"',
    '"TaskSubmitted",{"taskSubmittedEventDetails":{"resourceType":"sqs","resource":"sendMessage.waitForTaskToken"}}],',
    '"TaskStarted",{"taskStartedEventDetails":{"resourceType":"sqs","resource":"sendMessage.waitForTaskToken"}}],',
    '"TaskScheduled",{"taskScheduledEventDetails":{"resourceType":"sqs","resource":"sendMessage.waitForTaskToken",',
    '"region":"local","parameters":"{\\"QueueUrl\\":\\"local:task-queue\\",\\"MessageBody\\":{\\"agent\\":\\"","\\"state\\":\\"',
    '\\",\\"training_id\\":\\"train-","\\"visit\\":1,\\"attempt\\":0,\\"redrive_count\\":0,\\"task_token\\":\\"<task_token>\\",',
    '\\"input\\":{\\"execution\\":{\\"issue_number\\":","timeoutInSeconds":604800,"heartbeatInSeconds":300}}],',
    '"TaskStateEntered",{"stateEnteredEventDetails":{"name":"","input":"{\\"","inputDetails":{"truncated":false}}}],',
    '"TaskStateExited",{"stateExitedEventDetails":{"name":"","output":"{\\"","outputDetails":{"truncated":false}}}],',
    '"TaskSucceeded",{"taskSucceededEventDetails":{"resourceType":"sqs","resource":"sendMessage.waitForTaskToken","output":"{\\"',
  ].join(''),
);
// Little memory and little search: a step is a few kilobytes.
const options = { level: 1, windowBits: 14, memLevel: 6, chunkSize: 4096, dictionary } as const;

/** The events of a step as bytes. */
export function packEvents(records: readonly HistoryRecord[]): Uint8Array {
  const packed = records.map((record): Packed => {
    const { id, previousEventId, type, atMs, details, variables } = record;
    return variables === undefined
      ? [id, previousEventId, type, atMs, details]
      : [id, previousEventId, type, atMs, details, variables];
  });
  return Buffer.concat([Buffer.of(format), deflateSync(toJson(packed), options)]);
}

/** The events again; throws for bytes that `packEvents` did not make. */
export function unpackEvents(bytes: Uint8Array): HistoryRecord[] {
  if (bytes[0] !== format) throw new Error(`events in the unknown format ${bytes[0]}`);
  const text = inflateSync(bytes.subarray(1), { dictionary }).toString('utf8');
  return (JSON.parse(text) as Packed[]).map(([id, previousEventId, type, atMs, details, variables]) => ({
    id,
    previousEventId,
    type,
    atMs,
    details,
    ...(variables === undefined ? {} : { variables }),
  }));
}
