/** Foreign text for one place in Markdown (a table cell, a list item): no markup, no mention, no link, no line break gets through. */
export function escapeMarkdown(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  const entity = (mark: string) => `&#${mark.charCodeAt(0)};`;
  return (
    plain
      .replaceAll('&', '&amp;')
      .replaceAll(/[\\`*_{}[\]<>#!|~@]/g, entity)
      // What GitHub makes a link of by itself.
      .replaceAll(/:(?=\/\/)/g, entity)
      .replaceAll(/(?<=www)\./gi, entity)
      .trim()
  );
}

/** A Markdown table, columns of figures to the right; cells are taken as they are. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, column) =>
    rows.every((row) => /^[-\d.,e+]+$/.test(row[column] ?? '')) ? '---:' : '---',
  );
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

/** A figure for people: four significant decimals below 1,000, thousands separated above; null is a dash. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 5e-5)) return value.toExponential(3);
  const digits = Math.abs(value) >= 1000 ? 1 : 4;
  return value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: digits });
}
