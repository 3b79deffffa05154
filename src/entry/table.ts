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

/** Rows of cells in aligned columns; the first row is the heading. Cells are broken into lines where the table is wider than `width` columns. */
export function renderTable(rows: readonly (readonly string[])[], width: number = Number.POSITIVE_INFINITY): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const natural = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const widths = shrink(natural, width);
  const lines = rows.map((row) => {
    const cells = widths.map((room, column) => wrapLine(row[column] ?? '', room));
    const height = Math.max(0, ...cells.map((cell) => cell.length));
    return Array.from({ length: height }, (_, index) =>
      cells
        .map((cell, column) => padded(cell[index] ?? '', widths[column] ?? 0))
        .join(' '.repeat(gap))
        .trimEnd(),
    ).join('\n');
  });
  const [heading, ...rest] = lines;
  return [
    heading ?? '',
    widths
      .map((room) => '-'.repeat(room))
      .join(' '.repeat(gap))
      .trimEnd(),
    ...rest,
  ].join('\n');
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
