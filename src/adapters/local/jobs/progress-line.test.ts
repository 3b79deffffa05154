import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createProgressScanner, parseProgressLine, type ProgressLine } from './progress-line.js';

describe('parseProgressLine', () => {
  test.each<[string, ProgressLine | null]>([
    [
      '[dandori] progress=42.0 phase=fitting f1_score=0.61',
      { progress: 42, phase: 'fitting', values: [['f1_score', 0.61]] },
    ],
    ['[dandori] progress=120', { progress: 100, phase: null, values: [] }],
    ['[dandori] progress=-1 loss=-2e-3', { progress: 0, phase: null, values: [['loss', -0.002]] }],
    [
      '[dandori] progress=NaN fold=3/5 algorithm=xgboost big=1e999 hex=0x10',
      { progress: null, phase: null, values: [] },
    ],
    ['[dandori] phase=<script> x=', { progress: null, phase: null, values: [] }],
    ['[dandori]progress=1', null],
    [' [dandori] progress=1', null],
    ['', null],
  ])('reads %j', (line, expected) => expect(parseProgressLine(line)).toEqual(expected));

  test('answers finite numbers whatever the line', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = parseProgressLine(`[dandori] ${text}`);
        expect(found?.values.every(([, value]) => Number.isFinite(value))).toBe(true);
      }),
    );
  });
});

describe('createProgressScanner', () => {
  test('finds the same lines however the bytes are cut', () => {
    const text = Buffer.from(
      `noise\n[dandori] progress=1\n${'y'.repeat(9000)}[dandori] progress=2\n[dandori] progress=3 phase=段\n\n[dandori] progress=4\n[dandori] progress=5`,
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 30 }), (cuts) => {
        const seen: (number | null)[] = [];
        const scan = createProgressScanner((line) => seen.push(line.progress));
        const ends = [...cuts].sort((a, b) => a - b);
        let from = 0;
        for (const end of [...ends, text.length]) {
          scan(text.subarray(from, end));
          from = end;
        }
        expect(seen).toEqual([1, 3, 4]);
      }),
    );
  });
});
