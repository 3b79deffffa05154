import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { program } from '../root.js';
import { readJson, readYaml, type ReadResult } from './read-yaml.js';
import { checkSize, checkStructure, nestingDepth, normaliseLines, textLimits } from './text-limits.js';

function kinds(result: ReadResult): string[] {
  return result.ok ? [] : result.problems.map((problem) => (problem.kind === 'limit' ? problem.limit : problem.kind));
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('readYaml', () => {
  test('reads YAML 1.2 core: words stay words, numbers are numbers', () => {
    const read = readYaml(
      'positive_class: Yes\nday: 2024-01-01\nseed: 0x10\nshare: 0.5\nnone: ~\nlist: [a, 1, true]\n1: one\n',
    );
    expect(read).toMatchObject({
      ok: true,
      value: {
        positive_class: 'Yes',
        day: '2024-01-01',
        seed: 16,
        share: 0.5,
        none: null,
        list: ['a', 1, true],
        1: 'one',
      },
    });
  });

  test('says on which line each field stands', () => {
    const read = readYaml('a: 1\nb:\n- x\n- {z: [1,\n   2]}\n');
    expect(read.ok ? Object.fromEntries(read.lines) : {}).toEqual({
      a: 1,
      b: 2,
      'b[0]': 3,
      'b[1]': 4,
      'b[1].z': 4,
      'b[1].z[0]': 4,
      'b[1].z[1]': 5,
    });
  });

  test.each([
    ['a duplicate key', 'a: 1\na: 2', 'duplicate_key'],
    ['a duplicate key in flow', '{a: 1, a: 2}', 'duplicate_key'],
    ['a prototype key', '__proto__: {x: 1}', 'forbidden_key'],
    ['a constructor key', 'a: {constructor: 1}', 'forbidden_key'],
    ['an anchor', 'a: &x 1', 'anchor'],
    ['an alias', 'a: &x 1\nb: *x', 'alias'],
    ['an unknown alias', 'a: *x', 'alias'],
    ['a tag', 'a: !!str 1', 'tag'],
    ['a local tag', 'a: !js/function "x"', 'tag'],
    ['a key that is a list', '? [a]\n: 1', 'complex_key'],
    ['an empty key', ': 1', 'complex_key'],
    ['an open bracket', 'a: [1', 'syntax'],
    ['two documents', 'a: 1\n---\nb: 2', 'syntax'],
    ['a control character', 'a: "\u0000"', 'control_character'],
    ['an escape sequence', 'a: \u001B[2J', 'control_character'],
    ['more than 64 KB', `a: ${'x'.repeat(65_536)}`, 'bytes'],
    ['too many entries', 'a: 1\n'.repeat(5000), 'entries'],
    ['too many words', '*a '.repeat(20_000), 'entries'],
    ['too many brackets', '[]'.repeat(300), 'brackets'],
    ['33 levels in flow', `${'['.repeat(33)}${']'.repeat(33)}`, 'depth'],
    ['33 levels in block', Array.from({ length: 33 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'depth'],
    ['compact sequences', `${'- '.repeat(1000)}x`, 'depth'],
    ['compact explicit keys', `${'? '.repeat(1000)}x`, 'depth'],
    ['compact empty keys', `${': '.repeat(1000)}x`, 'depth'],
    ['nesting that only a broken text has', 'a: : \n   '.repeat(1000), 'depth'],
    ['nesting by indented values', 'a: x\n %]'.repeat(1200), 'depth'],
  ])('refuses %s', (_, text, kind) => {
    const read = readYaml(text);
    expect(read.ok).toBe(false);
    expect(kinds(read)).toContain(kind);
  });

  test.each([
    ['flow', `${'['.repeat(32)}${']'.repeat(32)}`],
    ['block', Array.from({ length: 32 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['sequences', `${'- '.repeat(32)}x`],
  ])('takes 32 levels in %s', (_, text) => {
    const read = readYaml(text);
    expect(read.ok && depthOf(read.value)).toBe(32);
  });

  test('brackets in quotes and comments do not count as nesting', () => {
    const text = Array.from({ length: 40 }, (_, i) => `k${i}: "[" # {`).join('\n');
    expect(readYaml(text).ok).toBe(true);
  });

  test('an empty text is null', () => {
    expect(readYaml('')).toMatchObject({ ok: true, value: null });
    expect(readYaml('# nothing\n')).toMatchObject({ ok: true, value: null });
  });

  test('line ends and byte order marks of other systems make no difference', () => {
    expect(normaliseLines('\uFEFFa: 1\r\nb: 2\rc: 3')).toBe('a: 1\nb: 2\nc: 3');
    expect(readYaml('\uFEFFa: 1\r\nb: 2\rc: 3')).toMatchObject({ ok: true, value: { a: 1, b: 2, c: 3 } });
  });
});

describe('readJson', () => {
  test('reads JSON with tabs, escapes and values at the margin', () => {
    expect(readJson('{\n\t"a":\n[\n1,\n{"b": "it\'s # not [ a \\ud83d\\ude00"}\n]\n}')).toMatchObject({
      ok: true,
      value: { a: [1, { b: "it's # not [ a 😀" }] },
    });
  });

  test.each([
    ['a trailing comma', '{"a": 1,}', 'syntax'],
    ['a duplicate key', '{"a": 1, "a": 2}', 'duplicate_key'],
    ['a prototype key', '{"__proto__": 1}', 'forbidden_key'],
    ['deep nesting', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'depth'],
    ['very deep nesting', '['.repeat(60_000), 'brackets'],
  ])('refuses %s', (_, text, kind) => {
    expect(kinds(readJson(text))).toContain(kind);
  });

  test('agrees with JSON.parse on whatever it takes', () => {
    const value = fc.dictionary(
      fc.string({ maxLength: 8 }).filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key)),
      fc.jsonValue({ maxDepth: 5 }),
      { maxKeys: 8 },
    );
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2, '\t'), (data, space) => {
        const text = JSON.stringify(data, null, space);
        const read = readJson(text);
        // Names of prototypes deeper down, and control characters, are refused; the rest must be the same.
        if (read.ok) expect(JSON.stringify(read.value)).toBe(JSON.stringify(JSON.parse(text)));
        else expect(kinds(read).every((kind) => kind === 'forbidden_key' || kind === 'control_character')).toBe(true);
      }),
    );
  });
});

const pieces = [
  '- ',
  '? ',
  ': ',
  'a: ',
  'a:',
  '-',
  '[',
  '{',
  ']',
  '}',
  ',',
  '"',
  "'",
  'x',
  '\n',
  '\n ',
  '\n  ',
  '\n   ',
  '\n      ',
  ' ',
  '\t',
];
const oddPieces = [
  '#',
  ' #',
  '|\n',
  '>\n',
  '&a ',
  '*a',
  '!t ',
  '"k": ',
  '---',
  '...',
  '\n- ',
  '\n? ',
  '\n: ',
  '%',
  '"x\ny"',
  '`',
  '@',
  '<<: ',
];

describe('the limits before parsing', () => {
  test('no text makes the reader throw, hang or nest deeper than 32', () => {
    const text = fc.array(fc.constantFrom(...pieces, ...oddPieces), { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (source) => {
        const read = readYaml(source);
        if (read.ok) expect(depthOf(read.value)).toBeLessThanOrEqual(textLimits.depth);
        else expect(read.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 3000 },
    );
  });

  test('a well-formed text is never counted too low', () => {
    const node = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 6 },
        fc.constant('x'),
        fc.array(tie('any'), { minLength: 1, maxLength: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('any'), { minKeys: 1 }),
      ),
    })).any;
    fc.assert(
      fc.property(node, (value) => {
        expect(nestingDepth(JSON.stringify(value)).depth).toBe(depthOf(value));
      }),
    );
  });

  test('repeated pieces of any kind are answered quickly by a process that lives', () => {
    // `yaml` can end the whole process on deep nesting, so this runs in one of its own.
    const script = `
      process.on('warning', () => {});
      const { readYaml } = await import(${JSON.stringify(`file://${program('request/read-yaml')}`)});
      const pieces = ${JSON.stringify([...pieces, ...oddPieces])};
      let seed = 7;
      const random = (n) => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed % n; };
      let slowest = 0;
      for (let i = 0; i < 600; i += 1) {
        const unit = Array.from({ length: 1 + random(6) }, () => pieces[random(pieces.length)]).join('');
        const indented = random(3) === 0;
        let text = '';
        for (let k = 0; text.length < 2000 + random(60000); k += 1) text += unit + (indented ? '\\n' + ' '.repeat(Math.min(k, 200)) : '');
        const start = process.cpuUsage().user;
        const read = readYaml(text.slice(0, 65000));
        slowest = Math.max(slowest, (process.cpuUsage().user - start) / 1000);
        if (!read.ok && read.problems.length === 0) throw new Error('no message for ' + unit);
      }
      console.log(JSON.stringify({ slowest }));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { slowest } = JSON.parse(output) as { slowest: number };
    expect(slowest).toBeLessThan(2000);
  }, 120_000);

  test('size is counted in bytes', () => {
    expect(checkSize('é'.repeat(40_000))).toMatchObject({ limit: 'bytes', found: 80_000 });
    expect(checkStructure('a: 1')).toBeNull();
  });
});
