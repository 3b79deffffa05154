import { createHash } from 'node:crypto';
import { isObject, jsonEqual, toJson } from '../json.js';
import { StateFailure } from '../failure.js';
import type { IntrinsicArgument, IntrinsicCall } from './intrinsic-syntax.js';

/** Randomness for States.MathRandom and States.UUID; given from outside so that a step stays pure. */
export interface IntrinsicSources {
  random(): number;
  uuid(): string;
}

type Intrinsic = (values: unknown[], sources: IntrinsicSources, raw: IntrinsicArgument[]) => unknown;

function fail(message: string): never {
  throw new StateFailure('States.IntrinsicFailure', message);
}

function list(name: string, value: unknown): unknown[] {
  return Array.isArray(value) ? value : fail(`The function '${name}' expects an array as its first argument.`);
}

function integer(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return fail(`The function '${name}' expects an integer.`);
  return Math.round(value);
}

function text(name: string, value: unknown, limit = Infinity): string {
  if (typeof value !== 'string') return fail(`The function '${name}' expects a string.`);
  return value.length > limit ? fail(`The function '${name}' takes at most ${limit} characters.`) : value;
}

/** Text of a value inside States.Format: strings bare, objects as Java prints a map, everything else as JSON. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return isObject(value) ? javaText(value) : toJson(value);
}

function javaText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (!isObject(value)) return typeof value === 'string' ? value : toJson(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${key}=${javaText(member)}`)
    .join(', ')}}`;
}

function unescape(value: string): string {
  return value.replaceAll(/\\(['{}\\])/g, '$1');
}

function format(values: unknown[], raw: IntrinsicArgument[]): string {
  const template = raw[0]?.kind === 'string' ? raw[0].value : text('States.Format', values[0]);
  let used = 0;
  const result = template.replaceAll(/\\(['{}\\])|\{\}/g, (whole, escaped: string | undefined) => {
    if (whole !== '{}') return escaped ?? '';
    used += 1;
    return used < values.length ? shown(values[used]) : fail(`States.Format has more {} than values.`);
  });
  return used === values.length - 1 ? result : fail('States.Format has more values than {}.');
}

function partition(items: unknown[], size: number): unknown[][] {
  if (size <= 0) fail('States.ArrayPartition expects a chunk size above zero.');
  const chunks: unknown[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}

function range(from: number, to: number, step: number): number[] {
  if (step === 0) fail('States.ArrayRange expects a step other than zero.');
  const count = Math.max(0, Math.floor((to - from) / step) + 1);
  if (count > 1000) fail('States.ArrayRange makes at most 1,000 values.');
  return Array.from({ length: count }, (_, i) => from + i * step);
}

function unique(items: unknown[]): unknown[] {
  return items.filter((item, at) => items.findIndex((other) => jsonEqual(item, other)) === at);
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
  if (name === undefined) return fail('States.Hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512.');
  return createHash(name)
    .update(text('States.Hash', typeof data === 'string' ? data : toJson(data), 10_000))
    .digest('hex');
}

function merge(left: unknown, right: unknown, deep: unknown): unknown {
  if (!isObject(left) || !isObject(right)) return fail('States.JsonMerge expects two objects.');
  if (deep !== false) fail('States.JsonMerge supports the shallow mode only: the third argument must be false.');
  return { ...left, ...right };
}

/** MathRandom(start, end [, seed]): the end is excluded; a seed makes the result repeatable (mulberry32 on the seed). */
function mathRandom(values: unknown[], sources: IntrinsicSources): number {
  const start = integer('States.MathRandom', values[0]);
  const end = integer('States.MathRandom', values[1]);
  if (end <= start) fail('States.MathRandom expects a start below its end.');
  const at = values[2] === undefined ? sources.random() : seeded(integer('States.MathRandom', values[2]));
  return start + Math.floor(at * (end - start));
}

function seeded(seed: number): number {
  let t = (seed + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

function split(value: unknown, splitters: unknown): string[] {
  const chars = new Set(text('States.StringSplit', splitters));
  const parts: string[] = [''];
  for (const char of text('States.StringSplit', value)) {
    if (chars.has(char)) parts.push('');
    else parts[parts.length - 1] += char;
  }
  // Several splitters in a row make one cut, as AWS's tokenizer does.
  return parts.filter((part) => part !== '');
}

function parseJson(value: unknown): unknown {
  const source = text('States.StringToJson', value);
  if (source.trim() === '') return null;
  try {
    return JSON.parse(source);
  } catch {
    return fail('States.StringToJson got a string that is not JSON.');
  }
}

function item(values: unknown[]): unknown {
  const items = list('States.ArrayGetItem', values[0]);
  const index = integer('States.ArrayGetItem', values[1]);
  return index >= 0 && index < items.length ? items[index] : fail(`States.ArrayGetItem: there is no item ${index}.`);
}

const functions: Record<string, { least: number; most: number; call: Intrinsic }> = {
  'States.Format': { least: 1, most: Infinity, call: (v, _, raw) => format(v, raw) },
  'States.StringToJson': { least: 1, most: 1, call: ([v]) => parseJson(v) },
  'States.JsonToString': { least: 1, most: 1, call: ([v]) => toJson(v) },
  'States.Array': { least: 0, most: Infinity, call: (v) => v },
  'States.ArrayPartition': {
    least: 2,
    most: 2,
    call: ([a, n]) => partition(list('States.ArrayPartition', a), integer('States.ArrayPartition', n)),
  },
  'States.ArrayContains': {
    least: 2,
    most: 2,
    call: ([a, v]) => list('States.ArrayContains', a).some((one) => jsonEqual(one, v)),
  },
  'States.ArrayRange': {
    least: 3,
    most: 3,
    call: ([a, b, c]) =>
      range(integer('States.ArrayRange', a), integer('States.ArrayRange', b), integer('States.ArrayRange', c)),
  },
  'States.ArrayGetItem': { least: 2, most: 2, call: item },
  'States.ArrayLength': { least: 1, most: 1, call: ([a]) => list('States.ArrayLength', a).length },
  'States.ArrayUnique': { least: 1, most: 1, call: ([a]) => unique(list('States.ArrayUnique', a)) },
  'States.Base64Encode': {
    least: 1,
    most: 1,
    call: ([v]) => Buffer.from(text('States.Base64Encode', v, 10_000)).toString('base64'),
  },
  'States.Base64Decode': {
    least: 1,
    most: 1,
    call: ([v]) => Buffer.from(text('States.Base64Decode', v, 10_000), 'base64').toString('utf8'),
  },
  'States.Hash': { least: 2, most: 2, call: ([v, a]) => hash(v, a) },
  'States.JsonMerge': { least: 3, most: 3, call: ([a, b, d]) => merge(a, b, d) },
  'States.MathRandom': { least: 2, most: 3, call: mathRandom },
  'States.MathAdd': {
    least: 2,
    most: 2,
    call: ([a, b]) => integer('States.MathAdd', a) + integer('States.MathAdd', b),
  },
  'States.StringSplit': { least: 2, most: 2, call: ([s, c]) => split(s, c) },
  'States.UUID': { least: 0, most: 0, call: (_, sources) => sources.uuid() },
};

/** The 18 intrinsic functions of Amazon States Language. */
export const intrinsicNames: readonly string[] = Object.keys(functions);

/** What is wrong with a call that can be seen before it runs (unknown name, number of arguments), or null. */
export function intrinsicProblem(call: IntrinsicCall): string | null {
  const known = functions[call.name];
  if (known === undefined) return `there is no intrinsic function ${call.name}`;
  const count = call.arguments.length;
  if (count < known.least || count > known.most) {
    const allowed = known.least === known.most ? `${known.least}` : `${known.least} to ${known.most}`;
    return `${call.name} takes ${allowed} arguments, found ${count}`;
  }
  for (const argument of call.arguments) {
    const inner = argument.kind === 'call' ? intrinsicProblem(argument.call) : null;
    if (inner !== null) return inner;
  }
  return null;
}

/** Runs a parsed intrinsic call; `resolve` gives the value of a path argument. Throws StateFailure States.IntrinsicFailure. */
export function callIntrinsic(
  call: IntrinsicCall,
  resolve: (path: string) => unknown,
  sources: IntrinsicSources,
): unknown {
  const problem = intrinsicProblem(call);
  const known = functions[call.name];
  if (problem !== null || known === undefined) return fail(problem ?? call.name);
  const values = call.arguments.map((argument) => {
    if (argument.kind === 'string') return unescape(argument.value);
    if (argument.kind === 'value') return argument.value;
    return argument.kind === 'path' ? resolve(argument.path) : callIntrinsic(argument.call, resolve, sources);
  });
  return known.call(values, sources, call.arguments);
}
