/** One line of a Markdown text. */
export interface Line {
  text: string;
  /** From 1. */
  number: number;
  /** True inside a code block, fences included. */
  fenced: boolean;
}

/** A fenced code block, its content without the indentation of its fence. */
export interface CodeBlock {
  /** First word after the fence, in lower case; empty when there is none. */
  language: string;
  text: string;
  /** Line of the first content line, from 1. */
  firstLine: number;
  /** Line of the opening fence. */
  fenceLine: number;
}

/** The opening fence of a line; the rest of a line of backticks may hold none. */
function openingOf(line: string): { fence: string; indent: number; language: string } | null {
  const [, indent = '', fence] = /^( {0,3})(`{3,}|~{3,})/.exec(line) ?? [];
  if (fence === undefined) return null;
  const info = line.slice(indent.length + fence.length).trim();
  if (fence.startsWith('`') && info.includes('`')) return null;
  return { fence, indent: indent.length, language: (info.split(/\s/, 1)[0] ?? '').toLowerCase() };
}

/** Splits a Markdown text (with `\n` line ends) into lines and code blocks, as CommonMark does; an open block ends with the text. */
export function readMarkdown(text: string): { lines: Line[]; blocks: CodeBlock[] } {
  const lines: Line[] = [];
  const blocks: CodeBlock[] = [];
  let open: { fence: string; indent: number; block: CodeBlock; content: string[] } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const number = index + 1;
    if (open === null) {
      const found = openingOf(line);
      lines.push({ text: line, number, fenced: found !== null });
      if (found === null) continue;
      const block = { language: found.language, text: '', firstLine: number + 1, fenceLine: number };
      open = { fence: found.fence, indent: found.indent, block, content: [] };
      continue;
    }
    lines.push({ text: line, number, fenced: true });
    const closing = /^ {0,3}(`+|~+)\s*$/.exec(line)?.[1] ?? '';
    if (closing.startsWith(open.fence)) {
      blocks.push({ ...open.block, text: open.content.join('\n') });
      open = null;
    } else {
      open.content.push(line.replace(new RegExp(`^ {0,${open.indent}}`), ''));
    }
  }
  if (open !== null) blocks.push({ ...open.block, text: open.content.join('\n') });
  return { lines, blocks };
}

/** The text of an answer: what is in its code block when it is one (forms render YAML answers so), else all of it. */
export function unfenced(lines: readonly Line[]): { text: string; firstLine: number } {
  const text = lines.map((line) => line.text).join('\n');
  const start = lines[0]?.number ?? 1;
  const [block, second] = readMarkdown(text).blocks;
  if (block !== undefined && second === undefined) return { text: block.text, firstLine: start + block.firstLine - 1 };
  const blank = /^\s*\n/.exec(text)?.[0].split('\n').length ?? 1;
  return { text: text.replace(/^(?:[ \t]*\n)+/, ''), firstLine: start + blank - 1 };
}

/** The blocks that may hold a request: those marked yaml or json, or, when none is marked, those without a mark. */
export function requestBlocks(blocks: readonly CodeBlock[]): CodeBlock[] {
  const marked = blocks.filter((block) => ['yaml', 'yml', 'json'].includes(block.language));
  return marked.length > 0 ? marked : blocks.filter((block) => block.language === '');
}
