import { choiceOperators } from '../choice.js';
import { isObject, type JsonObject } from '../json.js';
import { checkNumber, checkPath, checkTemplate, isPathOrIntrinsic, type Problems } from './problems.js';

/** What the rules of one state need to know. */
export interface StateRulesContext {
  jsonata: boolean;
  names: readonly string[];
}

const reservedPrefix = 'States.';
const mostSeconds = 99_999_999;

function checkErrorEquals(problems: Problems, rule: JsonObject, last: boolean, path: string): void {
  const names = rule['ErrorEquals'];
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string')) {
    problems.add(`${path}/ErrorEquals`, 'Expected a list of at least one error name');
    return;
  }
  if (names.includes('States.ALL') && (names.length > 1 || !last)) {
    problems.add(`${path}/ErrorEquals`, `${reservedPrefix}ALL must stand alone and in the last rule`);
  }
}

/** The list under `Retry` or `Catch`. */
function ruleList(problems: Problems, state: JsonObject, field: string, path: string): JsonObject[] {
  const list = state[field];
  if (list === undefined) return [];
  if (!Array.isArray(list) || !list.every(isObject)) {
    problems.add(`${path}/${field}`, 'Expected a list of objects');
    return [];
  }
  return list;
}

/** Retry: error names and the bounds of each number. */
export function checkRetry(problems: Problems, state: JsonObject, path: string): void {
  const rules = ruleList(problems, state, 'Retry', path);
  for (const [at, rule] of rules.entries()) {
    const where = `${path}/Retry[${at}]`;
    checkErrorEquals(problems, rule, at === rules.length - 1, where);
    checkNumber(problems, rule, 'IntervalSeconds', where, { least: 1, most: mostSeconds });
    checkNumber(problems, rule, 'MaxAttempts', where, { least: 0, most: mostSeconds });
    checkNumber(problems, rule, 'BackoffRate', where, { least: 1, most: Infinity, integer: false });
    checkNumber(problems, rule, 'MaxDelaySeconds', where, { least: 1, most: 31_622_400 });
    const jitter = rule['JitterStrategy'];
    if (jitter !== undefined && jitter !== 'NONE' && jitter !== 'FULL') {
      problems.add(`${where}/JitterStrategy`, 'Value is not one of: [NONE, FULL]');
    }
  }
}

/** A transition must lead to a state of the same container. */
export function checkTarget(problems: Problems, target: unknown, names: readonly string[], path: string): void {
  if (typeof target === 'string' && names.includes(target)) return;
  problems.add(path, `MISSING_TRANSITION_TARGET: Missing 'Next' target: ${String(target)}`);
}

/** Catch: error names, target, ResultPath. */
export function checkCatch(problems: Problems, state: JsonObject, path: string, context: StateRulesContext): void {
  const rules = ruleList(problems, state, 'Catch', path);
  for (const [at, rule] of rules.entries()) {
    const where = `${path}/Catch[${at}]`;
    checkErrorEquals(problems, rule, at === rules.length - 1, where);
    checkTarget(problems, rule['Next'], context.names, `${where}/Next`);
    if (context.jsonata) continue;
    checkPath(problems, rule['ResultPath'], `${where}/ResultPath`, true);
    checkTemplate(problems, rule['Assign'], `${where}/Assign`);
  }
}

function checkComparison(problems: Problems, rule: JsonObject, path: string): void {
  const nested = rule['And'] ?? rule['Or'] ?? (rule['Not'] === undefined ? undefined : [rule['Not']]);
  if (nested !== undefined) {
    if (!Array.isArray(nested) || nested.length === 0 || !nested.every(isObject)) {
      problems.add(path, 'And, Or and Not take choice rules');
      return;
    }
    for (const [at, inner] of nested.entries()) {
      if (inner['Next'] !== undefined) problems.add(`${path}[${at}]/Next`, 'Only a top-level choice rule has Next');
      checkComparison(problems, inner, `${path}[${at}]`);
    }
    return;
  }
  checkPath(problems, rule['Variable'] ?? '', `${path}/Variable`);
  const operators = Object.keys(rule).filter((key) => choiceOperators.includes(key));
  const [operator] = operators;
  if (operators.length !== 1 || operator === undefined) {
    problems.add(path, `Expected one comparison operator, found: [${operators.join(', ')}]`);
  } else if (operator.endsWith('Path') && !(typeof rule[operator] === 'string' && isPathOrIntrinsic(rule[operator]))) {
    problems.add(`${path}/${operator}`, 'Value is not a valid JSONPath');
  }
}

/** Choices and Default. */
export function checkChoices(problems: Problems, state: JsonObject, path: string, context: StateRulesContext): void {
  const rules = state['Choices'];
  if (!Array.isArray(rules) || rules.length === 0 || !rules.every(isObject)) {
    problems.add(`${path}/Choices`, 'Expected a list of at least one choice rule');
    return;
  }
  for (const [at, rule] of rules.entries()) {
    const where = `${path}/Choices[${at}]`;
    checkTarget(problems, rule['Next'], context.names, `${where}/Next`);
    if (!context.jsonata) checkComparison(problems, rule, where);
    else if (rule['Condition'] === undefined) problems.add(where, 'These fields are required: [Condition]');
  }
  if (state['Default'] !== undefined) checkTarget(problems, state['Default'], context.names, `${path}/Default`);
}
