import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeBlock, inlineCode, inlineText, visibleText } from './escape.js';

describe('inlineText', () => {
  test.each([
    ['a mention', '@org/everyone', '@&#8203;org/everyone'],
    ['an image', '![x](https://e.vil/p.png)', String.raw`!\[x\](https&#58;//e.vil/p.png)`],
    ['HTML', '<img src=x onerror=y>', String.raw`\<img src=x onerror=y\>`],
    ['an HTML comment', '<!-- dandori:x -->', String.raw`\<!-- dandori:x --\>`],
    ['a heading', '### Approved by admin', String.raw`\### Approved by admin`],
    ['a heading on a line of its own', 'x\n# y', 'x # y'],
    ['a table cell', 'a | b', String.raw`a \| b`],
    ['code', '`x`', String.raw`\`x\``],
    ['a script link', '[x](javascript:alert(1))', String.raw`\[x\](javascript:alert(1))`],
    ['a bare address', 'http://e.vil www.e.vil', 'http&#58;//e.vil www&#46;e.vil'],
    ['an entity', '&lt;b&gt; &#64;me a & b', '&amp;lt;b&amp;gt; &amp;#&#8203;64;me a & b'],
    ['a reference', 'see #12 and org/repo#7', 'see #&#8203;12 and org/repo#&#8203;7'],
    ['a list', '- x', String.raw`\- x`],
    ['an underline', '=== x', String.raw`\=== x`],
    ['a numbered list', '1. x', String.raw`1\. x`],
    ['a backslash', String.raw`a\|b \<i>`, String.raw`a\\\|b \\\<i\>`],
    ['invisible and bidirectional characters', 'a\u200Bb\u202Ec\uFE0F\u{E0041}d\u0007', 'abcd'],
    ['emphasis and maths', '*a* _b_ __c__ ~c~ $d$', String.raw`\*a\* \_b\_ \_\_c\_\_ \~c\~ \$d\$`],
    ['a broken surrogate', 'x\uD800y', 'x\uFFFDy'],
  ])('disarms %s', (_, text, shown) => {
    expect(inlineText(text)).toBe(shown);
  });

  test.each([
    'f1_score >= 0.85 (binary)'.replace('>=', 'of'),
    '-0.5',
    '1.0.0',
    'cross_validation: 3/5, {a: 1}!',
    '精度 0.85',
  ])('leaves %j as it is', (text) => {
    expect(inlineText(text)).toBe(text);
  });

  test('cuts long text, never inside a character', () => {
    expect(inlineText('x'.repeat(400))).toBe(`${'x'.repeat(300)}...`);
    expect(inlineText('😀😀', 3)).toBe('😀...');
  });
});

const wild = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '@',
        '#',
        '|',
        '`',
        '\\',
        '<',
        '>',
        '!',
        '[',
        ']',
        '(',
        ')',
        '*',
        '_',
        '~',
        '$',
        '\n',
        '\r',
        '\t',
        '&',
        'http://',
        'www.',
        '-->',
        '<!--',
        '\u202E',
        '\u200B',
        '```',
        '~~~',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

/** Markdown with its escaped characters and entities taken out: what is left can act. */
function acting(markdown: string): string {
  return markdown.replaceAll(/\\[!-/:-@[-`{-~]/g, 'x').replaceAll(/&(?:#8203|#58|#46|amp);/g, '\u00B7');
}

describe('any foreign text', () => {
  test('has nothing that acts when it is inline', () => {
    fc.assert(
      fc.property(wild, (text) => {
        const left = acting(inlineText(text));
        expect(left).not.toMatch(/[\\`*[\]|~$<>\n\r\t]|&#?\w+;|#\d|^[-+=#](?!\d)|^\d+[.)](?: |$)/);
        expect(left).not.toMatch(/(?<![a-z\d])_|_(?![a-z\d])/i);
        expect(left).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(inlineText(text)).not.toMatch(/@(?!&#8203;)|:\/\/|\bwww\./i);
      }),
      { numRuns: 2000 },
    );
  });

  test('cannot leave inline code or its table cell', () => {
    fc.assert(
      fc.property(wild, (text) => {
        const shown = inlineCode(text);
        // Either one code span or escaped text: backticks, pipes and backslashes never stand in code.
        const left = /^`[^`|\\\n]+`$/.test(shown) ? '' : acting(shown);
        expect(left).not.toMatch(/[`|\\\n<>]/);
      }),
      { numRuns: 2000 },
    );
  });

  test('cannot close its code block', () => {
    fc.assert(
      fc.property(wild, (text) => {
        const lines = codeBlock(text).split('\n');
        const fence = lines.at(-1) ?? '';
        expect(fence).toMatch(/^`{3,}$/);
        expect(lines[0]).toBe(`${fence}text`);
        expect(lines.slice(1, -1).some((line) => line.includes(fence))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});

test('visibleText keeps lines and tabs', () => {
  expect(visibleText('a\tb\nc\u0000\u2028d')).toBe('a\tb\ncd');
});

test('inline code of nothing, and of what code cannot hold', () => {
  expect(inlineCode(' ')).toBe('');
  expect(inlineCode('a|b')).toBe(String.raw`a\|b`);
  expect(inlineCode('{"a":1}')).toBe('`{"a":1}`');
});
