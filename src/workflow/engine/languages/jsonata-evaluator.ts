import { createHash } from 'node:crypto';
// The synchronous line of the reference implementation: a step of the interpreter is one pure, synchronous function.
import jsonata from 'jsonata';
import { JsonataProblem } from './jsonata-problem.js';
import type { JsonataEvaluator } from './language.js';

type Expression = ReturnType<typeof jsonata>;

const parsed = new Map<string, Expression>();

// An expression is data of a definition: it must end. Counted, not timed, so that a replay ends at the same place.
const mostSteps = 1_000_000;
const deepest = 300;

function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  const message = 'message' in error ? String(error.message) : '';
  return code + message;
}

function parse(text: string): Expression {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const expression = jsonata(text);
  if (parsed.size > 2000) parsed.clear();
  parsed.set(text, expression);
  return expression;
}

/** The JSONata error in an expression's text, or null when it parses. */
export function jsonataSyntaxProblem(text: string): string | null {
  try {
    parse(text);
    return null;
  } catch (error) {
    return describe(error);
  }
}

function partition(items: unknown, size: unknown): unknown {
  if (items === undefined) return undefined;
  const list = Array.isArray(items) ? items : [items];
  const chunk = typeof size === 'number' ? Math.trunc(size) : 0;
  if (chunk <= 0) throw new JsonataProblem('$partition expects a chunk size above zero.');
  const chunks: unknown[][] = [];
  for (let at = 0; at < list.length; at += chunk) chunks.push(list.slice(at, at + chunk));
  return chunks;
}

function range(from: unknown, to: unknown, step: unknown): number | number[] {
  if (typeof from !== 'number' || typeof to !== 'number' || typeof step !== 'number' || step === 0) {
    throw new JsonataProblem('$range expects a first value, a last value and a step other than zero.');
  }
  const count = Math.max(0, Math.floor((to - from) / step) + 1);
  if (count > 1000) throw new JsonataProblem('$range makes at most 1,000 values.');
  // A sequence of one is its value, as everywhere in JSONata.
  return count === 1 ? from : Array.from({ length: count }, (_, at) => from + at * step);
}

const algorithms: Record<string, string> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function hash(data: unknown, algorithm: unknown): string {
  const name = algorithms[typeof algorithm === 'string' ? algorithm : ''];
  if (name === undefined) throw new JsonataProblem('$hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512.');
  return createHash(name)
    .update(typeof data === 'string' ? data : JSON.stringify(data))
    .digest('hex');
}

function parseJson(text: unknown): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    throw new JsonataProblem('$parse got a string that is not JSON.');
  }
}

function seeded(seed: number): number {
  let t = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

function guards(): Record<string, unknown> {
  let steps = 0;
  let depth = 0;
  return {
    __evaluate_entry: () => {
      steps += 1;
      depth += 1;
      if (steps > mostSteps || depth > deepest)
        throw new JsonataProblem('the expression takes too long or goes too deep');
    },
    __evaluate_exit: () => {
      depth -= 1;
    },
  };
}

/** Evaluates JSONata with Step Functions' own functions; `$eval` is not there. */
export const evaluateJsonata: JsonataEvaluator = (text, bindings, sources) => {
  try {
    return parse(text).evaluate(undefined, {
      ...guards(),
      partition,
      range,
      hash,
      parse: parseJson,
      uuid: () => sources.uuid(),
      random: (seed: unknown) => (typeof seed === 'number' ? seeded(seed) : sources.random()),
      eval: () => {
        throw new JsonataProblem('the function $eval is not allowed');
      },
      ...bindings,
    });
  } catch (error) {
    throw error instanceof JsonataProblem ? error : new JsonataProblem(describe(error));
  }
};
