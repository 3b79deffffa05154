import { basename } from 'node:path';
import { z } from 'zod';
import type { AlgorithmCatalogue } from '../contracts/algorithm-catalogue.js';
import { errorMetrics, metric, scoreMetrics } from '../contracts/request-field-docs.js';
import type { RequestInput } from '../contracts/request-fields.js';
import type { ProblemMessages } from '../messages/problems.js';
import { algorithmsFor } from './algorithm-list.js';
import { lineOf } from './check-fields.js';
import { checkGeneratedFeatures } from './check-generated-features.js';
import { formatOf, isPlainPath } from './data-file.js';
import { shown, type Problem } from './problem.js';
import { nearestName } from '../nearest.js';
import { memberPath } from './read-yaml.js';

/** The fields that are right by themselves; what they say about one another is checked here. */
export type ValidFields = { [Name in keyof RequestInput]?: RequestInput[Name] | undefined };

interface Scope {
  fields: ValidFields;
  /** What the person wrote, right or wrong. */
  raw: Readonly<Record<string, unknown>>;
  /** Field names that are there, right or wrong. */
  given: ReadonlySet<string>;
  lines: ReadonlyMap<string, number>;
  messages: ProblemMessages;
  catalogue: AlgorithmCatalogue;
  problems: Problem[];
}

function report(
  scope: Scope,
  code: Problem['code'],
  field: string,
  value: unknown,
  allowed: string,
  nearest: string | null = null,
): void {
  const found = shown(value, scope.messages);
  scope.problems.push({ field, code, found, allowed, nearest, line: lineOf(scope.lines, field) });
}

/** Metrics of a task, the main one first. */
export function metricsFor(task: 'classification' | 'regression'): string[] {
  return task === 'classification' ? [...scoreMetrics.slice(0, 5), 'log_loss'] : ['r2', ...errorMetrics.slice(1)];
}

function taskOf(scope: Scope): 'classification' | 'regression' | null {
  const task = scope.fields.task_type;
  return task === 'classification' || task === 'regression' ? task : null;
}

function checkDataset(scope: Scope): void {
  const { fields, given, messages: m } = scope;
  if (!given.has('dataset_id') && !given.has('data_source'))
    report(scope, 'missing', 'dataset_id', undefined, m.datasetMissing);
  if (given.has('dataset_version') && given.has('data_source')) {
    report(scope, 'conflict', 'dataset_version', fields.dataset_version, m.versionWithSource);
  }
  const source = fields.data_source;
  if (source === undefined) return;
  const path = typeof source === 'string' ? source : source.path;
  const field = typeof source === 'string' ? 'data_source' : 'data_source.path';
  if (path === undefined) report(scope, 'missing', field, undefined, m.pathOfSource);
  else if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) report(scope, 'not_yet', field, path, m.notYetValues(['file']));
  else if (!isPlainPath(path)) report(scope, 'wrong_value', field, path, m.path);
  else if (formatOf(path) === null && (typeof source === 'string' || source.format === undefined)) {
    report(scope, 'wrong_value', field, path, m.fileName);
  }
}

function checkScripts(scope: Scope): void {
  const { fields, given, messages: m } = scope;
  const pathOf = (script: string | { path: string } | undefined) => (typeof script === 'object' ? script.path : script);
  const [program, hooks] = [pathOf(fields.training_script), pathOf(fields.inference_script)];
  for (const [field, path] of [
    ['training_script', program],
    ['inference_script', hooks],
  ] as const) {
    if (path !== undefined && !isPlainPath(path)) report(scope, 'wrong_value', field, path, m.path);
  }
  if (hooks === undefined) return;
  if (!given.has('training_script')) report(scope, 'conflict', 'inference_script', hooks, m.onlyWithScript);
  // Both are kept and run in one folder.
  if (program !== undefined && basename(program) === basename(hooks))
    report(scope, 'conflict', 'inference_script', hooks, m.otherFileName);
}

function checkAlgorithm(scope: Scope): void {
  const { fields, given, messages: m, catalogue } = scope;
  const task = taskOf(scope);
  if (!given.has('algorithm') && !given.has('training_script')) {
    const names = task === null ? Object.keys(catalogue.algorithms) : algorithmsFor(catalogue, task);
    report(scope, 'missing', 'algorithm', undefined, m.oneOf(names));
  }
  if (task === null || fields.algorithm === undefined) return;
  const allowed = algorithmsFor(catalogue, task);
  const listed = Array.isArray(fields.algorithm);
  for (const [index, name] of [fields.algorithm].flat().entries()) {
    if (allowed.includes(name)) continue;
    const field = listed ? memberPath('algorithm', index) : 'algorithm';
    report(scope, 'conflict', field, name, m.algorithmsFor(task, allowed), nearestName(name, allowed));
  }
}

type CriterionInput = { metric: string; min?: number | undefined; max?: number | undefined };

function checkBound(scope: Scope, field: string, name: string, value: number | undefined): void {
  if (value === undefined) return;
  const { messages: m } = scope;
  const bounded = name !== 'r2' && scoreMetrics.some((one) => one === name);
  if (bounded && (value < 0 || value > 1)) report(scope, 'wrong_value', field, value, m.scoreRange);
  if (name === 'r2' && value > 1) report(scope, 'wrong_value', field, value, m.r2Range);
}

function checkCriterion(scope: Scope, path: string, criterion: CriterionInput): void {
  const { messages: m } = scope;
  const { metric: name, min, max } = criterion;
  const task = taskOf(scope);
  if (task !== null && !metricsFor(task).includes(name)) {
    const metrics = metricsFor(task);
    report(
      scope,
      'conflict',
      memberPath(path, 'metric'),
      name,
      m.metricsFor(task, metrics),
      nearestName(name, metrics),
    );
  }
  const isError = errorMetrics.some((one) => one === name);
  if (isError && (max === undefined || min !== undefined))
    report(scope, 'conflict', path, criterion, m.metricNeedsMax(name));
  if (!isError && (min === undefined || max !== undefined))
    report(scope, 'conflict', path, criterion, m.metricNeedsMin(name));
  if (!isError) checkBound(scope, memberPath(path, 'min'), name, min);
}

const unreadCriterion = z.object({ metric: z.string(), min: z.number() });

/** The bound of a metric that nobody knows: more is better of scores only, and no score goes above 1. */
function checkUnreadBound(scope: Scope, path: string, criterion: unknown): void {
  const { data } = unreadCriterion.safeParse(criterion);
  if (data === undefined || metric.options.some((name) => name === data.metric)) return;
  if (taskOf(scope) === 'classification') checkBound(scope, memberPath(path, 'min'), 'f1_score', data.min);
  else checkBound(scope, memberPath(path, 'min'), 'r2', data.min);
}

function checkThreshold(scope: Scope): void {
  const threshold = scope.fields.evaluation_threshold;
  const path = 'evaluation_threshold';
  if (threshold === undefined) {
    const raw = scope.raw[path];
    if (!Array.isArray(raw)) return checkUnreadBound(scope, path, raw);
    for (const [index, criterion] of raw.entries()) checkUnreadBound(scope, memberPath(path, index), criterion);
    return;
  }
  if (typeof threshold === 'number') {
    const task = taskOf(scope);
    if (task !== null) checkBound(scope, path, task === 'classification' ? 'f1_score' : 'r2', threshold);
    // Whatever the task turns out to be: told beside what is wrong with it, not after that is mended.
    else if (threshold > 1) report(scope, 'wrong_value', path, threshold, scope.messages.bareThreshold);
    return;
  }
  if (!Array.isArray(threshold)) return checkCriterion(scope, path, threshold);
  const seen = new Set<string>();
  for (const [index, criterion] of threshold.entries()) {
    const at = memberPath(path, index);
    if (seen.has(criterion.metric)) report(scope, 'conflict', at, criterion.metric, scope.messages.metricOnce);
    seen.add(criterion.metric);
    checkCriterion(scope, at, criterion);
  }
}

function checkPreprocessing(scope: Scope): void {
  const { messages: m } = scope;
  const given = scope.fields.data_preprocessing;
  if (given === undefined) return;
  if (given.fill_value !== undefined && given.handle_missing !== 'constant') {
    report(scope, 'conflict', 'data_preprocessing.fill_value', given.fill_value, m.onlyWithConstant);
  }
  const { outliers, feature_selection: selection } = given;
  if (outliers?.action !== undefined && outliers.action !== 'none' && (outliers.method ?? 'none') === 'none') {
    report(scope, 'conflict', 'data_preprocessing.outliers.action', outliers.action, m.onlyWithMethod);
  }
  if (selection?.max_features !== undefined && (selection.method ?? 'none') === 'none') {
    report(
      scope,
      'conflict',
      'data_preprocessing.feature_selection.max_features',
      selection.max_features,
      m.onlyWithMethod,
    );
  }
}

function checkGenerate(scope: Scope): void {
  const { target, sensitive_attributes: sensitive = [], time_column: timeColumn, data_preprocessing } = scope.fields;
  const given = data_preprocessing?.generate_features;
  if (given === undefined) return;
  for (const { field, value, allowed } of checkGeneratedFeatures(
    given,
    { target, sensitive, timeColumn },
    scope.messages,
  ))
    report(scope, 'conflict', field, value, allowed);
}

function checkColumns(scope: Scope): void {
  const { fields, messages: m } = scope;
  const include = fields.features?.include ?? [];
  const lists: [string, readonly string[]][] = [
    ['features.include', include],
    ['features.exclude', fields.features?.exclude ?? []],
    ['sensitive_attributes', fields.sensitive_attributes ?? []],
  ];
  for (const [path, names] of lists) {
    for (const [index, name] of names.entries()) {
      const at = memberPath(path, index);
      if (name === fields.target) report(scope, 'conflict', at, name, m.notTheTarget);
      if (names.indexOf(name) < index) report(scope, 'conflict', at, name, m.columnOnce);
      if (path === 'features.exclude' && include.includes(name)) report(scope, 'conflict', at, name, m.notInBoth);
    }
  }
  if (fields.time_column !== undefined && fields.time_column === fields.target) {
    report(scope, 'conflict', 'time_column', fields.time_column, m.notTheTarget);
  }
}

function checkTask(scope: Scope): void {
  const { fields, messages: m } = scope;
  const task = taskOf(scope);
  const { phase1_optimizations: phase1, phase3_optimizations: phase3 } = fields.workflow_optimization ?? {};
  if (task === 'regression') {
    if (fields.positive_class !== undefined)
      report(scope, 'conflict', 'positive_class', fields.positive_class, m.onlyForClassification);
    const handling = phase1?.class_imbalance_handling ?? 'none';
    const path = 'workflow_optimization.phase1_optimizations.class_imbalance_handling';
    if (handling !== 'none') report(scope, 'conflict', path, handling, m.onlyForClassification);
  }
  if (task === null) return;
  const path = 'workflow_optimization.phase3_optimizations.priority_metrics';
  for (const [index, name] of (phase3?.priority_metrics ?? []).entries()) {
    const metrics = metricsFor(task);
    if (!metrics.includes(name)) report(scope, 'conflict', memberPath(path, index), name, m.metricsFor(task, metrics));
  }
}

function checkNumbers(scope: Scope): void {
  const { fields, messages: m } = scope;
  const { split, workflow_optimization: optimization } = fields;
  if (split !== undefined) {
    const sum = split.train + split.validation + split.test;
    // Without validation rows there is no learning curve and nothing to compare the exported file with.
    if (Math.abs(sum - 1) > 1e-6 || Object.values(split).includes(0))
      report(scope, 'wrong_value', 'split', split, m.splitSum);
  }
  const folds = optimization?.phase2_optimizations?.cv_folds;
  if (folds !== undefined && fields.cv_folds !== undefined && folds !== fields.cv_folds) {
    report(scope, 'conflict', 'workflow_optimization.phase2_optimizations.cv_folds', folds, m.sameValue('cv_folds'));
  }
  const intensity = optimization?.phase6_optimizations?.monitoring_intensity;
  const own = fields.monitoring_config?.intensity;
  if (intensity !== undefined && own !== undefined && intensity !== own) {
    const path = 'workflow_optimization.phase6_optimizations.monitoring_intensity';
    report(scope, 'conflict', path, intensity, m.sameValue('monitoring_config.intensity'));
  }
  const name = fields.model_name;
  if (name !== undefined && name.length > 52) report(scope, 'wrong_value', 'model_name', name, m.endpointName);
}

function checkTexts(scope: Scope): void {
  // Column names and paths end up in reports and file names of one line.
  // oxlint-disable-next-line no-control-regex
  const broken = /[\u0000-\u001F\u007F\u2028\u2029]/;
  const { target, time_column: time, positive_class: positive } = scope.fields;
  for (const [field, value] of Object.entries({ target, time_column: time, positive_class: positive })) {
    if (typeof value === 'string' && broken.test(value))
      report(scope, 'wrong_value', field, value, scope.messages.oneLine);
  }
}

/** Everything that the fields say about one another. */
export function checkRequest(context: Omit<Scope, 'problems'>): Problem[] {
  const scope: Scope = { ...context, problems: [] };
  const checks = [
    checkDataset,
    checkScripts,
    checkAlgorithm,
    checkThreshold,
    checkPreprocessing,
    checkGenerate,
    checkColumns,
    checkTask,
    checkNumbers,
    checkTexts,
  ];
  for (const check of checks) check(scope);
  return scope.problems;
}
