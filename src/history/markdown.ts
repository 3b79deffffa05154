/** Control, zero-width and bidirectional characters, which hide or reorder text; white space became blanks before. */
const invisible = /[\p{Cc}\p{Cf}]/gu;

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(invisible, '').trim();
}

/** Foreign text as plain text on one line of Markdown: no HTML, image, link, mention, table break or heading comes out of it. */
export function cell(text: string, maxLength = 500): string {
  const line = oneLine(text);
  const short = line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
  return short
    .replaceAll(/[\\`*_{}[\]()#+!|~^$]/g, (character) => `\\${character}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '@\u200b')
    .replace(/^([-=])/, '\\$1')
    .replaceAll('://', ':\u200b//');
}

/** Foreign text as inline code: nothing in it is Markdown. */
export function code(text: string, maxLength = 200): string {
  const line = oneLine(text).slice(0, maxLength).replaceAll('`', "'").replaceAll('|', '\\|');
  return line === '' ? '-' : `\`${line}\``;
}

/** A figure for people: four significant decimals below 1,000, `-` for what could not be computed. */
export function number(value: number | null, options: { signed?: boolean } = {}): string {
  if (value === null || !Number.isFinite(value)) return '-';
  const rounded = Math.abs(value) >= 1000 ? Math.round(value * 100) / 100 : Number(value.toPrecision(4));
  return options.signed === true && rounded > 0 ? `+${rounded}` : String(rounded);
}
