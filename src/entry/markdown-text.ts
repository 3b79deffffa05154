import { styleText } from 'node:util';
import { renderTable } from './table.js';

function inline(text: string): string {
  return text
    .replaceAll(/\*\*(.+?)\*\*/g, (_, inner: string) => styleText('bold', inner))
    .replaceAll(/`([^`]+)`/g, (_, inner: string) => styleText('cyan', inner))
    .replaceAll(/\[([^\]]+)\]\(([^)]+)\)/g, '$1 ($2)')
    .replaceAll(/<\/?(?:details|summary|br|sub|b)\s*\/?>/g, '')
    .replaceAll(/\\([\\`*_{}[\]()#+\-.!|<>@])/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

const cells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inline(cell.trim()));

/** Markdown as Dandori writes it, for a terminal: headings, tables, bold, code; diagrams are left to the browser. */
export function renderMarkdown(markdown: string): string {
  const lines: string[] = [];
  let table: string[][] = [];
  let diagram = false;
  const flush = () => {
    if (table.length > 0) lines.push(renderTable(table));
    table = [];
  };
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```mermaid')) diagram = true;
    else if (diagram) {
      if (line.startsWith('```')) diagram = false;
    } else if (/^\s*\|/.test(line)) {
      if (!/^\s*\|[\s:|-]+\|\s*$/.test(line)) table.push(cells(line));
    } else {
      flush();
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      lines.push(heading === null ? inline(line) : styleText(['bold', 'underline'], inline(heading[1] ?? '')));
    }
  }
  flush();
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
