import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HistoryRecord } from '../interpreter/types.js';
import type { JsonObject } from '../json.js';
import { packEvents, packPlain, plainEvents, unpackEvents } from './packed-events.js';

// What JSON.parse gives: no undefined, no -0.
const json = fc.json().map((text): unknown => JSON.parse(text));
const object = fc.dictionary(fc.string(), json).map((given) => JSON.parse(JSON.stringify(given)) as JsonObject);
const record = fc.record(
  {
    id: fc.nat(),
    previousEventId: fc.nat(),
    type: fc.constantFrom('TaskScheduled', 'TaskSucceeded', 'PassStateExited', 'Anything'),
    atMs: fc.nat(Number.MAX_SAFE_INTEGER),
    details: object,
    variables: object,
  },
  { requiredKeys: ['id', 'previousEventId', 'type', 'atMs', 'details'] },
);

const pinned: HistoryRecord[] = [
  {
    id: 1,
    previousEventId: 0,
    type: 'ExecutionStarted',
    atMs: 1_795_251_600_000,
    details: {
      executionStartedEventDetails: {
        input: '{"text":"日本語"}',
        inputDetails: { truncated: false },
        roleArn: 'arn:aws:iam::000000000000:role/dandori',
      },
    },
  },
  {
    id: 2,
    previousEventId: 0,
    type: 'TaskStateEntered',
    atMs: 1_795_251_600_000,
    details: {
      stateEnteredEventDetails: { name: 'Train', input: '{"text":"日本語"}', inputDetails: { truncated: false } },
    },
    variables: { seen: true },
  },
];
const pinnedBytes = Buffer.from(
  'AWgk4SXuu4uONtQx0EEqjmDZztDc0tTI1NAMXGiiFE3YcyJSGJekVoBSQozSs+lLn81Z82LVvBilWmICnqwCPFYn2gjkBUSEwZIHuheISCwhoOwBcyokhMj2TW0tKM2kpuYpWZUUlabWxsYCAKYagOc=',
  'base64',
);

const pinnedPlain = Buffer.from(
  'AqoCpYEKW1sxLDAsIkV4ZWN1dGlvblN0YXJ0ZWQiLDE3OTUyNTE2MDAwMDAseyJleGVjdXRpb25TdGFydGVkRXZlbnREZXRhaWxzIjp7ImlucHV0Ijoie1widGV4dFwiOlwi5pel5pys6KqeXCJ9IiwiaW5wdXREZXRhaWxzIjp7InRydW5jYXRlZCI6ZmFsc2V9LCJyb2xlQXJuIjoiYXJuOmF3czppYW06OjAwMDAwMDAwMDAwMDpyb2xlL2RhbmRvcmkifX1dLFsyLDAsIlRhc2tTdGF0ZUVudGVyZWQiLDE3OTUyNTE2MDAwMDAseyJzdGF0ZUVudGVyZWRFdmVudERldGFpbHMiOnsibmFtZSI6IlRyYWluIiwiaW5wdXQiOiJ7XCJ0ZXh0XCI6XCLml6XmnKzoqp5cIn0iLCJpbnB1dERldGFpbHMiOnsidHJ1bmNhdGVkIjpmYWxzZX19fSx7InNlZW4iOnRydWV9XV0=',
  'base64',
);
const pinnedSteps = Buffer.from(
  'A3g/4SXuu+OKjjbUMdBBKo9g+c7Q3NLUyNTQDFxqopRN2LMiUiCXpFaAkkKM0rPpS5/NWfNi1bwYpVpiQp6sEjw2lokrOtoI5AtEpMGSCLoviEgwIaAsAnMtJJTI9lBtLSjdpKbmKVmVFJWm1sbGAgDnwIGJ',
  'base64',
);

describe('packed events', () => {
  test('come back as they were, plain and packed', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(unpackEvents(packEvents(records))).toEqual(records);
        expect(unpackEvents(plainEvents(records))).toEqual(records);
      }),
    );
  });

  test('of several steps come back as one', () => {
    const steps = fc.array(fc.array(record, { minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(steps, (given) => {
        expect(unpackEvents(packPlain(given.map(plainEvents)))).toEqual(given.flat());
      }),
    );
  });

  test('write what they repeat once while they are plain', () => {
    const output = JSON.stringify({ text: 'said by the task, with "quotes", a $& and a \u0001'.repeat(20) });
    const events = ['taskSucceededEventDetails', 'stateExitedEventDetails'].map((member, n): HistoryRecord => {
      const details = { [member]: { output: n === 0 ? output : `{"before":1,"result":${output}}` } };
      return { id: n + 1, previousEventId: n, type: 'Any', atMs: 1, details };
    });
    const bytes = plainEvents(events);
    expect(unpackEvents(bytes)).toEqual(events);
    expect(bytes.length).toBeLessThan(0.6 * JSON.stringify(events).length);
  });

  test.each([
    ['one deflated step', pinnedBytes],
    ['a plain step', pinnedPlain],
    ['deflated steps', pinnedSteps],
  ])('that an earlier release stored as %s are read: neither form nor dictionary changes', (_form, bytes) => {
    expect(unpackEvents(bytes)).toEqual(pinned);
  });

  test('take less than half of their text', () => {
    expect(packEvents(pinned).length).toBeLessThan(JSON.stringify(pinned).length / 2);
  });

  test.each([
    ['nothing', Buffer.alloc(0), /unknown format undefined/],
    ['an unknown format', Buffer.concat([Buffer.of(9), pinnedBytes.subarray(1)]), /unknown format 9/],
    ['less than a checksum', plainEvents(pinned).subarray(0, 3), /a wrong checksum/],
    ['half of them', pinnedBytes.subarray(0, pinnedBytes.length / 2), /unexpected end of file/],
    ['other bytes', Buffer.from('something else'), /unknown format 115/],
  ])('cannot be read from %s', (_what, bytes, why) => {
    expect(() => unpackEvents(bytes)).toThrow(why);
  });

  test.each([
    ['plain', pinnedPlain],
    ['packed', pinnedSteps],
  ])('that are %s, with any one byte damaged are refused', (_how, bytes) => {
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      expect(() => unpackEvents(damaged), `byte ${at}`).toThrow(Error);
    }
  });
});
