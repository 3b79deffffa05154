import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsvHead, readRecords } from './csv-head.js';

const quote = (value: string) => `"${value.replaceAll('"', '""')}"`;
const delimiter = fc.constantFrom(',', ';', '\t', '|');
/** A field: any text; quoted always, so that nothing in it is a mark. */
const record = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 8 });

describe('readRecords', () => {
  it('reads back every table that was written with quotes', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 6 }),
        delimiter,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (rows, mark, end, closed) => {
          const text = rows.map((row) => row.map(quote).join(mark)).join(end) + (closed && rows.length > 0 ? end : '');
          expect(readRecords(text, mark, 100, true)).toEqual(rows);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes any text without an error, and never more records than asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), delimiter, fc.boolean(), (text, mark, whole) => {
        expect(readRecords(text, mark, 3, whole).length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves out the record that the text cuts off', () => {
    expect(readRecords('a,b\n1,2\n3', ',', 10, false)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });
});

describe('readCsvHead', () => {
  const source = (head: string) => ({
    path: '',
    fileName: 'a.csv',
    format: 'csv' as const,
    bytes: head.length,
    head,
    headIsAll: true,
  });

  it('finds delimiter and columns of every table of plain words', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 2, maxLength: 8 }),
        delimiter,
        fc.integer({ min: 1, max: 20 }),
        (names, mark, rows) => {
          const text = [names, ...Array.from({ length: rows }, () => names.map(() => '1'))]
            .map((row) => row.join(mark))
            .join('\n');
          expect(readCsvHead(source(text))).toEqual({ delimiter: mark, columns: names });
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['commas inside quotes', 'a;b\n"1,2,3";x\n"4,5,6";y\n', ';', ['a', 'b']],
    ['one column', 'a\n1\n2\n', ',', ['a']],
    ['blank lines before the header', '\n\na,b\n1,2\n', ',', ['a', 'b']],
    ['spaces around names', ' a , b \n1,2\n', ',', ['a', 'b']],
  ])('reads %s', (_, text, mark, columns) => {
    expect(readCsvHead(source(text))).toEqual({ delimiter: mark, columns });
  });
});
