import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commentMarker } from './comment-marker.js';
import { codeBlock, inlineCode, inlineText, visibleText } from './escape.js';

describe('inlineText', () => {
  test.each([
    ['a mention', '@org/everyone', '@&#8203;org/everyone'],
    ['an image', '![x](https://e.vil/p.png)', String.raw`\!\[x\]\(https&#58;//e.vil/p.png\)`],
    ['HTML', '<img src=x onerror=y>', '&lt;img src=x onerror=y&gt;'],
    ['an HTML comment', '<!-- dandori:x -->', String.raw`&lt;\!-- dandori:x --&gt;`],
    ['a heading', '### Approved by admin', '&#35;&#8203;&#35;&#8203;&#35;&#8203; Approved by admin'],
    ['a heading on a line of its own', 'x\n# y', 'x &#35;&#8203; y'],
    ['a table cell', 'a | b', String.raw`a \| b`],
    ['code', '`x`', String.raw`\`x\``],
    ['a script link', '[x](javascript:alert(1))', String.raw`\[x\]\(javascript:alert\(1\)\)`],
    ['a bare address', 'http://e.vil www.e.vil', 'http&#58;//e.vil www&#46;e.vil'],
    ['an entity', '&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['a reference', 'see #12', 'see &#35;&#8203;12'],
    ['a list', '- x', String.raw`\- x`],
    ['a numbered list', '1. x', String.raw`1\. x`],
    ['invisible and bidirectional characters', 'a\u200Bb\u202Ec\uFE0F\u{E0041}d\u0007', 'abcd'],
    ['emphasis and maths', '*a* _b_ ~c~ $d$', String.raw`\*a\* \_b\_ \~c\~ \$d\$`],
    ['a broken surrogate', 'x\uD800y', 'x\uFFFDy'],
  ])('disarms %s', (_, text, shown) => {
    expect(inlineText(text)).toBe(shown);
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
  return markdown.replaceAll(/\\[!-/:-@[-`{-~]/g, '').replaceAll(/&(?:#\d+|amp|lt|gt);/g, '');
}

describe('any foreign text', () => {
  test('has nothing that acts when it is inline', () => {
    fc.assert(
      fc.property(wild, (text) => {
        const left = acting(inlineText(text));
        expect(left).not.toMatch(/[\\`*_{}[\]()!|~$<>#&\n\r\t]/);
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
        const code = /^`([^`|\\\n]+)`$/.test(shown);
        if (!code) expect(acting(shown)).not.toMatch(/[`|\\\n<>]/);
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

test('a marker is one HTML comment whatever its key', () => {
  expect(commentMarker('train-1', 'status', 3)).toBe('<!-- dandori:train-1:status:3 -->');
  expect(commentMarker('train-1', 'x --> @y', 'a\nb')).toBe('<!-- dandori:train-1:x______y:a_b -->');
});
