import { stripVTControlCharacters } from 'node:util';

/** Characters that a terminal gives two columns: East Asian wide and full-width forms. */
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].reduce((width, character) => width + (wide.test(character) ? 2 : 1), 0);
}

/** Rows of cells in aligned columns; the first row is the heading. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const lines = rows.map((row) =>
    widths
      .map((width, column) => `${row[column] ?? ''}${' '.repeat(width - widthOf(row[column] ?? ''))}`)
      .join('  ')
      .trimEnd(),
  );
  const [heading, ...rest] = lines;
  return [heading ?? '', widths.map((width) => '-'.repeat(width)).join('  '), ...rest].join('\n');
}

/** `1 min 05 s`, `3.2 s`, `45 ms`. */
export function duration(ms: number | null): string {
  if (ms === null) return '';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60
    ? `${minutes} min ${String(Math.round((ms % 60_000) / 1000)).padStart(2, '0')} s`
    : `${(ms / 3_600_000).toFixed(1)} h`;
}
