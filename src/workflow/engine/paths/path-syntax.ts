import { filterParser, type FilterExpression } from './filter-syntax.js';

/** One step of a JSONPath. */
export type PathToken =
  | { kind: 'property'; names: string[] }
  | { kind: 'index'; indexes: number[] }
  | { kind: 'slice'; from: number | null; to: number | null; step: number }
  | { kind: 'wildcard' }
  | { kind: 'deep'; next: PathToken }
  | { kind: 'filter'; expression: FilterExpression }
  | { kind: 'function'; name: string };

/** A parsed path: `root` is `$` (input), `$$` (context object), `@` (the item in a filter) or the name of a variable. */
export interface JsonPath {
  text: string;
  root: string;
  tokens: PathToken[];
  /** A definite path names at most one value. */
  definite: boolean;
  /** A reference path holds only names and single indexes: what ResultPath allows. */
  reference: boolean;
}

/** The text is not a JSONPath. */
export class PathSyntaxError extends Error {}

const functionNames = ['length', 'min', 'max', 'avg', 'sum', 'stddev', 'keys', 'first', 'last'];

/** Reads characters; shared by the path and the filter grammar. */
export class PathReader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  peek(): string {
    return this.text.charAt(this.at);
  }

  startsWith(word: string): boolean {
    return this.text.startsWith(word, this.at);
  }

  take(word: string): boolean {
    if (!this.startsWith(word)) return false;
    this.at += word.length;
    return true;
  }

  expect(word: string): void {
    if (!this.take(word)) this.fail(`expected "${word}"`);
  }

  skipSpaces(): void {
    while (/\s/.test(this.peek())) this.at += 1;
  }

  match(pattern: RegExp): string | null {
    const sticky = new RegExp(pattern.source, 'yu');
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  quoted(): string {
    const quote = this.peek();
    let value = '';
    for (this.at += 1; this.peek() !== quote; this.at += 1) {
      if (this.at >= this.text.length) this.fail('a quote is not closed');
      // Only the quote and the backslash itself can be escaped; any other backslash is a character of the name.
      const next = this.text.charAt(this.at + 1);
      if (this.peek() === '\\' && (next === quote || next === '\\')) this.at += 1;
      value += this.peek();
    }
    this.at += 1;
    return value;
  }

  fail(what: string): never {
    throw new PathSyntaxError(`${what} at character ${this.at + 1} of "${this.text}"`);
  }
}

function parseInside(reader: PathReader): PathToken {
  reader.skipSpaces();
  if (reader.take('?')) {
    return { kind: 'filter', expression: filterParser(reader, parseTail) };
  }
  if (reader.take('*')) return { kind: 'wildcard' };
  if (reader.peek() === "'" || reader.peek() === '"') {
    const names = [reader.quoted()];
    for (reader.skipSpaces(); reader.take(','); reader.skipSpaces()) {
      reader.skipSpaces();
      names.push(reader.quoted());
    }
    return { kind: 'property', names };
  }
  const slice = reader.match(/-?\d*\s*:\s*-?\d*(?:\s*:\s*-?\d+)?/);
  if (slice !== null) {
    const [from, to, step] = slice.split(':').map((part) => (part.trim() === '' ? null : Number(part)));
    if (step === 0) reader.fail('a slice step cannot be 0');
    return { kind: 'slice', from: from ?? null, to: to ?? null, step: step ?? 1 };
  }
  const indexes = reader.match(/-?\d+(?:\s*,\s*-?\d+)*/);
  if (indexes === null) reader.fail('expected a name in quotes, an index, "*", a slice or a filter');
  return { kind: 'index', indexes: indexes.split(',').map(Number) };
}

function parseBracket(reader: PathReader): PathToken {
  const token = parseInside(reader);
  reader.skipSpaces();
  reader.expect(']');
  return token;
}

function parseName(reader: PathReader): PathToken {
  if (reader.take('*')) return { kind: 'wildcard' };
  // Letters of any script, digits and the signs that are no syntax of JSONPath.
  const name = reader.match(/[^\s.[\](),'"=<>!&|~*?@{}+/\\^%#;]+/);
  if (name === null) reader.fail('expected a member name');
  if (reader.take('()')) {
    if (!functionNames.includes(name)) reader.fail(`unknown path function ${name}()`);
    return { kind: 'function', name };
  }
  return { kind: 'property', names: [name] };
}

function parseTail(reader: PathReader): PathToken[] {
  const tokens: PathToken[] = [];
  for (;;) {
    if (reader.take('..')) {
      tokens.push({ kind: 'deep', next: reader.take('[') ? parseBracket(reader) : parseName(reader) });
    } else if (reader.take('.')) tokens.push(reader.take('[') ? parseBracket(reader) : parseName(reader));
    else if (reader.take('[')) tokens.push(parseBracket(reader));
    else return tokens;
  }
}

function isDefinite(token: PathToken): boolean {
  if (token.kind === 'property') return true;
  return token.kind === 'function' || (token.kind === 'index' && token.indexes.length === 1);
}

function isReference(token: PathToken): boolean {
  return (
    (token.kind === 'property' && token.names.length === 1) || (token.kind === 'index' && token.indexes.length === 1)
  );
}

const parsed = new Map<string, JsonPath>();

/** Parses `$.a['b'][0]`, `$$.Execution.Name` or `$variable.x`; throws PathSyntaxError. */
export function parsePath(text: string): JsonPath {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const reader = new PathReader(text);
  reader.expect('$');
  const root = reader.take('$') ? '$$' : (reader.match(/[\p{L}_][\p{L}\p{N}_]*/u) ?? '$');
  const tokens = parseTail(reader);
  if (reader.at < text.length) reader.fail('unexpected text');
  const path = { text, root, tokens, definite: tokens.every(isDefinite), reference: tokens.every(isReference) };
  if (parsed.size > 5000) parsed.clear();
  parsed.set(text, path);
  return path;
}
