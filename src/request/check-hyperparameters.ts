import type { AlgorithmCatalogue, HyperparameterSpec } from '../contracts/algorithm-catalogue.js';
import { hyperparameterValue, type HyperparameterValue } from '../contracts/training.js';
import type { ProblemMessages } from '../messages/problems.js';
import { lineOf } from './check-fields.js';
import { shown, type Problem } from './problem.js';
import { nearestName } from '../nearest.js';
import { memberPath } from './read-yaml.js';

/** Algorithm -> canonical hyperparameter name -> value. */
export type Hyperparameters = Record<string, Record<string, HyperparameterValue>>;

/** Key under which a user's own script finds its hyperparameters. */
export const scriptKey = 'training_script';

interface Context {
  messages: ProblemMessages;
  lines: ReadonlyMap<string, number>;
  catalogue: AlgorithmCatalogue;
  algorithms: readonly string[];
  /** True: the names belong to a user's own script and are not checked against the list. */
  script: boolean;
  /** Path of the mapping in the request, e.g. `hyperparameters`. */
  path: string;
}

interface Found {
  value: Hyperparameters;
  problems: Problem[];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inRange(value: unknown, spec: HyperparameterSpec): boolean {
  return typeof value === 'number' && value >= (spec.minimum ?? -Infinity) && value <= (spec.maximum ?? Infinity);
}

function fits(value: unknown, spec: HyperparameterSpec): value is HyperparameterValue {
  if (value === null) return spec.nullable;
  switch (spec.type) {
    case 'integer':
      return Number.isInteger(value) && inRange(value, spec);
    case 'number':
      return Number.isFinite(value) && inRange(value, spec);
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string' && (spec.enum === undefined || spec.enum.includes(value));
    case 'integer_array':
      if (!Array.isArray(value) || value.length === 0 || value.length > (spec.max_items ?? 100)) return false;
      return value.every((item) => Number.isInteger(item) && inRange(item, spec));
  }
}

/** What a hyperparameter takes, in words of the catalogue. */
export function describeHyperparameter(spec: HyperparameterSpec, m: ProblemMessages): string {
  const ranged = (what: string): string => {
    if (spec.minimum !== undefined && spec.maximum !== undefined) return m.between(what, spec.minimum, spec.maximum);
    if (spec.minimum !== undefined) return m.atLeast(what, spec.minimum);
    return spec.maximum === undefined ? what : m.atMost(what, spec.maximum);
  };
  const texts: Record<HyperparameterSpec['type'], () => string> = {
    integer: () => ranged(m.integer),
    number: () => ranged(m.number),
    boolean: () => m.boolean,
    string: () => (spec.enum === undefined ? m.text : m.oneOf(spec.enum)),
    integer_array: () => m.listOf(ranged(m.integer)),
  };
  const text = texts[spec.type]();
  return spec.nullable ? m.nullable(text) : text;
}

function findSpec(
  catalogue: AlgorithmCatalogue,
  algorithm: string,
  name: string,
): [string, HyperparameterSpec] | undefined {
  const specs = catalogue.algorithms[algorithm]?.hyperparameters ?? {};
  return Object.entries(specs).find(([key, spec]) => key === name || spec.aliases.includes(name));
}

function problem(
  context: Context,
  field: string,
  code: Problem['code'],
  found: string,
  allowed: string,
  nearest: string | null,
): Problem {
  return { field, code, found, allowed, nearest, line: lineOf(context.lines, field) };
}

/** Sets one value for each of `algorithms` that knows the name; nobody knows it: a problem. */
function assign(
  context: Context,
  into: Found,
  field: string,
  name: string,
  value: unknown,
  algorithms: readonly string[],
): void {
  const { messages: m, catalogue } = context;
  let known = false;
  for (const algorithm of algorithms) {
    const found = findSpec(catalogue, algorithm, name);
    if (found === undefined) continue;
    known = true;
    const [canonical, spec] = found;
    const set = (into.value[algorithm] ??= {});
    if (!fits(value, spec)) {
      const nearest = typeof value === 'string' && spec.enum !== undefined ? nearestName(value, spec.enum) : null;
      const text = value === null ? 'null' : shown(value, m);
      into.problems.push(problem(context, field, 'wrong_value', text, describeHyperparameter(spec, m), nearest));
    } else if (Object.hasOwn(set, canonical) && set[canonical] !== value) {
      into.problems.push(problem(context, field, 'conflict', shown(value, m), m.sameValue(canonical), null));
    } else {
      set[canonical] = value;
    }
  }
  if (known) return;
  const names = algorithms.flatMap((algorithm) => Object.keys(catalogue.algorithms[algorithm]?.hyperparameters ?? {}));
  const allowed = describeNames(catalogue, algorithms, m);
  into.problems.push(problem(context, field, 'unknown_field', shown(name, m), allowed, nearestName(name, names)));
}

/** The names that each algorithm knows, in words. */
export function describeNames(
  catalogue: AlgorithmCatalogue,
  algorithms: readonly string[],
  m: ProblemMessages,
): string {
  const names = (algorithm: string) => Object.keys(catalogue.algorithms[algorithm]?.hyperparameters ?? {});
  return m.or(algorithms.map((algorithm) => m.hyperparametersOf(algorithm, names(algorithm))));
}

/** Hyperparameters as they will be used: what was not given has its default. Those of a user's own script have none. */
export function withDefaults(
  given: Hyperparameters,
  { catalogue, algorithms }: Pick<Context, 'catalogue' | 'algorithms'>,
): Hyperparameters {
  const used: Hyperparameters = { ...given };
  for (const algorithm of algorithms) {
    const specs = Object.entries(catalogue.algorithms[algorithm]?.hyperparameters ?? {});
    const defaults = specs.map(([name, spec]) => [name, hyperparameterValue.parse(spec.default)]);
    used[algorithm] = { ...Object.fromEntries(defaults), ...given[algorithm] };
  }
  return used;
}

function scriptHyperparameters(context: Context, given: Record<string, unknown>): Found {
  const into: Found = { value: {}, problems: [] };
  const set: Record<string, HyperparameterValue> = {};
  for (const [name, value] of Object.entries(given)) {
    const parsed = hyperparameterValue.safeParse(value);
    const field = memberPath(context.path, name);
    if (parsed.success && /^[A-Za-z_][\w-]{0,63}$/.test(name)) set[name] = parsed.data;
    else
      into.problems.push(
        problem(context, field, 'wrong_value', shown(value, context.messages), context.messages.scalar, null),
      );
  }
  if (Object.keys(set).length > 0) into.value[scriptKey] = set;
  return into;
}

/** One name and value where the algorithms are in doubt: checked against the certain ones that know it, else against any that does. */
function checkOne(context: Context, field: string, name: string, value: unknown, meant: readonly string[]): Problem[] {
  const { messages: m, catalogue, algorithms } = context;
  const specsOf = (names: readonly string[]) =>
    names.flatMap((algorithm) => findSpec(catalogue, algorithm, name)?.[1] ?? []);
  const certain = specsOf(meant.filter((algorithm) => algorithms.includes(algorithm)));
  const specs = certain.length > 0 ? certain : specsOf(meant);
  if (specs.length === 0) {
    const known = algorithms.length > 0 ? algorithms : meant;
    const names = known.flatMap((algorithm) => Object.keys(catalogue.algorithms[algorithm]?.hyperparameters ?? {}));
    const allowed = describeNames(catalogue, known, m);
    return [problem(context, field, 'unknown_field', shown(name, m), allowed, nearestName(name, names))];
  }
  const wrong = specs.filter((spec) => !fits(value, spec));
  if (wrong.length === 0 || (certain.length === 0 && wrong.length < specs.length)) return [];
  const allowed = m.or([...new Set(wrong.map((spec) => describeHyperparameter(spec, m)))]);
  const text = value === null ? 'null' : shown(value, m);
  return [problem(context, field, 'wrong_value', text, allowed, null)];
}

/**
 * What is wrong with hyperparameters whatever the person meant by an algorithm that is wrong; `context.algorithms` are those
 * of the request that are right.
 */
export function checkInDoubt(given: Record<string, unknown>, context: Context): Problem[] {
  const all = Object.keys(context.catalogue.algorithms);
  return Object.entries(given).flatMap(([name, value]) => {
    const field = memberPath(context.path, name);
    if (!isObject(value)) return checkOne(context, field, name, value, all);
    // Under the name of an algorithm that is not there, the name itself is told where the algorithm is.
    const meant = all.includes(name) ? [name] : all;
    const own = { ...context, algorithms: all.includes(name) ? [name] : context.algorithms };
    return Object.entries(value).flatMap(([key, member]) => checkOne(own, memberPath(field, key), key, member, meant));
  });
}

/**
 * Hyperparameters as a person writes them: a name and a value for every algorithm that knows the name, or a mapping under
 * an algorithm's name for that one alone. Aliases become the trainer's own names.
 */
export function checkHyperparameters(given: Record<string, unknown>, context: Context): Found {
  if (context.script) return scriptHyperparameters(context, given);
  const into: Found = { value: {}, problems: [] };
  const { algorithms, messages: m, path } = context;
  const entries = Object.entries(given);
  for (const [name, value] of entries.filter(([, value]) => !isObject(value))) {
    const field = memberPath(path, name);
    assign(context, into, field, name, value, algorithms);
  }
  // What stands under an algorithm's own name is more particular: it wins over the common value.
  for (const [name, value] of entries) {
    if (!isObject(value)) continue;
    const field = memberPath(path, name);
    if (!algorithms.includes(name)) {
      const code = Object.hasOwn(context.catalogue.algorithms, name) ? 'conflict' : 'unknown_field';
      into.problems.push(
        problem(context, field, code, shown(name, m), m.algorithmsInRequest(algorithms), nearestName(name, algorithms)),
      );
      continue;
    }
    const own: Found = { value: {}, problems: [] };
    for (const [key, member] of Object.entries(value))
      assign(context, own, memberPath(field, key), key, member, [name]);
    into.problems.push(...own.problems);
    into.value[name] = { ...into.value[name], ...own.value[name] };
  }
  return into;
}
