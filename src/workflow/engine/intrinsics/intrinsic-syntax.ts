import { parsePath, PathSyntaxError } from '../paths/path-syntax.js';

/** An argument of an intrinsic function. */
export type IntrinsicArgument =
  | { kind: 'string'; value: string }
  | { kind: 'value'; value: number | boolean | null }
  | { kind: 'path'; path: string }
  | { kind: 'call'; call: IntrinsicCall };

/** A parsed `States.Name(...)`. Strings keep their backslashes: States.Format gives `\{` a meaning of its own. */
export interface IntrinsicCall {
  name: string;
  arguments: IntrinsicArgument[];
}

class CallReader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  match(pattern: RegExp): string | null {
    const sticky = new RegExp(pattern.source, 'yu');
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  fail(what: string): never {
    throw new PathSyntaxError(`${what} at character ${this.at + 1} of "${this.text}"`);
  }

  /** A path argument: up to the comma or parenthesis that is outside quotes and brackets. */
  path(): string {
    const from = this.at;
    const open: string[] = [];
    for (; this.at < this.text.length; this.at += 1) {
      const char = this.text.charAt(this.at);
      const quote = open.at(-1);
      if (quote === "'" || quote === '"') {
        if (char === '\\') this.at += 1;
        else if (char === quote) open.pop();
      } else if ((char === "'" || char === '"') && open.length > 0) open.push(char);
      else if (char === '[' || char === '(') open.push(char);
      else if (char === ']') open.pop();
      else if (char === ')' && open.length > 0) open.pop();
      else if (open.length === 0 && (char === ',' || char === ')' || /\s/.test(char))) break;
    }
    const text = this.text.slice(from, this.at);
    parsePath(text);
    return text;
  }
}

function parseString(reader: CallReader): string {
  const body = reader.match(/'(?:[^'\\]|\\['{}\\nrt])*'/);
  if (body === null) reader.fail("a string must be 'quoted'; the escapes are \\' \\{ \\} \\\\");
  return body.slice(1, -1);
}

function parseArgument(reader: CallReader, depth: number): IntrinsicArgument {
  reader.match(/\s+/);
  const next = reader.text.charAt(reader.at);
  if (next === "'") return { kind: 'string', value: parseString(reader) };
  if (next === '$') return { kind: 'path', path: reader.path() };
  if (next === 'S') return { kind: 'call', call: parseCall(reader, depth + 1) };
  const word = reader.match(/true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/);
  if (word === null) reader.fail('expected a string, a number, true, false, null, a path or an intrinsic function');
  const value: unknown = JSON.parse(word);
  return { kind: 'value', value: typeof value === 'number' || typeof value === 'boolean' ? value : null };
}

function parseCall(reader: CallReader, depth: number): IntrinsicCall {
  // Step Functions allows ten levels.
  if (depth > 10) reader.fail('intrinsic functions may be nested ten deep');
  const name = reader.match(/States\.[A-Za-z0-9]+/);
  if (name === null) reader.fail('expected States.FunctionName(');
  if (reader.match(/\s*\(\s*/) === null) reader.fail('expected "("');
  const found: IntrinsicArgument[] = [];
  while (reader.match(/\s*\)/) === null) {
    if (found.length > 0 && reader.match(/\s*,\s*/) === null) reader.fail('expected "," or ")"');
    found.push(parseArgument(reader, depth));
  }
  return { name, arguments: found };
}

const parsed = new Map<string, IntrinsicCall>();

/** True for a string that calls an intrinsic function. */
export function isIntrinsic(text: string): boolean {
  return text.startsWith('States.');
}

/** Parses `States.Name(arg, ...)`; throws PathSyntaxError. */
export function parseIntrinsic(text: string): IntrinsicCall {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const reader = new CallReader(text);
  const call = parseCall(reader, 1);
  if (reader.match(/\s*/) !== null && reader.at < text.length) reader.fail('unexpected text');
  if (parsed.size > 5000) parsed.clear();
  parsed.set(text, call);
  return call;
}
