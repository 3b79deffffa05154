import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { commentMessages } from '../messages/comments.js';
import { renderMarkdown, withoutFolded, withoutMarks, withoutPlanned } from './markdown-text.js';
import { widthOf } from './text-width.js';

const plain = (markdown: string, width?: number) => stripVTControlCharacters(renderMarkdown(markdown, width));

describe('renderMarkdown', () => {
  it.each([
    ['a heading', '## Result', 'Result'],
    ['bold and code', '**Plan** `7e50`', 'Plan 7e50'],
    ['bold around code', '**To start: `/approve`.**', 'To start: /approve.'],
    ['escapes', 'f1\\_score \\(limit 20 %\\) 1\\.0.0', 'f1_score (limit 20 %) 1.0.0'],
    ['entities', '&lt;b&gt; &amp; @&#8203;someone &#42;', '<b> & @someone *'],
    ['an entity that is no character', '&#7;x', '&#7;x'],
    ['a link', '[report](https://example.org/r)', 'report (https://example.org/r)'],
    ['a picture', '![ROC](roc.png)', 'ROC (roc.png)'],
    ['hidden marks', '<!-- dandori:x/status -->\nText', 'Text'],
    ['folding', '<details><summary>More</summary>\n\ninside\n\n</details>', 'More\n\ninside'],
    ['code in a title', '<summary>The plan <code>83c2</code></summary>', 'The plan 83c2'],
    ['stars in code', '`a**b**c`', 'a**b**c'],
    ['escaped stars', '\\*\\*not bold\\*\\*', '**not bold**'],
    ['a block of code', '```yaml\na: 1\n| b |\n```', '    a: 1\n    | b |'],
    [
      'a block within a block',
      '````text\n/retry\n```yaml\na: 1\n```\n````\nb',
      '    /retry\n    ```yaml\n    a: 1\n    ```\nb',
    ],
    ['a diagram is left out', 'a\n\n```mermaid\nflowchart LR\n```\n\nb', 'a\n\nb'],
    ['empty lines', 'a\n\n\n\nb', 'a\n\nb'],
  ])('shows %s', (_what, markdown, text) => {
    expect(plain(markdown)).toBe(text);
  });

  it('aligns tables and keeps escaped bars', () => {
    expect(plain('| Field | Found |\n| --- | :-: |\n| `a` | x\\|y |\nafter')).toBe(
      'Field  Found\n-----  -----\na      x|y\nafter',
    );
  });

  it('keeps to the width of the terminal', () => {
    const text = `- ${'word '.repeat(40)}\n\n| a | b |\n| --- | --- |\n| x | ${'cell '.repeat(40)} |\n\n## ${'head '.repeat(30)}`;
    expect(Math.max(...plain(text, 60).split('\n').map(widthOf))).toBeLessThanOrEqual(60);
  });
});

describe('withoutMarks', () => {
  it('takes hidden marks away', () => {
    expect(withoutMarks('<!-- dandori:x -->\nText <!-- more\nlines -->here ')).toBe('Text here');
  });
});

describe('withoutFolded', () => {
  it('leaves the title of each folded block, also of one with another in it', () => {
    const fold = (title: string, inside: string) => `<details><summary>${title}</summary>\n\n${inside}\n\n</details>`;
    const markdown = `before\n\n${fold('old', `text\n\n${fold('older', 'more')}\n\nrest`)}\n\nafter\n\n${fold('end', 'x')}`;
    expect(withoutFolded(markdown)).toBe('before\n\n▸ old\n\nafter\n\n▸ end');
  });
});

describe('withoutPlanned', () => {
  it.each([
    ['en', 'not yet, planned: `hpo_method`, `max_trials`'],
    ['ja', '予定（未対応）: `hpo_method`, `max_trials`'],
  ] as const)('names what is not there yet in one line per phase: %s', (language, told) => {
    const { title } = commentMessages[language].proposal;
    const markdown = [
      `## ${title}`,
      '2. **Phase 2**',
      '   - ✅ `cv_folds`: `5` · usual (from the default)',
      '   - ➖ `hpo_method`: `disabled` · Not yet, planned: a search. (from the default)',
      '   - ✅ `resource_type`: `cpu` · enough (from the default)',
      '   - ➖ `max_trials`: `0` · There is no search. (from the default)',
      '3. **Phase 3**',
      '   - ➖ `x`: `y` · Not yet, planned. (from the default)',
    ].join('\n');
    expect(withoutPlanned(markdown).split('\n').slice(2)).toEqual([
      '   - ✅ `cv_folds`: `5` · usual (from the default)',
      `   - ➖ ${told}`,
      '   - ✅ `resource_type`: `cpu` · enough (from the default)',
      '3. **Phase 3**',
      expect.stringMatching(/^ {3}- ➖ .+: `x`$/),
    ]);
  });
});
