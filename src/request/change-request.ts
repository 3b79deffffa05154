import { isDeepStrictEqual } from 'node:util';
import type { AlgorithmCatalogue } from '../contracts/algorithm-catalogue.js';
import { optimization } from '../contracts/request-optimization-fields.js';
import { trainingRequest, type Language, type TrainingRequest } from '../contracts/request.js';
import { problemMessages, type ProblemMessages } from '../messages/problems.js';
import { loadAlgorithms } from './algorithm-list.js';
import { lineOf } from './check-fields.js';
import { checkHyperparameters, describeNames, scriptKey, withDefaults } from './check-hyperparameters.js';
import { fieldsOf } from './describe-allowed.js';
import { shown, type Problem } from './problem.js';
import { nearestName } from '../nearest.js';
import { requestAsInput } from './request-as-input.js';
import { validateRequest } from './validate-request.js';

/** A mapping that changes a request, as a command carries it. */
export interface RequestChange {
  data: Record<string, unknown>;
  lines: ReadonlyMap<string, number>;
}

export interface ChangeOptions {
  /** Default: the request's own. */
  language?: Language;
  catalogue?: AlgorithmCatalogue;
}

/** The changed request, or every problem at once. */
export type ChangedRequest =
  { ok: true; request: TrainingRequest; notes: string[] } | { ok: false; problems: Problem[]; language: Language };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields that are replaced as a whole: parts of the old value make no sense beside parts of the new one. */
const replaced = new Set([
  'evaluation_threshold',
  'data_source',
  'training_script',
  'inference_script',
  'hyperparameters',
  'split',
]);

/** Members of `change` over those of `base`; null takes a field away, so that its default holds again. */
function merge(base: Record<string, unknown>, change: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [name, value] of Object.entries(change)) {
    const before = merged[name];
    if (value === null) delete merged[name];
    else merged[name] = isObject(value) && isObject(before) && !replaced.has(name) ? merge(before, value) : value;
  }
  return merged;
}

const optimizationFields = fieldsOf(optimization) ?? {};

/** Short name of a proposal's item -> where it stands: `class_imbalance_handling` -> `phase1_optimizations`. */
const phaseOf = new Map(
  Object.entries(optimizationFields).flatMap(([phase, schema]) =>
    Object.keys(fieldsOf(schema) ?? {}).map((item) => [item, phase] as const),
  ),
);

interface Placed {
  data: Record<string, unknown>;
  lines: Map<string, number>;
}

function moveLines(lines: ReadonlyMap<string, number>, into: Map<string, number>, from: string, to: string): void {
  for (const [path, line] of lines) {
    if (path === from || path.startsWith(`${from}.`) || path.startsWith(`${from}[`))
      into.set(`${to}${path.slice(from.length)}`, line);
  }
}

/**
 * Puts a change into the form of a request: a proposal may be overridden in its own words (`optimization_proposal`,
 * `phase3_optimizations`, `bias_check_level`, `performance_profile`), which stand under `workflow_optimization`.
 */
function placeChange(change: RequestChange): Placed {
  const placed: Placed = { data: {}, lines: new Map(change.lines) };
  const put = (target: string[], value: unknown): void => {
    let data = placed.data;
    for (const name of target.slice(0, -1)) {
      const next = data[name];
      data = data[name] = isObject(next) ? { ...next } : {};
    }
    const last = target.at(-1) ?? '';
    data[last] = isObject(value) && isObject(data[last]) ? merge(data[last], value) : value;
  };
  const visit = (entries: Record<string, unknown>, path: string): void => {
    for (const [name, value] of Object.entries(entries)) {
      const from = path === '' ? name : `${path}.${name}`;
      const phase = phaseOf.get(name);
      // `cv_folds` and `deployment_strategy` are fields of the request as well: those win.
      const own = Object.hasOwn(trainingRequest.shape, name) || name === 'algorithm' || name === 'evaluation_threshold';
      let target = [name];
      if (name === 'optimization_proposal' && isObject(value)) {
        visit(value, from);
        continue;
      }
      if (!own && Object.hasOwn(optimizationFields, name)) target = ['workflow_optimization', name];
      else if (!own && phase !== undefined) target = ['workflow_optimization', phase, name];
      put(target, value);
      moveLines(change.lines, placed.lines, from, target.join('.'));
    }
  };
  visit(change.data, '');
  return placed;
}

type Merged = TrainingRequest['hyperparameters'];

/** Hyperparameters of the old request for the algorithms that stay, under the new ones. */
function mergeHyperparameters(base: Merged, change: Merged, algorithms: readonly string[], script: boolean): Merged {
  const merged: Merged = {};
  for (const name of [...algorithms, ...(script ? [scriptKey] : [])]) {
    const own = { ...base[name], ...change[name] };
    if (Object.keys(own).length > 0) merged[name] = own;
  }
  return merged;
}

/** Applies `/override`: fields of the request or of the proposal; checked like a request, all problems at once. */
export function overrideRequest(
  request: TrainingRequest,
  change: RequestChange,
  options: ChangeOptions = {},
): ChangedRequest {
  const { language = request.language, catalogue = loadAlgorithms() } = options;
  const messages = problemMessages[language];
  const { data, lines } = placeChange(change);
  const wanted = merge({ ...requestAsInput(request), hyperparameters: {} }, data);
  if (Object.hasOwn(data, 'data_source') && data['data_source'] !== null && !Object.hasOwn(data, 'dataset_id'))
    delete wanted['dataset_id'];
  const checked = validateRequest(wanted, { messages, lines, catalogue });
  if (!checked.ok) return { ok: false, problems: checked.problems, language };
  const { hyperparameters: given, algorithms, training_script: script } = checked.request;
  const base = data['hyperparameters'] === null ? {} : request.hyperparameters;
  const hyperparameters = mergeHyperparameters(base, given, algorithms, script !== null);
  return { ok: true, request: { ...checked.request, hyperparameters }, notes: checked.notes };
}

function missingAdjustment(change: RequestChange, allowed: string, m: ProblemMessages): Problem[] {
  const name = 'adjusted_hyperparameters';
  const others = Object.keys(change.data).filter((key) => key !== name);
  const unknown = others.map((key): Problem => {
    const found = shown(change.data[key], m);
    return {
      field: key,
      code: 'unknown_field',
      found,
      allowed: m.knownFields([name]),
      nearest: nearestName(key, [name]),
      line: lineOf(change.lines, key),
    };
  });
  const given = change.data[name];
  if (isObject(given) && Object.keys(given).length > 0) return unknown;
  const code = given === undefined || given === null ? 'missing' : 'wrong_value';
  const line = lineOf(change.lines, name);
  return [{ field: name, code, found: shown(given, m), allowed, nearest: null, line }, ...unknown];
}

/** Applies `/retry`: `adjusted_hyperparameters` over those of the request. */
export function retryRequest(
  request: TrainingRequest,
  change: RequestChange,
  options: ChangeOptions = {},
): ChangedRequest {
  const { language = request.language, catalogue = loadAlgorithms() } = options;
  const messages = problemMessages[language];
  const path = 'adjusted_hyperparameters';
  const given = change.data[path];
  const { algorithms } = request;
  const script = request.training_script !== null;
  const known = script ? messages.anyMapping : describeNames(catalogue, algorithms, messages);
  const problems = missingAdjustment(change, messages.adjustment(known), messages);
  const checked = checkHyperparameters(isObject(given) ? given : {}, {
    messages,
    lines: change.lines,
    catalogue,
    algorithms,
    script,
    path,
  });
  problems.push(...checked.problems);
  if (problems.length > 0) return { ok: false, problems, language };
  const hyperparameters = mergeHyperparameters(request.hyperparameters, checked.value, algorithms, script);
  return { ok: true, request: { ...request, hyperparameters }, notes: [] };
}

/** Whether two requests train with the same hyperparameters: a default that is written down is no change. */
export function trainsAlike(
  one: TrainingRequest,
  other: TrainingRequest,
  catalogue: AlgorithmCatalogue = loadAlgorithms(),
): boolean {
  const used = ({ hyperparameters, algorithms, training_script: script }: TrainingRequest) =>
    withDefaults(hyperparameters, { catalogue, algorithms: script === null ? algorithms : [] });
  return isDeepStrictEqual(used(one), used(other));
}
