import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFrameDecoder, encodeFrame, type Frame, type FrameHeader } from './framing.js';

const header = fc.record({
  type: fc.constant('invoke' as const),
  id: fc.nat(),
  content_type: fc.string({ unit: 'grapheme' }),
  accept: fc.string(),
  explain: fc.boolean(),
}) satisfies fc.Arbitrary<FrameHeader>;

describe('createFrameDecoder', () => {
  test('gives back every frame, however the stream is cut', () => {
    const frames = fc.array(fc.record({ header, body: fc.uint8Array({ maxLength: 200 }) }), { minLength: 1 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, sizes) => {
        const received: Frame[] = [];
        const decode = createFrameDecoder((frame) =>
          received.push({ header: frame.header, body: Uint8Array.from(frame.body) }),
        );
        const stream = Buffer.concat(sent.map((frame) => encodeFrame(frame.header, frame.body)));
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          decode(stream.subarray(at, at + size));
          at += size;
        }
        expect(received).toEqual(sent.map((frame) => ({ ...frame, body: Uint8Array.from(frame.body) })));
      }),
    );
  });
});
