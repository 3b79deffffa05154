import { DandoriError } from '../../../errors.js';
import type { MachineDefinition } from '../definition.js';
import { isObject, toJson, type JsonObject } from '../json.js';
import { Problems, type DefinitionProblem, type ValidationOptions } from './problems.js';
import { checkState } from './states.js';

/** Longest definition, in characters of JSON text. */
const longestDefinition = 1_048_576;

interface Inherited {
  machineLanguage: unknown;
}

function innerContainers(state: JsonObject, path: string): [container: unknown, path: string][] {
  if (state['Type'] === 'Parallel') {
    const branches = Array.isArray(state['Branches']) ? state['Branches'] : [undefined];
    return branches.map((branch, at) => [branch, `${path}/Branches[${at}]`]);
  }
  if (state['Type'] !== 'Map') return [];
  const field = state['ItemProcessor'] === undefined && state['Iterator'] !== undefined ? 'Iterator' : 'ItemProcessor';
  return [[state[field], `${path}/${field}`]];
}

function targetsOf(state: unknown): unknown[] {
  if (!isObject(state)) return [];
  const rules = [state['Choices'], state['Catch']].flatMap((list) => (Array.isArray(list) ? list : []));
  return [state['Next'], state['Default'], ...rules.map((rule) => (isObject(rule) ? rule['Next'] : undefined))];
}

function checkReachable(problems: Problems, states: JsonObject, startAt: string, path: string): void {
  const reached = new Set<string>();
  const queue = [startAt];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name) || !Object.hasOwn(states, name)) continue;
    reached.add(name);
    queue.push(...targetsOf(states[name]).filter((target) => typeof target === 'string'));
  }
  for (const name of Object.keys(states)) {
    if (!reached.has(name))
      problems.add(`${path}/States/${name}`, `MISSING_TRANSITION: State "${name}" is not reachable`);
  }
}

function checkContainer(problems: Problems, container: unknown, path: string, inherited: Inherited): void {
  const missing = ['StartAt', 'States'].filter((field) => !isObject(container) || container[field] === undefined);
  if (!isObject(container) || missing.length > 0) {
    problems.add(path === '' ? '/' : path, `These fields are required: [${missing.join(', ')}]`);
    return;
  }
  const states = container['States'];
  if (!isObject(states) || Object.keys(states).length === 0) {
    problems.add(`${path}/States`, 'Expected an object with at least one state');
    return;
  }
  const names = Object.keys(states);
  const startAt = String(container['StartAt']);
  if (!names.includes(startAt))
    problems.add(`${path}/StartAt`, `MISSING_TRANSITION_TARGET: Missing 'StartAt' target: ${startAt}`);
  else checkReachable(problems, states, startAt, path);
  for (const [name, state] of Object.entries(states)) {
    const where = `${path}/States/${name}`;
    const own = isObject(state) ? state['QueryLanguage'] : undefined;
    if (inherited.machineLanguage === 'JSONata' && own === 'JSONPath') {
      problems.add(
        `${where}/QueryLanguage`,
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
      );
    }
    checkState(problems, name, state, where, { jsonata: (own ?? inherited.machineLanguage) === 'JSONata', names });
    if (!isObject(state)) continue;
    for (const [inner, innerPath] of innerContainers(state, where))
      checkContainer(problems, inner, innerPath, inherited);
  }
}

/** Every problem of a definition, in order; empty for a good one. */
export function definitionProblems(definition: unknown, options: ValidationOptions = {}): DefinitionProblem[] {
  const problems = new Problems(options);
  const length = toJson(definition).length;
  if (length > longestDefinition)
    problems.add('/', `The definition has ${length} characters; at most ${longestDefinition} are allowed`);
  checkContainer(problems, definition, '', {
    machineLanguage: isObject(definition) ? definition['QueryLanguage'] : undefined,
  });
  return problems.found;
}

function isMachine(definition: unknown, problems: DefinitionProblem[]): definition is MachineDefinition {
  return isObject(definition) && problems.length === 0;
}

/** The definition, typed; throws `invalid_request` with `details.data.problems` when it is not valid. */
export function validateDefinition(definition: unknown, options: ValidationOptions = {}): MachineDefinition {
  const problems = definitionProblems(definition, options);
  if (isMachine(definition, problems)) return definition;
  throw new DandoriError('invalid_request', 'The state machine definition is not valid.', {
    found: problems.map(({ message, path }) => `SCHEMA_VALIDATION_FAILED: ${message} at ${path}`).join('; '),
    next: 'mend each place named and try again.',
    data: { problems },
  });
}
