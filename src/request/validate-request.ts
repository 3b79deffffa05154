import type { AlgorithmCatalogue } from '../contracts/algorithm-catalogue.js';
import { requestInput } from '../contracts/request-fields.js';
import type { TrainingRequest } from '../contracts/request.js';
import type { ProblemMessages } from '../messages/problems.js';
import { algorithmsFor, loadAlgorithms } from './algorithm-list.js';
import { checkFields, dropNulls, lineOf } from './check-fields.js';
import { checkHyperparameters, checkInDoubt } from './check-hyperparameters.js';
import { checkRequest, type ValidFields } from './check-request.js';
import type { Problem } from './problem.js';
import { resolveRequest } from './resolve-request.js';

export interface ValidationContext {
  messages: ProblemMessages;
  /** Field path -> line of the body. */
  lines: ReadonlyMap<string, number>;
  catalogue?: AlgorithmCatalogue;
}

export type Validated =
  { ok: true; request: TrainingRequest; notes: string[] } | { ok: false; problems: Problem[]; notes: string[] };

/** Fields that belong to the issue itself; people put them into the body because the documents' example has them there. */
const issueFields = new Set(['title', 'labels']);

function topField(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

/** The fields without a problem of their own. */
function validFields(given: Record<string, unknown>, problems: readonly Problem[]): ValidFields {
  const broken = new Set(problems.map((problem) => topField(problem.field)));
  const kept = Object.fromEntries(Object.entries(given).filter(([name]) => !broken.has(name)));
  return requestInput.partial().safeParse(kept).data ?? {};
}

/** With another kind of learning, what supervised learning needs is not missed, and its bounds do not hold. */
function withoutFollowUps(problems: readonly Problem[]): Problem[] {
  const other = problems.some(
    (problem) => problem.field === 'learning_type' || (problem.field === 'task_type' && problem.code === 'not_yet'),
  );
  const needed = new Set(['task_type', 'target', 'evaluation_threshold', 'algorithm', 'dataset_id']);
  const follows = ({ code, field }: Problem) =>
    (code === 'missing' && needed.has(field)) || (code === 'wrong_value' && field === 'evaluation_threshold');
  return problems.filter((problem) => !(other && follows(problem)));
}

/** Fields that say what is trained. */
const learning = new Set(['learning_type', 'task_type', 'algorithm']);

/** The hyperparameters, as far as the algorithms are certain. */
function hyperparametersOf(
  request: { given: Record<string, unknown>; fields: ValidFields; problems: readonly Problem[] },
  { messages, lines, catalogue }: Required<ValidationContext>,
): ReturnType<typeof checkHyperparameters> {
  const { given, fields, problems } = request;
  if (fields.hyperparameters === undefined) return { value: {}, problems: [] };
  const script = given['training_script'] !== undefined;
  const task = fields.task_type;
  const usable = task === undefined ? Object.keys(catalogue.algorithms) : algorithmsFor(catalogue, task);
  const written = new Set([given['algorithm'] ?? []].flat().map(String));
  const algorithms = [...written].filter((name) => usable.includes(name));
  const context = { messages, lines, catalogue, algorithms, script, path: 'hyperparameters' };
  const certain = problems.every(({ field }) => topField(field) !== 'algorithm') && algorithms.length > 0;
  if (certain || script) return checkHyperparameters(fields.hyperparameters, context);
  // Those of an algorithm that comes later are not known yet.
  const later = problems.some(({ field, code }) => code === 'not_yet' && learning.has(topField(field)));
  if (later) return { value: {}, problems: [] };
  return { value: {}, problems: checkInDoubt(fields.hyperparameters, context) };
}

/** Checks a request as data: every problem at once, or the request with its defaults filled. */
export function validateRequest(data: Record<string, unknown>, context: ValidationContext): Validated {
  const { messages, lines, catalogue = loadAlgorithms() } = context;
  const notes = Object.keys(data).filter((name) => issueFields.has(name));
  const given = dropNulls(Object.fromEntries(Object.entries(data).filter(([name]) => !issueFields.has(name))));
  const own = checkFields(requestInput, given, { messages, lines });
  const fields = validFields(given, own);
  const problems = [
    ...own,
    ...checkRequest({ fields, raw: given, given: new Set(Object.keys(given)), lines, messages, catalogue }),
  ];
  const hyperparameters = hyperparametersOf({ given, fields, problems }, { messages, lines, catalogue });
  problems.push(...hyperparameters.problems);
  const noteTexts = notes.map((name) => messages.noteIgnored(name));
  const complete = requestInput.safeParse(given);
  if (problems.length === 0 && complete.success) {
    return { ok: true, request: resolveRequest(complete.data, hyperparameters.value), notes: noteTexts };
  }
  for (const issue of problems.length === 0 ? (complete.error?.issues ?? []) : []) {
    // Nothing of ours saw it, the schema does: better a plain message than a request that is not one.
    const field = issue.path.join('.');
    problems.push({
      field,
      code: 'wrong_value',
      found: messages.nothing,
      allowed: issue.message,
      nearest: null,
      line: lineOf(lines, field),
    });
  }
  return { ok: false, problems: withoutFollowUps(problems), notes: noteTexts };
}
