import type { Catcher } from '../definition.js';
import { StateFailure, type Failure } from '../failure.js';
import { isObject, setMember, toJson, type JsonObject } from '../json.js';
import { JsonataProblem } from './jsonata-problem.js';
import { errorOutputOf, type Produced, type QueryLanguage, type Scope } from './language.js';

interface States {
  input: unknown;
  context: JsonObject;
  result?: unknown;
  errorOutput?: unknown;
}

/** The expression between `{%` and `%}`, or null for an ordinary string. */
function expressionIn(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  return value.startsWith('{%') && value.endsWith('%}') && value.length >= 4 ? value.slice(2, -2).trim() : null;
}

function queryFailure(location: string, message: string): StateFailure {
  return new StateFailure('States.QueryEvaluationError', message, { location });
}

/** Only JSON may leave an expression: functions, undefined and NaN are no values of a state. */
function plain(expression: string, location: string, value: unknown): unknown {
  const where = `The JSONata expression '${expression}' specified for the field '${location}'`;
  if (value === undefined) throw queryFailure(location, `${where} returned nothing (undefined).`);
  const kind = typeof value;
  if (
    kind === 'function' ||
    kind === 'symbol' ||
    isFunctionNode(value) ||
    (kind === 'number' && !Number.isFinite(value))
  ) {
    throw queryFailure(location, `${where} returned an unsupported result type.`);
  }
  if (typeof value !== 'object' || value === null) return value;
  // Lists made by JSONata carry hidden marks; a copy through JSON is a plain value.
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function isFunctionNode(value: unknown): boolean {
  return isObject(value) && (value['_jsonata_lambda'] === true || value['_jsonata_function'] === true);
}

function evaluate(scope: Scope, states: States, expression: string, location: string): unknown {
  let value: unknown;
  try {
    value = scope.jsonata(expression, { ...scope.variables, states }, scope.sources);
  } catch (error) {
    if (!(error instanceof JsonataProblem)) throw error;
    throw queryFailure(
      location,
      `The JSONata expression '${expression}' specified for the field '${location}' threw an error during evaluation. ${error.message}`,
    );
  }
  return plain(expression, location, value);
}

function fill(scope: Scope, states: States, template: unknown, location: string): unknown {
  const expression = expressionIn(template);
  if (expression !== null) return evaluate(scope, states, expression, location);
  if (Array.isArray(template)) return template.map((item, at) => fill(scope, states, item, `${location}[${at}]`));
  if (!isObject(template)) return template;
  const filled: JsonObject = {};
  for (const [key, value] of Object.entries(template)) {
    setMember(filled, key, fill(scope, states, value, `${location}/${key}`));
  }
  return filled;
}

function statesOf(scope: Scope): States {
  return { input: scope.input, context: scope.context };
}

function assign(scope: Scope, states: States, block: unknown): JsonObject {
  const filled = block === undefined ? {} : fill(scope, states, block, 'Assign');
  return isObject(filled) ? filled : {};
}

function outcome(scope: Scope, states: States, owner: JsonObject, otherwise: unknown): Produced {
  const assigned = assign(scope, states, owner['Assign']);
  const output = owner['Output'] === undefined ? otherwise : fill(scope, states, owner['Output'], 'Output');
  return { output, assigned };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function items(scope: Scope): unknown {
  const template = scope.state['Items'];
  if (template === undefined) return scope.input;
  const value = fill(scope, statesOf(scope), template, 'Items');
  const expression = expressionIn(template);
  if (!Array.isArray(value) && expression !== null) {
    throw queryFailure(
      'Items',
      `The JSONata expression '${expression}' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was '${typeName(value)}' for value: ${toJson(value)}`,
    );
  }
  return value;
}

function choose(scope: Scope, rules: JsonObject[]): number | null {
  for (const [at, rule] of rules.entries()) {
    const location = `Choices[${at}]/Condition`;
    const value = fill(scope, statesOf(scope), rule['Condition'], location);
    if (typeof value !== 'boolean') {
      const expression = expressionIn(rule['Condition']) ?? '';
      throw queryFailure(
        location,
        `The JSONata expression '${expression}' specified for the field '${location}' returned an unexpected result type. Expected 'boolean', but was '${typeName(value)}' for value: ${toJson(value)}`,
      );
    }
    if (value) return at;
  }
  return null;
}

/** JSONata mode: `{% %}` strings in Arguments, Output, Assign, Items, Condition and the value fields. */
export const jsonataLanguage: QueryLanguage = {
  effectiveInput: (scope) => scope.input,
  taskArguments: (scope, input) => {
    const { state } = scope;
    const filled =
      state['Arguments'] === undefined ? input : fill(scope, statesOf(scope), state['Arguments'], 'Arguments');
    scope.inspect?.('afterArguments', filled);
    return filled;
  },
  template: (scope, template, name) => fill(scope, statesOf(scope), template, name),
  produce: (scope, result): Produced => outcome(scope, { ...statesOf(scope), result }, scope.state, result),
  passThrough: (scope, rule) => outcome(scope, statesOf(scope), rule, scope.input),
  caught: (scope, catcher: Catcher, failure: Failure) => {
    const errorOutput = errorOutputOf(failure);
    return outcome(scope, { ...statesOf(scope), errorOutput }, { ...catcher }, errorOutput);
  },
  choose,
  field: (scope, owner, name) =>
    owner[name] === undefined ? undefined : fill(scope, statesOf(scope), owner[name], name),
  items,
};
