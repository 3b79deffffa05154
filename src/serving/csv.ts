import { refusal } from './invocation.js';

const quote = 34;
const comma = 44;
const lineFeed = 10;
const carriageReturn = 13;

/**
 * Cells of a CSV text (RFC 4180: quotes doubled inside quotes, LF or CRLF; blank lines are skipped). An unclosed quote or
 * text after a closing quote is refused with its line.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const cell = text.charCodeAt(at) === quote ? quotedCell(text, at, line) : plainCell(text, at);
    row.push(cell.value);
    line += cell.lines;
    at = cell.end;
    if (text.charCodeAt(at) === comma) {
      at += 1;
      // A comma at the very end opens one more, empty cell.
      if (at === text.length) row.push('');
      continue;
    }
    if (text.charCodeAt(at) === carriageReturn) at += 1;
    if (text.charCodeAt(at) === lineFeed) at += 1;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    line += 1;
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

interface Cell {
  value: string;
  /** Index of the separator behind it. */
  end: number;
  /** Line feeds inside. */
  lines: number;
}

function plainCell(text: string, start: number): Cell {
  let end = start;
  while (end < text.length && !isSeparator(text.charCodeAt(end))) end += 1;
  return { value: text.slice(start, end), end, lines: 0 };
}

function quotedCell(text: string, start: number, line: number): Cell {
  let end = start + 1;
  let lines = 0;
  for (;;) {
    const code = text.charCodeAt(end);
    if (Number.isNaN(code)) {
      throw refusal(400, `The CSV body has a quoted cell without its closing quote, opened on line ${line}.`);
    }
    if (code === lineFeed) lines += 1;
    if (code === quote) {
      if (text.charCodeAt(end + 1) !== quote) break;
      end += 1;
    }
    end += 1;
  }
  const after = end + 1;
  if (after < text.length && !isSeparator(text.charCodeAt(after))) {
    throw refusal(400, `The CSV body has text behind a closing quote on line ${line + lines}.`, {
      found: JSON.stringify(text.slice(start, after + 10).slice(0, 60)),
      allowed: 'a comma or the end of the line',
    });
  }
  return { value: text.slice(start + 1, end).replaceAll('""', '"'), end: after, lines };
}

function isSeparator(code: number): boolean {
  return code === comma || code === lineFeed || code === carriageReturn;
}

/** One CSV line without its line feed; cells with separators or quotes are quoted. */
export function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
}
