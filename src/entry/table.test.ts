import { describe, expect, it } from 'vitest';
import { duration, localTime, renderTable } from './table.js';
import { widthOf, wrapLine } from './text-width.js';

describe('widthOf', () => {
  it.each([
    ['abc', 3],
    ['段取り', 6],
    ['✅ done', 7],
    ['\u001B[1mbold\u001B[22m', 4],
    ['', 0],
  ])('of %j is %i columns', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });
});

describe('wrapLine', () => {
  it.each([
    ['short stays', 20, ['short stays']],
    ['one two three', 8, ['one two', 'three']],
    ['- item that goes on', 12, ['- item that', '  goes on']],
    ['   - ✅ `a` b c d e', 17, ['   - ✅ `a` b c d', '        e']],
    ['unbreakable', 5, ['unbre', 'akabl', 'e']],
    ['段取り段取り', 6, ['段取り', '段取り']],
    ['1. first of all', 9, ['1. first', '   of all']],
  ])('breaks %j at %i columns', (text, width, lines) => {
    expect(wrapLine(text, width)).toEqual(lines);
  });

  it('keeps a coloured word whole, so that no colour runs on', () => {
    const word = '\u001B[36mabcdefgh\u001B[39m';
    expect(wrapLine(`x ${word}`, 4)).toEqual(['x', word]);
  });
});

describe('renderTable', () => {
  it('aligns columns, wide characters too', () => {
    expect(
      renderTable([
        ['name', 'value'],
        ['段取り', '1'],
        ['x', '2'],
      ]),
    ).toBe(['name    value', '------  -----', '段取り  1', 'x       2'].join('\n'));
  });

  it('breaks the widest cells when the terminal is narrower', () => {
    const text = renderTable(
      [
        ['field', 'allowed'],
        ['task_type', 'one of classification, regression, clustering'],
      ],
      34,
    );
    expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(34);
    expect(text).toContain('classification,');
    expect(text.split('\n')).toHaveLength(4);
  });

  it('fills rows that lack cells, and draws a table without rows', () => {
    expect(renderTable([['a', 'b'], ['1']])).toBe(['a  b', '-  -', '1'].join('\n'));
    expect(renderTable([])).toBe('\n');
  });
});

describe('duration', () => {
  it.each([
    [null, ''],
    [0, '0 ms'],
    [999.4, '999 ms'],
    [3_210, '3.2 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 00 s'],
    [65_000, '1 min 05 s'],
    [119_700, '2 min 00 s'],
    [5_400_000, '1.5 h'],
  ])('of %s ms is %j', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('localTime', () => {
  it('tells day and minute of this machine', () => {
    const here = new Date(2026, 0, 31, 9, 5, 59);
    expect(localTime(here.toISOString())).toBe('2026-01-31 09:05');
  });
});
