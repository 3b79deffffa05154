import { widthOf, wrapLine } from './text-width.js';

const gap = 2;
const narrowest = 8;

/** Takes from the widest column until all fit. */
function shrink(widths: readonly number[], width: number): number[] {
  const fitted = [...widths];
  const total = () => fitted.reduce((sum, one) => sum + one, 0) + gap * (fitted.length - 1);
  while (total() > width) {
    const widest = Math.max(...fitted);
    if (widest <= narrowest) break;
    fitted[fitted.indexOf(widest)] = widest - 1;
  }
  return fitted;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The widest cell of each column. */
function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  }
  return widths;
}

/** One line of the terminal: a text for each column. */
function lineOf(texts: readonly string[], widths: readonly number[]): string {
  return widths
    .map((room, column) => padded(texts[column] ?? '', room))
    .join(' '.repeat(gap))
    .trimEnd();
}

/** Rows of cells in aligned columns; the first row is the heading. Cells are broken into lines where the table is wider than `width` columns. */
export function renderTable(rows: readonly (readonly string[])[], width: number = Number.POSITIVE_INFINITY): string {
  const natural = columnWidths(rows);
  const widths = shrink(natural, width);
  const whole = widths.every((room, column) => room === natural[column]);
  const lines = rows.map((row) => {
    if (whole) return lineOf(row, widths);
    const cells = widths.map((room, column) => wrapLine(row[column] ?? '', room));
    const height = Math.max(0, ...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, index) => {
      const texts = cells.map((cell) => cell[index] ?? '');
      return lineOf(texts, widths);
    }).join('\n');
  });
  const [heading, ...rest] = lines;
  const rule = widths.map((room) => '-'.repeat(room)).join(' '.repeat(gap));
  return [heading ?? '', rule, ...rest].join('\n');
}

/** `1 min 05 s`, `3.2 s`, `45 ms`. */
export function duration(ms: number | null): string {
  if (ms === null) return '';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  // What rounds to 60.0 is told as a minute.
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
    : `${(ms / 3_600_000).toFixed(1)} h`;
}

/** `2026-11-21 10:59` in the zone of this machine. */
export function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
