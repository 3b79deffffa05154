import { oneLine, visibleText } from '../../request/escape.js';

function cut(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 3).replace(/[\uD800-\uDBFF]$/, '')}...` : text;
}

/** Text on one line, without what cannot be seen, at most so many characters. */
export function shortLine(text: string, maxLength: number): string {
  return cut(oneLine(text), maxLength);
}

/** Text of several lines, without what cannot be seen, at most so many characters. */
export function severalLines(text: string, maxLength: number): string {
  return cut(visibleText(text.replaceAll(/\r\n?/g, '\n')).trim(), maxLength);
}

/** An address that a reader may click: http or https and nothing else; null for every other. */
export function webAddress(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, href, username } = new URL(url);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && href.length <= 2000 ? href : null;
}
