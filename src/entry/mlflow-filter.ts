import { DandoriError } from '../errors.js';

/** What a filter or an order can name: a run or an experiment, by `metrics.x`, `params.x`, `tags.x` or an attribute. */
export interface Searchable {
  attributes: Record<string, string | number | null>;
  metrics: Record<string, number>;
  params: Record<string, string>;
  tags: Record<string, string>;
}

type Kind = keyof Searchable;
type Value = string | number;

const kinds: Record<string, Kind> = {
  attribute: 'attributes',
  attributes: 'attributes',
  attr: 'attributes',
  run: 'attributes',
  metric: 'metrics',
  metrics: 'metrics',
  param: 'params',
  params: 'params',
  parameter: 'params',
  parameters: 'params',
  tag: 'tags',
  tags: 'tags',
};

const longest = 2000;
const name = String.raw`(?:(?<kind>\w+)\.)?(?<key>\`[^\`]+\`|"[^"]+"|[\w./-]+)`;
const value = String.raw`(?<value>'[^']*'|"[^"]*"|\((?:[^()'"]|'[^']*'|"[^"]*")*\)|-?[\d.]+(?:[eE][-+]?\d+)?)`;
const clause = new RegExp(
  String.raw`\s*${name}\s*(?<op>!=|>=|<=|=|>|<|NOT\s+IN\b|IN\b|LIKE\b|ILIKE\b)\s*${value}\s*(?:AND\b|$)`,
  'iy',
);
const order = new RegExp(String.raw`^\s*${name}(?:\s+(?<direction>ASC|DESC))?\s*$`, 'i');

function notUnderstood(what: string, found: string): DandoriError {
  return new DandoriError('invalid_input', `The ${what} cannot be read.`, {
    found: found.slice(0, 200),
    allowed:
      "metrics.f1_score > 0.5 AND params.seed = '42' AND tags.chosen = 'true' AND attributes.status = 'FINISHED'",
  });
}

const unquoted = (text: string): string => (/^[`'"]/.test(text) ? text.slice(1, -1) : text);

function readValue(text: string): Value | string[] {
  if (text.startsWith('(')) return [...text.matchAll(/'([^']*)'|"([^"]*)"/g)].map((each) => each[1] ?? each[2] ?? '');
  return /^['"]/.test(text) ? unquoted(text) : Number(text);
}

function lookUp(kind: string | undefined, key: string, what: string, text: string): (one: Searchable) => Value | null {
  const of = kind === undefined ? 'attributes' : kinds[kind.toLowerCase()];
  if (of === undefined) throw notUnderstood(what, text);
  const plain = unquoted(key);
  return (one) => {
    if (of !== 'attributes') return Object.hasOwn(one[of], plain) ? (one[of][plain] ?? null) : null;
    if (Object.hasOwn(one.attributes, plain)) return one.attributes[plain] ?? null;
    throw new DandoriError('invalid_input', `The ${what} names an unknown attribute.`, {
      found: plain.slice(0, 100),
      allowed: Object.keys(one.attributes).join(', '),
    });
  };
}

/** SQL's LIKE: `%` is any text, `_` one letter. Two pointers, no regular expression: the pattern is foreign. */
function isLike(text: string, pattern: string): boolean {
  let at = 0;
  let of = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (of < pattern.length && pattern[of] === '%') {
      star = of;
      resume = at;
      of += 1;
    } else if (of < pattern.length && (pattern[of] === '_' || pattern[of] === text[at])) {
      at += 1;
      of += 1;
    } else if (star !== -1) {
      of = star + 1;
      resume += 1;
      at = resume;
    } else {
      return false;
    }
  }
  return /^%*$/.test(pattern.slice(of));
}

const operators: Record<string, (found: Value, wanted: Value | string[]) => boolean> = {
  '=': (found, wanted) => found === wanted,
  '!=': (found, wanted) => found !== wanted,
  '>': (found, wanted) => found > wanted,
  '>=': (found, wanted) => found >= wanted,
  '<': (found, wanted) => found < wanted,
  '<=': (found, wanted) => found <= wanted,
  LIKE: (found, wanted) => isLike(String(found), String(wanted)),
  ILIKE: (found, wanted) => isLike(String(found).toLowerCase(), String(wanted).toLowerCase()),
  IN: (found, wanted) => Array.isArray(wanted) && wanted.includes(String(found)),
  'NOT IN': (found, wanted) => Array.isArray(wanted) && !wanted.includes(String(found)),
};

/** MLflow's search filter, comparisons joined by AND -> a test; what a run does not have matches nothing. */
export function readFilter(text: string): (one: Searchable) => boolean {
  const tests: ((one: Searchable) => boolean)[] = [];
  if (text.length > longest) throw notUnderstood('filter', text);
  const until = text.trimEnd();
  for (let at = 0; at < until.length; at = clause.lastIndex) {
    clause.lastIndex = at;
    const groups = clause.exec(until)?.groups;
    const compare = operators[(groups?.['op'] ?? '').toUpperCase().replaceAll(/\s+/g, ' ')];
    if (groups === undefined || compare === undefined) throw notUnderstood('filter', until.slice(at));
    const read = lookUp(groups['kind'], groups['key'] ?? '', 'filter', until);
    const wanted = readValue(groups['value'] ?? '');
    tests.push((one) => {
      const found = read(one);
      return found !== null && compare(found, wanted);
    });
  }
  // "a = 1 AND" ends in the middle.
  if (/\bAND$/i.test(until)) throw notUnderstood('filter', until);
  return (one) => tests.every((test) => test(one));
}

const compareValues = (a: Value, b: Value): number => (a < b ? -1 : a > b ? 1 : 0);

/** MLflow's `order_by`, e.g. `metrics.f1_score DESC` -> a comparison for sorting; what has no value comes last. */
export function readOrder(orders: readonly string[]): (a: Searchable, b: Searchable) => number {
  const rules = orders.map((text) => {
    const groups = text.length > longest ? undefined : order.exec(text)?.groups;
    if (groups === undefined) throw notUnderstood('order', text);
    const down = groups['direction']?.toUpperCase() === 'DESC';
    return { read: lookUp(groups['kind'], groups['key'] ?? '', 'order', text), sign: down ? -1 : 1 };
  });
  return (a, b) => {
    for (const { read, sign } of rules) {
      const [left, right] = [read(a), read(b)];
      if (left === null || right === null) {
        if (left !== right) return left === null ? 1 : -1;
        continue;
      }
      const difference = compareValues(left, right);
      if (difference !== 0) return difference * sign;
    }
    return 0;
  };
}
