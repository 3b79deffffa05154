import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkdown, figure, table } from './markdown.js';

describe('escapeMarkdown', () => {
  it('lets no markup through', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            'a',
            '<',
            '>',
            '|',
            '@',
            '`',
            '*',
            '_',
            '[',
            ']',
            '(',
            '!',
            '\n',
            '\u202e',
            '#',
            '~',
            '\\',
          ),
        }),
        (text) => {
          expect(escapeMarkdown(text).replaceAll(/&#\d+;|&amp;/g, '')).not.toMatch(/[<>|@`*_[\]!\n\u202e#~\\]/);
        },
      ),
    );
  });

  it.each([
    ['plain (text), 100 %', 'plain (text), 100 %'],
    ['https://example.org', 'https&#58;//example.org'],
    ['www.example.org', 'www&#46;example.org'],
    ['a & b', 'a &amp; b'],
  ])('%s', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });
});

describe('figure', () => {
  it.each([
    [null, '-'],
    [undefined, '-'],
    [Number.NaN, '-'],
    [0, '0'],
    [0.87654321, '0.8765'],
    [12345.678, '12,345.7'],
    [0.00001, '1.000e-5'],
    [1.5e16, '1.500e+16'],
  ])('writes %s as %s', (value, expected) => {
    expect(figure(value)).toBe(expected);
  });
});

describe('table', () => {
  it('puts columns of figures to the right', () => {
    expect(
      table(
        ['name', 'value'],
        [
          ['a', '1.5'],
          ['b', '-'],
        ],
      ),
    ).toBe('| name | value |\n| --- | ---: |\n| a | 1.5 |\n| b | - |');
  });
});
