import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../root.js';
import { parseExpectations } from './parse-expectations.js';

describe('parseExpectations', () => {
  it.each([
    ['a YAML list', '- {column: a, expect: not_null}\n'],
    ['a YAML document', 'format: 1\nexpectations:\n  - column: a\n    expect: not_null\n    severity: error\n'],
    ['JSON', '{"format":1,"expectations":[{"column":"a","expect":"not_null"}]}'],
    ['JSON over several lines', '[\n  {\n    "column": "a",\n    "expect": "not_null"\n  }\n]\n'],
  ])('reads %s', (_, text) => {
    expect(parseExpectations(text, 'e.yaml')).toEqual({
      format: 1,
      expectations: [{ column: 'a', expect: 'not_null', severity: 'error' }],
    });
  });

  it('takes many lines, and brackets inside quotes', () => {
    const line = "- {column: a, expect: matches, pattern: '[[[[a-z]{1,3}'}\n";
    expect(parseExpectations(line.repeat(500), 'e.yaml').expectations).toHaveLength(500);
  });

  it.each([
    ['an unknown expectation', '- {column: a, expect: huge}', /expectations\.0\.expect/],
    ['a missing column', '- {expect: unique}', /expectations\.0\.column/],
    ['an unknown field', '- {column: a, expect: unique, maximum: 3}', /maximum/],
    ['a duplicate key', '- {column: a, column: b, expect: unique}', /unique/i],
    ['an alias', 'a: &x [1]\nb: *x\n', /alias/i],
    ['no list', 'hello', /expected/i],
    ['64 KB', `# ${'x'.repeat(64_000)}`, /more than 64000 bytes/],
  ])('refuses %s', (_, text, expected) => {
    expect(() => parseExpectations(text, 'e.yaml')).toThrow(expected);
  });

  it.each([
    ['flow lists', '['.repeat(30_000)],
    ['flow maps', '{a: '.repeat(15_000)],
    ['flow lists whose brackets look closed', '[ "]" , '.repeat(7_000)],
    ['flow lists with an apostrophe before', `[a's, "' ] " , `.repeat(4_000)],
    ['compact lists', '- '.repeat(30_000)],
    ['compact keys', '? '.repeat(30_000)],
    ['indentation', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['tags before lists', '- !a - !b '.repeat(6_000)],
  ])('refuses deep nesting by %s before it can end the process', (_, text) => {
    expect(() => parseExpectations(text, 'e.yaml')).toThrow(/cannot be used/);
  });

  it('answers or refuses any text', () => {
    const part = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '- ',
      '? ',
      ': ',
      '\n',
      ' ',
      '"',
      "'",
      '&a ',
      '*a',
      '!t ',
      '|',
      '>',
      'x',
      ',',
      '#',
      '%',
      '---\n',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 400 }), (parts) => {
        try {
          parseExpectations(parts.join(''), 'e.yaml');
        } catch (error) {
          expect(String(error)).toMatch(/cannot be used/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('survives what ends a process: seen from outside', () => {
    const module = join(projectRoot, 'dist', 'jobs', 'data', 'parse-expectations.js');
    const code = `import(${JSON.stringify(module)}).then(({ parseExpectations: p }) => { for (const t of ['[', '{a: ', '- ', '? ', '[ "]" , ', '{"a":[']) { try { p(t.repeat(Math.floor(60000 / t.length)), 'e'); } catch (e) { if (!/cannot be used/.test(String(e))) throw e; } } console.log('alive'); })`;
    const ended = spawnSync(process.execPath, ['-e', code], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '' },
    });
    expect(ended.stdout.trim()).toBe('alive');
  });
});
