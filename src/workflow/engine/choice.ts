import { runtimeFailure } from './failure.js';
import { isObject, toJson, type JsonObject } from './json.js';
import { parseTimestamp } from './timestamp.js';

/** How a choice rule looks up a path: `found` is false when the path leads nowhere. */
export type PathLookup = (path: string) => { found: boolean; value: unknown };

type Ordering = (sign: number) => boolean;

const orderings: Record<string, Ordering> = {
  Equals: (sign) => sign === 0,
  LessThan: (sign) => sign < 0,
  LessThanEquals: (sign) => sign <= 0,
  GreaterThan: (sign) => sign > 0,
  GreaterThanEquals: (sign) => sign >= 0,
};

const kinds: Record<string, (left: unknown, right: unknown) => number | null> = {
  String: (l, r) => (typeof l === 'string' && typeof r === 'string' ? (l < r ? -1 : l > r ? 1 : 0) : null),
  Numeric: (l, r) => (typeof l === 'number' && typeof r === 'number' ? l - r : null),
  Boolean: (l, r) => (typeof l === 'boolean' && typeof r === 'boolean' ? Number(l) - Number(r) : null),
  Timestamp: (l, r) => {
    const left = parseTimestamp(l);
    const right = parseTimestamp(r);
    return left === null || right === null ? null : left - right;
  },
};

const typeTests: Record<string, (value: unknown) => boolean> = {
  IsNull: (value) => value === null,
  IsString: (value) => typeof value === 'string',
  IsNumeric: (value) => typeof value === 'number',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => parseTimestamp(value) !== null,
};

const comparison =
  /^(String|Numeric|Boolean|Timestamp)(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)(Path)?$/;

/** Every comparison operator of a JSONPath choice rule. */
export const choiceOperators: readonly string[] = [
  ...Object.keys(kinds).flatMap((kind) =>
    (kind === 'Boolean' ? ['Equals'] : Object.keys(orderings)).flatMap((order) => [
      kind + order,
      `${kind}${order}Path`,
    ]),
  ),
  'StringMatches',
  'IsPresent',
  ...Object.keys(typeTests),
];

/** StringMatches: `*` stands for any text, `\*` for a star and `\\` for a backslash. */
export function matchesPattern(value: string, pattern: string): boolean {
  const parts: string[] = [''];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at);
    const next = pattern.charAt(at + 1);
    if (char === '*') parts.push('');
    else if (char === '\\' && (next === '*' || next === '\\')) {
      parts[parts.length - 1] += next;
      at += 1;
    } else parts[parts.length - 1] += char;
  }
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first)) return false;
  // Greedy from the left is enough: each middle part takes its first place after the one before.
  let from = first.length;
  for (const part of others) {
    const found = value.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return value.length - last.length >= from && value.endsWith(last);
}

function compare(operator: string, value: unknown, operand: unknown, lookup: PathLookup): boolean {
  if (operator === 'StringMatches') {
    return typeof value === 'string' && typeof operand === 'string' && matchesPattern(value, operand);
  }
  const typeTest = typeTests[operator];
  if (typeTest !== undefined) return typeTest(value) === operand;
  const [, kind = '', order = '', byPath] = comparison.exec(operator) ?? [];
  const sign = kinds[kind]?.(value, byPath === undefined ? operand : required(String(operand), lookup, operator));
  return sign !== null && sign !== undefined && orderings[order]?.(sign) === true;
}

function required(path: string, lookup: PathLookup, field: string): unknown {
  const { found, value } = lookup(path);
  if (found) return value;
  throw runtimeFailure(
    `Invalid path '${path}': The choice state's condition path references an invalid value (${field}).`,
  );
}

/** Does a JSONPath choice rule (comparison, And, Or, Not) hold? A missing Variable fails the state, except for IsPresent. */
export function ruleHolds(rule: JsonObject, lookup: PathLookup): boolean {
  if (Array.isArray(rule['And'])) return rule['And'].filter(isObject).every((inner) => ruleHolds(inner, lookup));
  if (Array.isArray(rule['Or'])) return rule['Or'].filter(isObject).some((inner) => ruleHolds(inner, lookup));
  if (isObject(rule['Not'])) return !ruleHolds(rule['Not'], lookup);
  const operator = Object.keys(rule).find((key) => choiceOperators.includes(key));
  if (operator === undefined) throw runtimeFailure(`The choice rule ${toJson(rule)} has no comparison operator.`);
  const path = String(rule['Variable']);
  const { found, value } = lookup(path);
  if (operator === 'IsPresent') return found === rule['IsPresent'];
  if (!found)
    throw runtimeFailure(`Invalid path '${path}': The choice state's condition path references an invalid value.`);
  return compare(operator, value, rule[operator], lookup);
}
