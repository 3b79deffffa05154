import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type CST,
  type Document,
  type Node,
} from 'yaml';
import { checkStructure, normaliseLines, textLimits, type LimitProblem } from './text-limits.js';

/** Why a text is not a request document; `line` counts from 1 in the text that was given. */
export type SyntaxProblem =
  | ({ kind: 'limit' } & LimitProblem)
  | { kind: 'syntax'; detail: string; line: number | null }
  | {
      kind: 'duplicate_key' | 'forbidden_key' | 'complex_key' | 'alias' | 'anchor' | 'tag';
      field: string;
      found: string;
      line: number;
    };

/** Plain JSON data, and the line on which each field stands (`workflow_optimization.enabled`, `algorithm[1]`). */
export interface StructuredText {
  value: unknown;
  lines: Map<string, number>;
}

export type ReadResult = ({ ok: true } & StructuredText) | { ok: false; problems: SyntaxProblem[] };

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);
/** A document and a scalar sit on the parser's stack beside the collections. */
const stackLimit = textLimits.depth + 2;
const maxSyntaxProblems = 10;
/** Keeps the time for malformed text far below a second. */
const maxLexemes = 4 * textLimits.entries;

/** Path of a member below `path`. */
export function memberPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

class LimitReached extends Error {
  readonly limit: 'depth' | 'entries';
  constructor(limit: 'depth' | 'entries') {
    super(limit);
    this.limit = limit;
  }
}

/** The syntax tree, given up as soon as it nests too deep: malformed text can make `yaml` nest where nothing looks nested. */
function* boundedTokens(text: string, counter: LineCounter): Generator<CST.Token, void> {
  const parser = new Parser(counter.addNewLine);
  counter.addNewLine(0);
  let [errors, lexemes] = [0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') errors += 1;
      if (errors <= maxSyntaxProblems) yield token;
    }
    lexemes += 1;
    if (parser.stack.length > stackLimit) throw new LimitReached('depth');
    if (lexemes > maxLexemes) throw new LimitReached('entries');
    if (errors > maxSyntaxProblems) return;
  }
  yield* parser.end();
}

interface Reading {
  lines: Map<string, number>;
  problems: SyntaxProblem[];
  lineOf: (node: unknown) => number;
}

function refuseProperties(node: Node, path: string, reading: Reading): void {
  const line = reading.lineOf(node);
  if (isAlias(node)) reading.problems.push({ kind: 'alias', field: path, found: `*${node.source}`, line });
  else if (node.anchor !== undefined)
    reading.problems.push({ kind: 'anchor', field: path, found: `&${node.anchor}`, line });
  // `tag` is set for tags that stand in the text only.
  if (!isAlias(node) && node.tag !== undefined)
    reading.problems.push({ kind: 'tag', field: path, found: node.tag, line });
}

function keyText(key: unknown): string | null {
  if (!isScalar(key) || key.value === null) return null;
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}

/** Plain data of a node; recursion is bounded by the depth limit. */
function plain(node: unknown, path: string, reading: Reading): unknown {
  if (node === null || node === undefined) return null;
  if (!isAlias(node) && !isMap(node) && !isSeq(node) && !isScalar(node)) return null;
  refuseProperties(node, path, reading);
  if (isSeq(node)) {
    return node.items.map((item, index) => {
      const at = memberPath(path, index);
      reading.lines.set(at, reading.lineOf(item));
      return plain(item, at, reading);
    });
  }
  if (!isMap(node)) return isScalar(node) ? node.value : null;
  const value: Record<string, unknown> = {};
  for (const pair of node.items) {
    const key = keyText(pair.key);
    const line = reading.lineOf(pair.key);
    const at = memberPath(path, key ?? '?');
    if (key === null) reading.problems.push({ kind: 'complex_key', field: path, found: String(pair.key), line });
    else if (forbiddenKeys.has(key)) reading.problems.push({ kind: 'forbidden_key', field: at, found: key, line });
    else if (Object.hasOwn(value, key)) reading.problems.push({ kind: 'duplicate_key', field: at, found: key, line });
    else {
      reading.lines.set(at, line);
      value[key] = plain(pair.value, at, reading);
    }
  }
  return value;
}

function syntaxProblems(document: Document.Parsed, counter: LineCounter): SyntaxProblem[] {
  return document.errors
    .slice(0, maxSyntaxProblems)
    .map((error) => ({ kind: 'syntax', detail: error.message, line: counter.linePos(error.pos[0]).line }));
}

/** Reads one YAML 1.2 (core schema) document: no aliases, anchors, tags, duplicate keys or keys that reach a prototype. Never throws. */
export function readYaml(source: string): ReadResult {
  const text = normaliseLines(source);
  const limit = checkStructure(text);
  if (limit !== null) return { ok: false, problems: [{ kind: 'limit', ...limit }] };
  const counter = new LineCounter();
  try {
    const composer = new Composer({
      schema: 'core',
      version: '1.2',
      uniqueKeys: false,
      logLevel: 'silent',
      merge: false,
    });
    const [document, second] = [...composer.compose(boundedTokens(text, counter), true, text.length)];
    if (document === undefined) return { ok: true, value: null, lines: new Map() };
    const reading: Reading = {
      lines: new Map(),
      problems: syntaxProblems(document, counter),
      lineOf: (node) => (hasRange(node) ? counter.linePos(node.range[0]).line : 1),
    };
    if (second !== undefined) {
      reading.problems.push({
        kind: 'syntax',
        detail: 'more than one YAML document (---)',
        line: reading.lineOf(second),
      });
    }
    const value = plain(document.contents, '', reading);
    return reading.problems.length > 0
      ? { ok: false, problems: reading.problems }
      : { ok: true, value, lines: reading.lines };
  } catch (error) {
    if (error instanceof LimitReached) {
      const allowed = textLimits[error.limit];
      return { ok: false, problems: [{ kind: 'limit', limit: error.limit, found: allowed + 1, allowed, line: null }] };
    }
    return {
      ok: false,
      problems: [{ kind: 'syntax', detail: error instanceof Error ? error.message : String(error), line: null }],
    };
  }
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

/** Reads one JSON document under the same rules; `JSON.parse` would let duplicate keys through. */
export function readJson(source: string): ReadResult {
  const text = normaliseLines(source);
  const limit = checkStructure(text);
  if (limit !== null) return { ok: false, problems: [{ kind: 'limit', ...limit }] };
  try {
    JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const position = Number(/position (\d+)/.exec(detail)?.[1] ?? Number.NaN);
    const line = Number.isNaN(position) ? null : text.slice(0, position).split('\n').length;
    return { ok: false, problems: [{ kind: 'syntax', detail, line }] };
  }
  // Valid JSON is YAML 1.2 but for tabs, which can only stand between its tokens, and for lines at the margin inside a value.
  return readYaml(text.replaceAll('\t', ' '));
}
