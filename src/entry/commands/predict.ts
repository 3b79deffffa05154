import { readFileSync, statSync } from 'node:fs';
import type { PredictAnswer } from '../api-types.js';
import { type CommonOptions, show } from '../output.js';
import { DandoriError } from '../../errors.js';
import { renderTable } from '../table.js';
import { type AddCommand, newCommand, withApi } from './command.js';

const mostProblems = 10;

function bodyOf(input: string | undefined): string {
  if (input === undefined || input === '-') return readFileSync(0, 'utf8');
  if (/^\s*[[{]/.test(input)) return input;
  const entry = statSync(input, { throwIfNoEntry: false });
  if (entry?.isFile() === true) return readFileSync(input, 'utf8');
  // As with the other commands: a name of nothing is a failure, a name of something else is wrong use.
  throw new DandoriError(entry === undefined ? 'not_found' : 'invalid_input', 'The rows to predict cannot be read.', {
    found: entry === undefined ? `no file ${input}` : `${input} is no file`,
    allowed: 'JSON text, the name of a JSON or CSV file, or - for standard input',
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The endpoint's refusal as an error: its message, and every wrong field on a line. */
function refusal({ endpoint_name: endpoint, status_code: status, body }: PredictAnswer): DandoriError {
  const answer = parsed(body);
  const message = isRecord(answer) && typeof answer['message'] === 'string' ? answer['message'] : body.slice(0, 500);
  const problems = isRecord(answer) && Array.isArray(answer['problems']) ? answer['problems'].filter(isRecord) : [];
  const lines = problems
    .slice(0, mostProblems)
    .map(
      (one) =>
        `row ${textOf(one['row'])}, ${textOf(one['field'])}: ${textOf(one['found'])}; allowed: ${textOf(one['allowed'])}`,
    );
  const rest = problems.length > mostProblems ? [`and ${problems.length - mostProblems} more`] : [];
  if (problems.length === 0) return new DandoriError('unusable_data', `The endpoint ${endpoint}: ${message}`);
  return new DandoriError('unusable_data', `The endpoint ${endpoint} refused the rows (${status}).`, {
    found: [problems.length === 1 ? '1 wrong value' : `${problems.length} wrong values`, ...lines, ...rest].join('\n'),
    data: { problems },
  });
}

/** Predictions for people: a line each. */
function answerText(body: string): string {
  const answer = parsed(body);
  const predictions = isRecord(answer) ? answer['predictions'] : null;
  if (!isRecord(answer) || !Array.isArray(predictions)) return body;
  const columns = [...new Set(predictions.filter(isRecord).flatMap((one) => Object.keys(one)))];
  const rows = predictions.map((one, index) => [
    String(index),
    ...columns.map((name) => (isRecord(one) ? textOf(one[name] ?? '') : textOf(one))),
  ]);
  return `${renderTable([['row', ...columns], ...rows])}\n${textOf(answer['model_name'])} ${textOf(answer['model_version'])}`;
}

export const addPredict: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('predict', 'Ask a model in service', ['predict churn rows.csv', 'predict churn-staging - < rows.json'])
      .argument('<endpoint>', 'endpoint such as churn-staging, or the name of a model that has only one')
      .argument('[rows]', 'JSON text such as \'{"age": 40}\', a .json or .csv file, or - for standard input')
      .action(async (endpoint: string, rows: string | undefined, options: CommonOptions) => {
        const body = bodyOf(rows);
        const answer = await withApi(options, ({ api }) =>
          api.post<PredictAnswer>(`/api/endpoints/${encodeURIComponent(endpoint)}/predict`, {
            body,
            content_type: /^\s*[[{]/.test(body) ? 'application/json' : 'text/csv',
          }),
        );
        if (answer.status_code >= 400) throw refusal(answer);
        show(output, options, parsed(answer.body), () => answerText(answer.body));
      }),
  );
};
