import { maxGeneratedFeatures, type GenerateFeaturesInput } from '../contracts/request-generate-fields.js';
import type { ProblemMessages } from '../messages/problems.js';
import { generatedFeatures, generatePath, lagColumns, resolveGenerateFeatures } from './generated-features.js';
import { memberPath } from './read-yaml.js';

/** What else of a request these checks need. */
export interface GenerateScope {
  target: string | undefined;
  sensitive: readonly string[];
  timeColumn: string | undefined;
}

/** Something wrong with `generate_features` that the request shows by itself, without its data. */
export interface GenerateProblem {
  field: string;
  value: unknown;
  allowed: string;
}

function columnProblems(
  field: string,
  names: readonly string[],
  { target, sensitive }: GenerateScope,
  m: ProblemMessages,
): GenerateProblem[] {
  return names.flatMap((value, index) => {
    const at = memberPath(field, index);
    const found: GenerateProblem[] = [];
    if (value === target) found.push({ field: at, value, allowed: m.notTheTarget });
    // The bias check compares the groups of the column itself, not of what is made of it.
    if (sensitive.includes(value)) found.push({ field: at, value, allowed: m.notSensitive });
    if (names.indexOf(value) < index) found.push({ field: at, value, allowed: m.columnOnce });
    return found;
  });
}

function listProblems(given: GenerateFeaturesInput, scope: GenerateScope, m: ProblemMessages): GenerateProblem[] {
  const pairs = (given.interactions ?? []).flatMap((value, index) => {
    const field = memberPath(`${generatePath}.interactions`, index);
    const count = value.length === 2 ? [] : [{ field, value, allowed: m.pairOfColumns }];
    return [...count, ...columnProblems(field, value, scope, m)];
  });
  const aggregates = (given.aggregates ?? []).flatMap(({ columns: value }, index) => {
    const field = `${memberPath(`${generatePath}.aggregates`, index)}.columns`;
    const count = value.length >= 2 ? [] : [{ field, value, allowed: m.twoColumns }];
    return [...count, ...columnProblems(field, value, scope, m)];
  });
  return [...pairs, ...aggregates];
}

function lagProblems(given: GenerateFeaturesInput, scope: GenerateScope, m: ProblemMessages): GenerateProblem[] {
  const lags = given.lags ?? [];
  const problems = lags.flatMap(({ column, by }, index) => {
    const at = memberPath(`${generatePath}.lags`, index);
    const found: GenerateProblem[] = [];
    if (scope.sensitive.includes(column)) found.push({ field: `${at}.column`, value: column, allowed: m.notSensitive });
    if (by !== undefined && [scope.target, scope.timeColumn, column].includes(by))
      found.push({ field: `${at}.by`, value: by, allowed: m.seriesColumn });
    return found;
  });
  const untimed = lags.length > 0 && scope.timeColumn === undefined;
  return untimed ? [...problems, { field: `${generatePath}.lags`, value: lags, allowed: m.onlyWithTime }] : problems;
}

function nameProblems(given: GenerateFeaturesInput, m: ProblemMessages): GenerateProblem[] {
  const generate = resolveGenerateFeatures(given);
  const all = [...generatedFeatures(generate), ...lagColumns(generate)];
  if (all.length > maxGeneratedFeatures)
    return [{ field: generatePath, value: all.length, allowed: m.generatedCount(maxGeneratedFeatures) }];
  // The product of b and a is the one of a and b.
  const keyOf = ({ made }: (typeof all)[number]) =>
    'function' in made && made.function === 'product' ? made.columns.toSorted().join('_x_') : made.name;
  const seen = new Set<string>();
  return all.flatMap((each) => {
    const twice = seen.has(keyOf(each));
    seen.add(keyOf(each));
    return twice ? [{ field: each.field, value: each.made.name, allowed: m.generatedOnce }] : [];
  });
}

/** Every problem of `generate_features` that can be told before the data is known. */
export function checkGeneratedFeatures(
  given: GenerateFeaturesInput,
  scope: GenerateScope,
  messages: ProblemMessages,
): GenerateProblem[] {
  return [
    ...listProblems(given, scope, messages),
    ...lagProblems(given, scope, messages),
    ...nameProblems(given, messages),
  ];
}
