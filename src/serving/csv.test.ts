import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvLine, parseCsv } from './csv.js';

describe('parseCsv', () => {
  test.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['"a ""x""",\n', [['a "x"', '']]],
    ['"line\nbreak",b', [['line\nbreak', 'b']]],
    ['1,', [['1', '']]],
    ['\n\n1\n\n', [['1']]],
    [',', [['', '']]],
    ['', []],
    ['\uFEFFa', [['\uFEFFa']]],
  ])('reads %j', (text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });

  test.each([
    ['"open', 'line 1'],
    ['a\n"open', 'line 2'],
    ['"a"b,c', 'line 1'],
  ])('refuses %j', (text, where) => {
    expect(() => parseCsv(text)).toThrow(where);
  });

  test('gives back what csvLine wrote', () => {
    const cell = fc.string({ unit: 'grapheme' });
    const row = fc.array(cell, { minLength: 1 }).filter((cells) => cells.length > 1 || cells[0] !== '');
    fc.assert(
      fc.property(fc.array(row), fc.constantFrom('\n', '\r\n'), (rows, end) => {
        expect(parseCsv(rows.map((cells) => csvLine(cells) + end).join(''))).toEqual(rows);
      }),
    );
  });
});
