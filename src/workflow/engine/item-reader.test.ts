import { describe, expect, test } from 'vitest';
import { StateFailure } from './failure.js';
import { itemsFromObject } from './item-reader.js';

describe('itemsFromObject', () => {
  test.each([
    [
      { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' },
      'a,b\r\n1,"x, ""y"""\n\n2\n',
      [
        { a: '1', b: 'x, "y"' },
        { a: '2', b: '' },
      ],
    ],
    [{ InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['h'] }, '1,2\n3\n', [{ h: '1' }, { h: '3' }]],
    [{ InputType: 'JSON', MaxItems: 1 }, '[1,2]', [1]],
    [{ InputType: 'JSON', MaxItems: '2' }, '[1,2,3]', [1, 2]],
    [{ InputType: 'JSONL' }, '{"a":1}\n\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
  ])('%j', (config, text, expected) => {
    expect(itemsFromObject(config, text)).toEqual(expected);
  });

  test.each([
    [{ InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' }, 'a,a\n1,2'],
    [{ InputType: 'JSON' }, '{}'],
    [{ InputType: 'JSON' }, '1'],
    [{ InputType: 'JSON' }, '{'],
    [{ InputType: 'JSON', MaxItems: -1 }, '[]'],
    [{ InputType: 'JSON', MaxItems: 1.5 }, '[]'],
    [{ InputType: 'PARQUET' }, ''],
  ])('%j %s fails with States.ItemReaderFailed', (config, text) => {
    expect(() => itemsFromObject(config, text)).toThrow(StateFailure);
  });
});
