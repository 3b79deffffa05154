import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellText, codeBlock, inlineCode, inlineText, linkText, visibleText } from './escape.js';

describe('inlineText', () => {
  test.each([
    ['a mention', '@org/everyone', '@&#8203;org/everyone'],
    ['an image', '![x](https://e.vil/p.png)', String.raw`!\[x](https&#58;//e.vil/p.png)`],
    ['HTML', '<img src=x onerror=y></a>', String.raw`\<img src=x onerror=y>\</a>`],
    ['an HTML comment', '<!-- dandori:x -->', String.raw`\<!-- dandori:x --\>`],
    ['a heading', '### Approved by admin', String.raw`\### Approved by admin`],
    ['a heading on a line of its own', 'x\n# y', 'x # y'],
    ['a table cell', 'a | b', String.raw`a \| b`],
    ['code', '`x`', '\\`x\\`'],
    ['a script link', '[x](javascript:alert(1))', String.raw`\[x](javascript:alert(1))`],
    ['a footnote and a task', '[^1] [x]', String.raw`\[^1] \[x]`],
    ['a bare address', 'http://e.vil www.e.vil', 'http&#58;//e.vil www&#46;e.vil'],
    ['an entity', '&lt;b&gt; &#64;me a & b', '&amp;lt;b&amp;gt; &amp;#&#8203;64;me a & b'],
    ['a reference', 'see #12, org/repo#7 and GH-3', 'see #&#8203;12, org/repo#&#8203;7 and GH-&#8203;3'],
    ['a list', '- x', String.raw`\- x`],
    ['an underline', '===', String.raw`\===`],
    ['a rule', '- - -', String.raw`\- - -`],
    ['a quotation', '> x', String.raw`\> x`],
    ['a numbered list', '1. x', String.raw`1\. x`],
    ['a backslash', String.raw`a\|b \<i> c:\temp`, String.raw`a\\\|b \\\<i> c:\temp`],
    ['invisible and bidirectional characters', 'a\u200Bb\u202Ec\uFE0F\u{E0041}d\u0007', 'abcd'],
    ['emphasis and maths', '*a* _b_ __c__ ~c~ $d$', String.raw`\*a\* \_b\_ \_\_c\_\_ \~c\~ \$d\$`],
    ['a broken surrogate', 'x\uD800y', 'x\uFFFDy'],
  ])('disarms %s', (_, text, shown) => {
    expect(inlineText(text)).toBe(shown);
  });

  test.each([
    'f1_score >= 0.85 (binary), mae <= 3, 2 < 3 -> less',
    '-0.5',
    '-> next',
    '1.0.0',
    'cross_validation: 3/5, {a: 1}! a@ b # c',
    'max_depth = 2 * 3 + 1 ^ 2',
    '精度_再現率 0.85',
  ])('leaves %j as it is', (text) => {
    expect(inlineText(text)).toBe(text);
  });

  test('cuts long text, never inside a character', () => {
    expect(inlineText('x'.repeat(400))).toBe(`${'x'.repeat(300)}...`);
    expect(inlineText('😀😀', 3)).toBe('😀...');
  });
});

test('cellText leaves alone what only the beginning of a line would make of it', () => {
  expect(['>= 0.6', '- x', '# x', '1. x'].map((text) => cellText(text))).toEqual(['>= 0.6', '- x', '# x', '1. x']);
});

test('linkText stays between its brackets', () => {
  expect(linkText('a](http://e.vil) [b')).toBe(String.raw`a\](http&#58;//e.vil) \[b`);
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
        'GH-1',
        '_',
        '#1',
        '- ',
        '=',
        'a',
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
  return markdown.replaceAll(/\\[!-/:-@[-`{-~]/g, '\u00B7').replaceAll(/&(?:#8203|#58|#46|amp);/g, '\u00B7');
}

/** What GitHub's Markdown makes something of, anywhere in a line. */
const live: Record<string, RegExp> = {
  'code, cells, strikes, maths': /[`|~$]/,
  'links, pictures, footnotes': /\[/,
  HTML: /<(?:[a-z/!?]|$)/i,
  emphasis: /(?<!\s)\*|\*(?!\s)|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u,
  escapes: /\\$/,
  entities: /&#?\w+;/,
  mentions: /@[\p{L}\p{N}_-]/u,
  references: /#\d|(?<![a-z\d])GH-\d/i,
  addresses: /:\/\/|(?<![a-z\d])www\./i,
  'what is not seen': /[\p{Cc}\p{Cf}\n\r\t]/u,
};
const liveAtStart = /^(?:[-+*](?:\s|$)|#{1,6}(?:\s|$)|>|\d+[.)](?:\s|$)|[-=:\s]+$)/;

function expectDead(markdown: string): void {
  const left = acting(markdown);
  for (const [what, pattern] of Object.entries(live))
    expect({ what, left }).toEqual({ what, left: expect.not.stringMatching(pattern) });
}

describe('any foreign text', () => {
  test('has nothing that acts when it is inline', () => {
    fc.assert(
      fc.property(wild, (text) => {
        expectDead(inlineText(text));
        expectDead(cellText(text));
        expectDead(linkText(text));
        expect(acting(linkText(text))).not.toContain(']');
        if (inlineText(text) !== '') expect(acting(inlineText(text))).not.toMatch(liveAtStart);
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
        expect(left).not.toMatch(/[`|\n]|\\$/);
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
