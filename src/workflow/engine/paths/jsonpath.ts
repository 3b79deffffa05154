// Own evaluator: Step Functions answers as Jayway JsonPath does (a definite path that finds nothing fails, an indefinite
// one gives an empty list); the npm libraries follow Goessner or RFC 9535 and give a list for everything.
import { isObject, jsonEqual, memberOf, setMember, type JsonObject } from '../json.js';
import type { FilterExpression, FilterOperand } from './filter-syntax.js';
import { parsePath, type JsonPath, type PathToken } from './path-syntax.js';

/** A definite path found nothing; the message is Jayway's. */
export class PathNotFound extends Error {}

interface Scope {
  root: unknown;
}

function indexOf(list: unknown[], index: number): number {
  return index < 0 ? list.length + index : index;
}

function slice(list: unknown[], token: { from: number | null; to: number | null; step: number }): unknown[] {
  const found: unknown[] = [];
  const clamp = (value: number): number => Math.max(0, Math.min(list.length, value));
  const from = clamp(indexOf(list, token.from ?? 0));
  const to = clamp(indexOf(list, token.to ?? list.length));
  for (let i = from; i < to; i += Math.abs(token.step)) found.push(list[i]);
  return found;
}

function aggregate(name: string, value: unknown): unknown[] {
  if (name === 'length') {
    if (Array.isArray(value)) return [value.length];
    if (typeof value === 'string') return [value.length];
    return isObject(value) ? [Object.keys(value).length] : [];
  }
  if (name === 'keys') return isObject(value) ? [Object.keys(value)] : [];
  if (!Array.isArray(value) || value.length === 0) return [];
  if (name === 'first') return [value[0]];
  if (name === 'last') return [value.at(-1)];
  const numbers = value.filter((item) => typeof item === 'number');
  if (numbers.length === 0) return [];
  const sum = numbers.reduce((total, item) => total + item, 0);
  const mean = sum / numbers.length;
  const deviation = (): number => Math.sqrt(numbers.reduce((t, x) => t + (x - mean) ** 2, 0) / numbers.length);
  const results: Record<string, () => number> = {
    sum: () => sum,
    avg: () => mean,
    min: () => Math.min(...numbers),
    max: () => Math.max(...numbers),
    stddev: deviation,
  };
  const result = results[name];
  return result === undefined ? [] : [result()];
}

function descendants(value: unknown, into: unknown[]): unknown[] {
  into.push(value);
  const children = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  for (const child of children) descendants(child, into);
  return into;
}

function properties(value: unknown, names: string[]): unknown[] {
  if (!isObject(value)) return [];
  const [only] = names;
  if (names.length === 1 && only !== undefined) return Object.hasOwn(value, only) ? [value[only]] : [];
  const merged: JsonObject = {};
  for (const name of names) if (Object.hasOwn(value, name)) setMember(merged, name, value[name]);
  return [merged];
}

function apply(token: PathToken, value: unknown, scope: Scope): unknown[] {
  switch (token.kind) {
    case 'property':
      return properties(value, token.names);
    case 'index':
      if (!Array.isArray(value)) return [];
      return token.indexes.map((i) => indexOf(value, i)).flatMap((i) => (i >= 0 && i < value.length ? [value[i]] : []));
    case 'slice':
      return Array.isArray(value) ? slice(value, token) : [];
    case 'wildcard':
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case 'deep':
      return descendants(value, []).flatMap((item) => apply(token.next, item, scope));
    case 'filter': {
      const candidates = Array.isArray(value) ? value : isObject(value) ? [value] : [];
      return candidates.filter((item) => passes(token.expression, item, scope));
    }
    case 'function':
      return aggregate(token.name, value);
  }
}

function operandValue(operand: FilterOperand, item: unknown, scope: Scope): { found: boolean; value: unknown } {
  if (operand.kind === 'value') return { found: true, value: operand.value };
  if (operand.kind === 'pattern') return { found: true, value: operand.pattern };
  const values = walk(operand.tokens, operand.from === '@' ? item : scope.root, scope);
  return values.length === 0 ? { found: false, value: undefined } : { found: true, value: values[0] };
}

function ordered(left: unknown, right: unknown, test: (sign: number) => boolean): boolean {
  if (typeof left === 'number' && typeof right === 'number') return test(left - right);
  if (typeof left === 'string' && typeof right === 'string') return test(left < right ? -1 : left > right ? 1 : 0);
  return false;
}

const contains = (list: unknown, value: unknown): boolean =>
  Array.isArray(list) && list.some((item) => jsonEqual(item, value));

const comparisons: Record<string, (left: unknown, right: unknown) => boolean> = {
  '==': jsonEqual,
  '!=': (l, r) => !jsonEqual(l, r),
  '<': (l, r) => ordered(l, r, (sign) => sign < 0),
  '<=': (l, r) => ordered(l, r, (sign) => sign <= 0),
  '>': (l, r) => ordered(l, r, (sign) => sign > 0),
  '>=': (l, r) => ordered(l, r, (sign) => sign >= 0),
  '=~': (l, r) => typeof l === 'string' && r instanceof RegExp && r.test(l),
  in: (l, r) => contains(r, l),
  nin: (l, r) => !contains(r, l),
  subsetof: (l, r) => Array.isArray(l) && l.every((item) => contains(r, item)),
  anyof: (l, r) => Array.isArray(l) && l.some((item) => contains(r, item)),
  noneof: (l, r) => Array.isArray(l) && !l.some((item) => contains(r, item)),
  contains: (l, r) => (typeof l === 'string' ? l.includes(String(r)) : contains(l, r)),
  size: (l, r) => (Array.isArray(l) || typeof l === 'string') && l.length === r,
  empty: (l, r) => (Array.isArray(l) || typeof l === 'string') && (l.length === 0) === r,
};

function passes(expression: FilterExpression, item: unknown, scope: Scope): boolean {
  if (expression.kind === 'both') return expression.all.every((part) => passes(part, item, scope));
  if (expression.kind === 'either') return expression.any.some((part) => passes(part, item, scope));
  if (expression.kind === 'not') return !passes(expression.inner, item, scope);
  if (expression.kind === 'exists') return operandValue(expression.operand, item, scope).found;
  const left = operandValue(expression.left, item, scope);
  const right = operandValue(expression.right, item, scope);
  if (!left.found || !right.found) return expression.operator === '!=' && left.found !== right.found;
  return comparisons[expression.operator]?.(left.value, right.value) ?? false;
}

function walk(tokens: PathToken[], root: unknown, scope: Scope): unknown[] {
  let values = [root];
  for (const token of tokens) values = values.flatMap((value) => apply(token, value, scope));
  return values;
}

function label(token: PathToken): string {
  if (token.kind === 'property') return `[${token.names.map((name) => `'${name}'`).join(',')}]`;
  if (token.kind === 'index') return `[${token.indexes.join(',')}]`;
  return token.kind === 'function' ? `.${token.name}()` : '[..]';
}

/** The one value that a token of a definite path names; undefined, which JSON lacks, where there is none. */
function namedBy(token: PathToken, value: unknown, root: unknown): unknown {
  if (token.kind !== 'property' || token.names.length !== 1) return apply(token, value, { root })[0];
  // Most tokens are one name: no lists are made for it.
  return memberOf(value, token.names[0] ?? '');
}

function notFound(path: JsonPath, token: PathToken): PathNotFound {
  const root = path.root === '$$' || path.root === '$' ? '$' : `$${path.root}`;
  const at = path.tokens.indexOf(token);
  const trail = [root, ...path.tokens.slice(0, at + 1).map(label)].join('');
  const last = at === path.tokens.length - 1;
  return new PathNotFound(last ? `No results for path: ${trail}` : `Missing property in path ${trail}`);
}

function walkDefinite(path: JsonPath, root: unknown): unknown {
  let value = root;
  for (const token of path.tokens) {
    value = namedBy(token, value, root);
    if (value === undefined) throw notFound(path, token);
  }
  return value;
}

/** The value a path names in `root`: one value for a definite path (PathNotFound when missing), a list for an indefinite one. */
export function evaluatePath(path: JsonPath | string, root: unknown): unknown {
  const parsed = typeof path === 'string' ? parsePath(path) : path;
  return parsed.definite ? walkDefinite(parsed, root) : walk(parsed.tokens, root, { root });
}

/** True when a path finds at least one value. */
export function pathExists(path: JsonPath, root: unknown): boolean {
  return walk(path.tokens, root, { root }).length > 0;
}

function place(target: unknown, tokens: PathToken[], value: unknown): unknown {
  const [token, ...rest] = tokens;
  if (token === undefined) return value;
  if (token.kind === 'index') {
    const index = token.indexes[0] ?? 0;
    if (!Array.isArray(target) || index < 0 || index >= target.length) throw new PathNotFound(`no element ${index}`);
    return target.map((item, at) => (at === index ? place(item, rest, value) : item));
  }
  if (token.kind !== 'property') throw new PathNotFound('not a reference path');
  const name = token.names[0] ?? '';
  if (target !== undefined && target !== null && !isObject(target))
    throw new PathNotFound(`${name} is not in an object`);
  const copy: JsonObject = isObject(target) ? { ...target } : {};
  setMember(copy, name, place(memberOf(target, name), rest, value));
  return copy;
}

/** A copy of `root` with `value` at a reference path; missing objects on the way are made; PathNotFound where it cannot be. */
export function placeAt(path: JsonPath, root: unknown, value: unknown): unknown {
  return place(root, path.tokens, value);
}
