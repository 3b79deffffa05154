import type { QualityCheck } from '../contracts/data.js';
import type { TrainingRequest } from '../contracts/request.js';
import { codeOf } from '../errors.js';
import { problemMessages } from '../messages/problems.js';
import { type Problem, shown } from '../request/problem.js';
import type { AgentContext } from './agent.js';

/** What a request says of the data. */
export function dataChoiceOf(request: TrainingRequest) {
  const { target, task_type, positive_class, features, time_column, sensitive_attributes, cv_folds, language } =
    request;
  const { data_preprocessing: preprocessing } = request;
  return {
    target,
    task_type,
    positive_class,
    features,
    time_column,
    sensitive_attributes,
    cv_folds,
    language,
    preprocessing,
  };
}

/** The field of the request that a failed check is about, and what it holds. */
function fieldOf({ check, column }: QualityCheck, request: TrainingRequest): [string, string] {
  const { target, positive_class, time_column, features, sensitive_attributes: sensitive, dataset_id } = request;
  if (check === 'positive_class') return ['positive_class', positive_class ?? ''];
  const lists: [string, readonly string[]][] = [
    ['features.include', features.include ?? []],
    ['features.exclude', features.exclude],
    ['sensitive_attributes', sensitive],
  ];
  const [name, names] = lists.find(([, columns]) => column !== null && columns.includes(column)) ?? [];
  if (column !== null && column === target) return ['target', target];
  if (column !== null && column === time_column) return ['time_column', column];
  if (column !== null && name !== undefined && names !== undefined)
    return [`${name}[${names.indexOf(column)}]`, column];
  return ['dataset_id', dataset_id];
}

/** What of a request does not fit a dataset that the catalogue has; empty for a file, which nobody has looked into yet. */
export async function dataProblems(
  request: TrainingRequest,
  { tools }: Pick<AgentContext, 'tools'>,
): Promise<Problem[]> {
  if (request.data_source !== null) return [];
  const { dataset_id, dataset_version: version } = request;
  try {
    const { report } = await tools.call('validate_data', { dataset_id, version, ...dataChoiceOf(request) });
    const failed = report.checks.filter(({ status }) => status === 'fail');
    return failed.map((check) => {
      const [field, found] = fieldOf(check, request);
      const text = shown(found, problemMessages[request.language]);
      return { field, code: 'unfit', found: text, allowed: check.message, nearest: null, line: null };
    });
  } catch (error) {
    // A dataset that is not there, now: the planning says so, with those that are.
    if (codeOf(error) === 'not_found') return [];
    throw error;
  }
}
