import { crc32, deflateSync, inflateSync } from 'node:zlib';
import type { HistoryRecord } from '../interpreter/types.js';
import { memberOf, toJson, type JsonObject } from '../json.js';

/**
 * The events of steps as one value. Step Functions' format repeats itself: the output of a task stands in TaskSucceeded, in
 * the StateExited after it and in the StateEntered after that. Deflated with a dictionary of what every event says, one step
 * takes about a sixth of its text, ten in one value a fifteenth. A step is waited for and deflating takes its time, so its
 * events are plain text first and are packed with those of the steps around it. A checksum tells damaged bytes.
 */

type Packed = [id: number, previousId: number, type: string, atMs: number, details: JsonObject, variables?: JsonObject];

const format = { deflated: 1, plain: 2, steps: 3 } as const;
const plainHeadBytes = 5;
// Stored values were made with it: it never changes. A better one gets another first byte.
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
// Little memory and little search: some steps are some ten kilobytes.
const options = { level: 1, dictionary } as const;

const textOf = (records: readonly HistoryRecord[]): string =>
  toJson(
    records.map((record): Packed => {
      const { id, previousEventId, type, atMs, details, variables } = record;
      return variables === undefined
        ? [id, previousEventId, type, atMs, details]
        : [id, previousEventId, type, atMs, details, variables];
    }),
  );

// None of them is in a JSON text, which escapes them.
const mark = '\u0001';
const stepEnd = '\u0002';
const lineEnd = '\n';
const leastRepeated = 32;

/** The text with what its first event tells written once, before it: an output stands in the events after it, too. */
function shortened(records: readonly HistoryRecord[], text: string): string {
  const told = Object.values(records[0]?.details ?? {})[0];
  const repeated = toJson(memberOf(told, 'output') ?? memberOf(told, 'input') ?? '').slice(1, -1);
  if (repeated.length < leastRepeated) return lineEnd + text;
  return repeated + lineEnd + text.replaceAll(repeated, mark);
}

function lengthened(text: string): string {
  const end = text.indexOf(lineEnd);
  const repeated = text.slice(0, end);
  return text.slice(end + 1).replaceAll(mark, () => repeated);
}

/** The events of a step as plain bytes. */
export function plainEvents(records: readonly HistoryRecord[]): Uint8Array {
  const text = shortened(records, textOf(records));
  const bytes = Buffer.allocUnsafe(plainHeadBytes + Buffer.byteLength(text));
  bytes.write(text, plainHeadBytes);
  bytes.writeUInt8(format.plain);
  bytes.writeUInt32LE(crc32(bytes.subarray(plainHeadBytes)), 1);
  return bytes;
}

/** What `shortened` made, of plain bytes. */
function bodyOf(bytes: Uint8Array): Buffer {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = all.subarray(plainHeadBytes);
  if (all.length < plainHeadBytes || all[0] !== format.plain || all.readUInt32LE(1) !== crc32(body))
    throw new Error('a wrong checksum');
  return body;
}

/** The events as packed bytes. */
export function packEvents(records: readonly HistoryRecord[]): Uint8Array {
  return packPlain([plainEvents(records)]);
}

/** The plain bytes of steps as one packed value; throws for bytes that `plainEvents` did not make. */
export function packPlain(steps: readonly Uint8Array[]): Uint8Array {
  const bodies = steps.flatMap((step, at) => (at === 0 ? [bodyOf(step)] : [Buffer.from(stepEnd), bodyOf(step)]));
  return Buffer.concat([Buffer.of(format.steps), deflateSync(Buffer.concat(bodies), options)]);
}

const inflated = (bytes: Uint8Array): string => inflateSync(bytes.subarray(1), { dictionary }).toString('utf8');

function storedTexts(bytes: Uint8Array): string[] {
  if (bytes[0] === format.plain) return [lengthened(bodyOf(bytes).toString('utf8'))];
  if (bytes[0] === format.steps) return inflated(bytes).split(stepEnd).map(lengthened);
  if (bytes[0] === format.deflated) return [inflated(bytes)];
  throw new Error(`events in the unknown format ${bytes[0]}`);
}

/** The events again; throws for bytes that were not made here. */
export function unpackEvents(bytes: Uint8Array): HistoryRecord[] {
  const stored = storedTexts(bytes).flatMap((text) => JSON.parse(text) as Packed[]);
  return stored.map(([id, previousEventId, type, atMs, details, variables]) => ({
    id,
    previousEventId,
    type,
    atMs,
    details,
    ...(variables === undefined ? {} : { variables }),
  }));
}
