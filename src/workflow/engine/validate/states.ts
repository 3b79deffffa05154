import { isObject, type JsonObject } from '../json.js';
import { parseTimestamp } from '../timestamp.js';
import { checkNumber, checkPath, checkTemplate, type Problems } from './problems.js';
import { checkResource } from './resources.js';
import { checkCatch, checkChoices, checkRetry, checkTarget, type StateRulesContext } from './rules.js';

const stateTypes = ['Task', 'Wait', 'Pass', 'Succeed', 'Fail', 'Choice', 'Parallel', 'Map'];
const withNext = ['Task', 'Wait', 'Pass', 'Parallel', 'Map'];
const withRetry = ['Task', 'Parallel', 'Map'];
const jsonpathOnly = ['InputPath', 'OutputPath', 'ResultPath', 'Parameters', 'ResultSelector', 'ItemsPath', 'Result'];
const jsonataOnly = ['Arguments', 'Output', 'Items'];
const longestName = 80;

function exactlyOne(problems: Problems, state: JsonObject, fields: string[], path: string): void {
  const found = fields.filter((field) => state[field] !== undefined);
  if (found.length === 1) return;
  problems.add(path, `Expected exactly one of [${fields.join(', ')}], found: [${found.join(', ')}]`);
}

function checkWait(problems: Problems, state: JsonObject, path: string, context: StateRulesContext): void {
  exactlyOne(problems, state, ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'], path);
  checkNumber(problems, state, 'Seconds', path, { least: 0, most: 99_999_999 });
  const { Timestamp: at } = state;
  const isExpression = context.jsonata && typeof at === 'string' && at.startsWith('{%');
  if (at !== undefined && !isExpression && parseTimestamp(at) === null) {
    problems.add(`${path}/Timestamp`, 'String does not match RFC3339 timestamp');
  }
}

function checkTask(problems: Problems, state: JsonObject, path: string): void {
  checkResource(problems, state['Resource'], `${path}/Resource`);
  const bounds = { least: 1, most: 99_999_999 };
  checkNumber(problems, state, 'TimeoutSeconds', path, bounds);
  checkNumber(problems, state, 'HeartbeatSeconds', path, bounds);
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
    problems.add(`${path}/HeartbeatSeconds`, 'HeartbeatSeconds must be smaller than TimeoutSeconds');
  }
  const credentials = state['Credentials'];
  if (isObject(credentials) && credentials['RoleArn'] === undefined && credentials['RoleArn.$'] === undefined) {
    problems.add(`${path}/Credentials`, "The field 'RoleArn' is required but was missing");
  }
}

function checkLanguage(problems: Problems, state: JsonObject, path: string, jsonata: boolean): void {
  const wrong = Object.keys(state).filter((field) =>
    jsonata
      ? (jsonpathOnly.includes(field) && field !== 'Result') || field.endsWith('Path')
      : jsonataOnly.includes(field),
  );
  for (const field of new Set(wrong)) {
    problems.add(
      `${path}/${field}`,
      `The field '${field}' is not supported in ${jsonata ? 'JSONata' : 'JSONPath'} states`,
    );
  }
  if (jsonata && problems.options.jsonata === false) {
    problems.add(`${path}/QueryLanguage`, 'JSONata is not supported by this engine');
  }
}

function checkPaths(problems: Problems, state: JsonObject, path: string): void {
  for (const field of Object.keys(state)) {
    if (field.endsWith('Path')) checkPath(problems, state[field], `${path}/${field}`, field === 'ResultPath');
  }
  for (const field of ['Parameters', 'ResultSelector', 'ItemSelector', 'Assign']) {
    checkTemplate(problems, state[field], `${path}/${field}`);
  }
}

function checkFlow(
  problems: Problems,
  state: JsonObject,
  type: string,
  path: string,
  context: StateRulesContext,
): void {
  if (withNext.includes(type)) {
    if (state['End'] !== undefined && typeof state['End'] !== 'boolean')
      problems.add(`${path}/End`, 'Expected a boolean');
    const ends = state['End'] === true;
    if (ends === (state['Next'] !== undefined)) problems.add(path, 'Expected exactly one of [Next, End: true]');
    if (state['Next'] !== undefined) checkTarget(problems, state['Next'], context.names, `${path}/Next`);
  } else if (state['Next'] !== undefined || state['End'] !== undefined) {
    problems.add(path, `A state of type ${type} has neither Next nor End`);
  }
  if (withRetry.includes(type)) {
    checkRetry(problems, state, path);
    checkCatch(problems, state, path, context);
  } else if (state['Retry'] !== undefined || state['Catch'] !== undefined) {
    problems.add(path, `A state of type ${type} has neither Retry nor Catch`);
  }
}

/** Every rule about one state, apart from the states inside it. */
export function checkState(
  problems: Problems,
  name: string,
  state: unknown,
  path: string,
  context: StateRulesContext,
): void {
  if (name.length > longestName) problems.add(path, `A state name has at most ${longestName} characters`);
  if (!isObject(state)) {
    problems.add(path, 'Expected an object');
    return;
  }
  const type = String(state['Type']);
  if (!stateTypes.includes(type)) {
    problems.add(`${path}/Type`, `Value is not one of: [${stateTypes.join(', ')}]`);
    return;
  }
  checkFlow(problems, state, type, path, context);
  checkLanguage(problems, state, path, context.jsonata);
  if (!context.jsonata) checkPaths(problems, state, path);
  if (type === 'Wait') checkWait(problems, state, path, context);
  else if (type === 'Task') checkTask(problems, state, path);
  else if (type === 'Choice') checkChoices(problems, state, path, context);
  else if (type === 'Map' && problems.options.outsideItems === false) {
    for (const field of ['ItemReader', 'ResultWriter']) {
      if (state[field] !== undefined) problems.add(`${path}/${field}`, `${field} is not yet supported here, planned`);
    }
  }
}
