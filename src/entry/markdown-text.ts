import { styleText } from 'node:util';
import { commentMessages } from '../messages/comments.js';
import { renderTable } from './table.js';
import { wrapLine } from './text-width.js';

/** Styles word by word, so that a line can be broken at any blank. */
function styled(style: 'bold' | 'cyan' | 'dim', text: string): string {
  return text
    .split(' ')
    .map((word) => (word === '' ? '' : styleText(style, word)))
    .join(' ');
}

function unescaped(text: string): string {
  return text
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll(/&#(\d{1,6});/g, (whole, code: string) => {
      const point = Number(code);
      // U+200B only keeps the tracker from seeing a name or a link.
      if (point === 0x200b) return '';
      return point > 31 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    })
    .replaceAll('&amp;', '&');
}

function prose(text: string): string {
  return unescaped(
    text
      .replaceAll(/(?<!\\)\*\*(.+?)(?<!\\)\*\*/g, (_, inner: string) => styled('bold', inner))
      .replaceAll(/!?\[([^\]]+)\]\(([^)]+)\)/g, '$1 ($2)')
      .replaceAll(/<\/?(?:details|summary|br|sub|b|code)\s*\/?>/g, ''),
  );
}

/** Code as it stands, everything else without its marks. */
function inline(text: string): string {
  return text
    .split(/((?<!\\)`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? styled('cyan', part.slice(1, -1)) : prose(part)))
    .join('');
}

/** Bold around code is bold around the parts: `**To start: \`/approve\`.**` */
function withoutMixedBold(line: string): string {
  return line.replaceAll(/\*\*([^*]*`[^*]*)\*\*/g, '$1');
}

const cells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => inline(cell.trim()));

/** A fence ends a block that began with as many backticks or fewer: a block may hold one with a shorter fence. */
function closes(line: string, opening: string): boolean {
  const [backticks = ''] = /^`+/.exec(opening) ?? [];
  return line.startsWith(backticks) && /^`+\s*$/.test(line);
}

/** Markdown as Dandori writes it, for a terminal of `width` columns: headings, lists, tables, bold, code; diagrams and hidden marks are left out. */
export function renderMarkdown(markdown: string, width: number = Number.POSITIVE_INFINITY): string {
  const lines: string[] = [];
  let table: string[][] = [];
  let fence: string | null = null;
  const flush = () => {
    if (table.length > 0) lines.push(renderTable(table, width));
    table = [];
  };
  for (const line of markdown.replaceAll(/<!--[\s\S]*?-->\n?/g, '').split('\n')) {
    if (fence !== null) {
      if (closes(line, fence)) fence = null;
      else if (fence !== '```mermaid') lines.push(`    ${line}`);
    } else if (/^\s*\|/.test(line)) {
      if (!/^\s*\|[\s:|-]+\|\s*$/.test(line)) table.push(cells(line));
    } else {
      flush();
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      if (line.startsWith('```')) fence = line.trim();
      else if (heading === null) lines.push(...wrapLine(inline(withoutMixedBold(line)), width));
      else lines.push(...wrapLine(styled('bold', inline(heading[1] ?? '')), width));
    }
  }
  flush();
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd();
}

/** A comment without the hidden marks by which Dandori finds its own again. */
export function withoutMarks(markdown: string): string {
  return markdown.replaceAll(/<!--[\s\S]*?-->\n?/g, '').trim();
}

/** Markdown without what a tracker shows only to who opens it: of each folded block its title stays. */
export function withoutFolded(markdown: string): string {
  const lines: string[] = [];
  let depth = 0;
  for (const line of markdown.split('\n')) {
    const [, title] = /^<details><summary>(.*)<\/summary>$/.exec(line) ?? [];
    if (title !== undefined && depth === 0) lines.push(`▸ ${title}`);
    if (title !== undefined) depth += 1;
    else if (line === '</details>' && depth > 0) depth -= 1;
    else if (depth === 0) lines.push(line);
  }
  return lines.join('\n');
}

/** A proposal without the lines about what is not there yet: their fields in one line per phase. */
export function withoutPlanned(markdown: string): string {
  const language = markdown.includes(commentMessages.ja.proposal.title) ? 'ja' : 'en';
  const { plannedItems } = commentMessages[language].proposal;
  const lines: string[] = [];
  // Where the line of this phase stands, once it has one.
  let at: number | null = null;
  for (const line of markdown.split('\n')) {
    const [, lead, field] = /^(\s*- ➖ )(`[^`]+`): /u.exec(line) ?? [];
    if (/^\d+\. /.test(line)) at = null;
    if (lead === undefined || field === undefined) lines.push(line);
    else if (at === null) at = lines.push(`${lead}${plannedItems}: ${field}`) - 1;
    else lines[at] += `, ${field}`;
  }
  return lines.join('\n');
}
