import type { Catcher } from '../definition.js';
import { ruleHolds } from '../choice.js';
import { runtimeFailure, StateFailure, type Failure } from '../failure.js';
import { isIntrinsic, parseIntrinsic } from '../intrinsics/intrinsic-syntax.js';
import { callIntrinsic } from '../intrinsics/intrinsics.js';
import { isObject, setMember, toJson, type JsonObject } from '../json.js';
import { evaluatePath, pathExists, PathNotFound, placeAt } from '../paths/jsonpath.js';
import { parsePath, PathSyntaxError, type JsonPath } from '../paths/path-syntax.js';
import { errorOutputOf, type Produced, type QueryLanguage, type Scope } from './language.js';

function rootOf(scope: Scope, path: JsonPath, input: unknown): unknown {
  if (path.root === '$') return input;
  if (path.root === '$$') return scope.context;
  if (!Object.hasOwn(scope.variables, path.root)) {
    throw runtimeFailure(`The variable '$${path.root}' is not defined: it is read by '${path.text}'.`);
  }
  return scope.variables[path.root];
}

function resolve(scope: Scope, text: string, input: unknown): unknown {
  const path = parsePath(text);
  return evaluatePath(path, rootOf(scope, path, input));
}

/** Value of a path or intrinsic call; `explain` words the failure when a path finds nothing. */
function evaluate(scope: Scope, text: string, input: unknown, explain: (path: string, why: string) => string): unknown {
  const lookup = (path: string): unknown => {
    try {
      return resolve(scope, path, input);
    } catch (error) {
      if (error instanceof PathNotFound) throw runtimeFailure(explain(path, error.message));
      throw error;
    }
  };
  try {
    return isIntrinsic(text) ? callIntrinsic(parseIntrinsic(text), lookup, scope.sources) : lookup(text);
  } catch (error) {
    if (error instanceof PathSyntaxError) throw runtimeFailure(`Invalid path '${text}' : ${error.message}`);
    throw error;
  }
}

const invalidPath = (path: string, why: string): string => `Invalid path '${path}' : ${why}`;

function notFoundInInput(field: string, input: unknown) {
  return (path: string): string =>
    `The JSONPath '${path}' specified for the field '${field}' could not be found in the input '${toJson(input)}'`;
}

function fill(scope: Scope, template: unknown, input: unknown): unknown {
  if (Array.isArray(template)) return template.map((item) => fill(scope, item, input));
  if (!isObject(template)) return template;
  const filled: JsonObject = {};
  for (const [key, value] of Object.entries(template)) {
    if (key.endsWith('.$') && typeof value === 'string') {
      setMember(filled, key.slice(0, -2), evaluate(scope, value, input, notFoundInInput(key, input)));
    } else setMember(filled, key, fill(scope, value, input));
  }
  return filled;
}

function applyPath(scope: Scope, path: string | null | undefined, input: unknown): unknown {
  if (path === null) return {};
  return path === undefined || path === '$' ? input : evaluate(scope, path, input, invalidPath);
}

function assign(scope: Scope, block: JsonObject | undefined, input: unknown): JsonObject {
  const assigned = block === undefined ? {} : fill(scope, block, input);
  return isObject(assigned) ? assigned : {};
}

function combine(input: unknown, resultPath: string | null | undefined, result: unknown): unknown {
  if (resultPath === null) return input;
  if (resultPath === undefined || resultPath === '$') return result;
  try {
    return placeAt(parsePath(resultPath), input, result);
  } catch (error) {
    if (!(error instanceof PathNotFound)) throw error;
    throw new StateFailure(
      'States.ResultPathMatchFailure',
      `Unable to apply ReferencePath ${resultPath} to input ${toJson(input)}`,
    );
  }
}

function produce(scope: Scope, result: unknown): Produced {
  const { state } = scope;
  const selected = state.ResultSelector === undefined ? result : fill(scope, state.ResultSelector, result);
  scope.inspect?.('afterResultSelector', selected);
  const assigned = assign(scope, state.Assign, selected);
  const combined = combine(scope.input, state.ResultPath, selected);
  scope.inspect?.('afterResultPath', combined);
  return { output: applyPath(scope, state.OutputPath, combined), assigned };
}

function passThrough(scope: Scope, rule: JsonObject): Produced {
  const input = applyPath(scope, scope.state.InputPath, scope.input);
  scope.inspect?.('afterInputPath', input);
  const block = isObject(rule['Assign']) ? rule['Assign'] : undefined;
  return { output: applyPath(scope, scope.state.OutputPath, input), assigned: assign(scope, block, input) };
}

function caught(scope: Scope, catcher: Catcher, failure: Failure): Produced {
  const errorOutput = errorOutputOf(failure);
  return {
    output: combine(scope.input, catcher.ResultPath, errorOutput),
    assigned: assign(scope, catcher.Assign, errorOutput),
  };
}

function choose(scope: Scope, rules: JsonObject[]): number | null {
  const input = applyPath(scope, scope.state.InputPath, scope.input);
  const lookup = (text: string): { found: boolean; value: unknown } => {
    const path = parsePath(text);
    if (path.root !== '$' && path.root !== '$$' && !Object.hasOwn(scope.variables, path.root)) {
      return { found: false, value: undefined };
    }
    const root = rootOf(scope, path, input);
    if (!path.definite) return { found: pathExists(path, root), value: evaluatePath(path, root) };
    return pathExists(path, root)
      ? { found: true, value: evaluatePath(path, root) }
      : { found: false, value: undefined };
  };
  const index = rules.findIndex((rule) => ruleHolds(rule, lookup));
  return index < 0 ? null : index;
}

function field(scope: Scope, owner: JsonObject, name: string, input: unknown): unknown {
  const path = owner[`${name}Path`];
  if (typeof path !== 'string') return owner[name];
  if (name === 'Seconds' || name === 'Timestamp') {
    return evaluate(scope, path, input, () => `The ${name}Path parameter does not reference an input value: ${path}`);
  }
  const explain = name === 'Error' || name === 'Cause' ? notFoundInInput(`${name}Path`, input) : invalidPath;
  return evaluate(scope, path, input, explain);
}

/** JSONPath mode: InputPath, Parameters, ResultSelector, ResultPath, OutputPath, `.$` members and intrinsic functions. */
export const jsonpathLanguage: QueryLanguage = {
  effectiveInput: (scope) => {
    const input = applyPath(scope, scope.state.InputPath, scope.input);
    scope.inspect?.('afterInputPath', input);
    return input;
  },
  taskArguments: (scope, input) => {
    const filled = scope.state.Parameters === undefined ? input : fill(scope, scope.state.Parameters, input);
    scope.inspect?.('afterParameters', filled);
    return filled;
  },
  template: (scope, template, _field, input) => fill(scope, template, input),
  produce,
  passThrough,
  caught,
  choose,
  field,
  items: (scope, input) => {
    const path = scope.state['ItemsPath'];
    return typeof path === 'string' ? evaluate(scope, path, input, invalidPath) : input;
  },
};
