/** Characters that are not seen: controls, zero-width, bidirectional, tags, variation selectors, private use. */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Text without what cannot be seen; tabs and line feeds stay. */
export function visibleText(text: string): string {
  return text
    .replaceAll(loneSurrogate, '\uFFFD')
    .replaceAll(invisible, (character) => (character === '\n' || character === '\t' ? character : ''));
}

/** Text on one line, without what cannot be seen. */
export function oneLine(text: string): string {
  return visibleText(text).replaceAll(/\s+/g, ' ').trim();
}

function shortLine(text: string, maxLength: number): string {
  const flat = oneLine(text);
  return flat.length > maxLength ? `${flat.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '')}...` : flat;
}

/**
 * Foreign text within a line of Markdown, e.g. in a table cell: shows as it is, and makes no mention, link, image, HTML, emphasis,
 * maths, code or cell of its own; references to issues and bare addresses are broken up too. What Markdown would not interpret
 * at its place stays as it is: a `_` within a word, a `*` between blanks, a `<` before a number.
 */
export function cellText(text: string, maxLength = 300): string {
  return (
    shortLine(text, maxLength)
      .replaceAll(/&(?=#?\w+;)/g, '&amp;')
      .replaceAll(/\\(?=[!-/:-@[-`{-~]|$)|[`[|~$]|<(?=[a-z/!?]|$)|(?<=--)>/gi, String.raw`\$&`)
      .replaceAll(/(?<!\s)\*|\*(?!\s)|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, String.raw`\$&`)
      // A zero-width space as an entity: mentions and references are looked for in the rendered text, not in the source.
      .replaceAll(/@(?=[\p{L}\p{N}_-]|$)|#(?=\d)|(?<![a-z\d])GH-(?=\d)/giu, '$&&#8203;')
      .replaceAll(/:(?=\/\/)/g, '&#58;')
      .replaceAll(/(?<=(?<![a-z\d])www)\./gi, '&#46;')
  );
}

/** Foreign text that may stand at the beginning of a line: no heading, list, quote or rule comes out of it either. */
export function inlineText(text: string, maxLength = 300): string {
  return cellText(text, maxLength)
    .replace(/^(?:[-+](?=\s|$)|[-=:][-=:\s]*$|#{1,6}(?=\s|$)|>)/, String.raw`\$&`)
    .replace(/^(\d+)([.)])(?= |$)/, String.raw`$1\$2`);
}

/** Foreign text between the brackets of a link or picture. */
export function linkText(text: string, maxLength = 300): string {
  return cellText(text, maxLength).replaceAll(']', String.raw`\]`);
}

/** Foreign text as inline code; what code cannot hold safely (backticks, pipes, backslashes) is shown as escaped text. */
export function inlineCode(text: string, maxLength = 300): string {
  const flat = shortLine(text, maxLength);
  return flat === '' || /[`|\\]/.test(flat) ? inlineText(flat, maxLength + 3) : `\`${flat}\``;
}

/** Foreign text of several lines as a code block whose fence the text cannot close. */
export function codeBlock(text: string, info = 'text'): string {
  const safe = visibleText(text.replaceAll(/\r\n?/g, '\n'));
  const longest = Math.max(2, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${info}\n${safe}\n${fence}`;
}
