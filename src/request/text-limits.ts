/** Limits that foreign text meets before any parser sees it. */
export const textLimits = {
  bytes: 64 * 1024,
  depth: 32,
  /** `[` and `{` in one YAML text, wherever they stand: a second wall, `yaml` survives 300 nested ones. */
  brackets: 256,
  /** Commas and lines in one YAML text: `yaml` compares the keys of a map pairwise. */
  entries: 4000,
} as const;

/** Which limit was met; `found` and `allowed` are counts of the limit's own unit, `line` counts from 1. */
export interface LimitProblem {
  limit: 'bytes' | 'depth' | 'brackets' | 'entries' | 'control_character';
  found: number;
  allowed: number;
  line: number | null;
}

/** Text with `\n` line ends and without a byte order mark. */
export function normaliseLines(text: string): string {
  return text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
}

/** Size of a whole body; the first thing that is looked at. */
export function checkSize(text: string): LimitProblem | null {
  const found = Buffer.byteLength(text, 'utf8');
  return found <= textLimits.bytes ? null : { limit: 'bytes', found, allowed: textLimits.bytes, line: null };
}

// Terminal escapes and NUL have no place in a request; tab and line feed do.
// oxlint-disable-next-line no-control-regex
const controlCharacter = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/;

interface OpenColumn {
  column: number;
  /** Most indicators seen on a line that starts with `-`, and on a line that does not: a sequence may sit in the column of its key. */
  sequence: number;
  mapping: number;
}

const indicators = /[-?:](?=[ \t]|$)/g;

function blockDepth(stack: OpenColumn[], line: string): number {
  const column = line.length - line.trimStart().length;
  while ((stack.at(-1)?.column ?? -1) > column) stack.pop();
  let top = stack.at(-1);
  if (top?.column !== column) {
    top = { column, sequence: 0, mapping: 0 };
    stack.push(top);
  }
  const count = line.match(indicators)?.length ?? 0;
  if (/^\s*-/.test(line)) top.sequence = Math.max(top.sequence, count);
  else top.mapping = Math.max(top.mapping, count);
  return stack.reduce((sum, open) => sum + open.sequence + open.mapping, 0);
}

const flowToken = /"(?:\\.|[^"\\])*(?:"|\\?$)|'(?:''|[^'])*(?:'|$)|[[\]{}]|#.*$/g;

/** Open brackets after the line; quoted text and comments are left out. */
function flowDepth(before: number, line: string): { after: number; deepest: number } {
  let [after, deepest] = [before, before];
  for (const [token] of line.matchAll(flowToken)) {
    if (token === '[' || token === '{') after += 1;
    else if (token === ']' || token === '}') after = Math.max(0, after - 1);
    deepest = Math.max(deepest, after);
  }
  return { after, deepest };
}

/**
 * Nesting of a YAML or JSON text, counted on the raw text: `yaml` recurses once a level and dies of it. Exact for well-formed
 * text, a little high for prose; what malformed text could hide from it, `readYaml` stops while the syntax tree grows.
 */
export function nestingDepth(text: string): { depth: number; line: number } {
  const stack: OpenColumn[] = [];
  let worst = { depth: 0, line: 1 };
  let [open, deepestBlock] = [0, 0];
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const flow = flowDepth(open, line);
    const block = open > 0 ? deepestBlock : blockDepth(stack, line);
    const depth = block + flow.deepest;
    open = flow.after;
    deepestBlock = block;
    if (depth > worst.depth) worst = { depth, line: index + 1 };
  }
  return worst;
}

/** The limits of one YAML or JSON text, to be called before it is parsed; null when it may be. */
export function checkStructure(text: string): LimitProblem | null {
  const size = checkSize(text);
  if (size !== null) return size;
  const control = controlCharacter.exec(text);
  if (control !== null) {
    const line = text.slice(0, control.index).split('\n').length;
    return { limit: 'control_character', found: control[0].charCodeAt(0), allowed: 0, line };
  }
  const brackets = text.match(/[[{]/g)?.length ?? 0;
  if (brackets > textLimits.brackets) {
    return { limit: 'brackets', found: brackets, allowed: textLimits.brackets, line: null };
  }
  const entries = text.match(/[\n,]/g)?.length ?? 0;
  if (entries > textLimits.entries)
    return { limit: 'entries', found: entries, allowed: textLimits.entries, line: null };
  const { depth, line } = nestingDepth(text);
  return depth > textLimits.depth ? { limit: 'depth', found: depth, allowed: textLimits.depth, line } : null;
}
