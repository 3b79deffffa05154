import { existsSync, readFileSync } from 'node:fs';
import { type CommonOptions, show } from '../output.js';
import { DandoriError } from '../../errors.js';
import { type AddCommand, newCommand, withApi } from './command.js';

interface PredictAnswer {
  status_code: number;
  body: string;
}

function bodyOf(input: string | undefined): string {
  if (input === undefined || input === '-') return readFileSync(0, 'utf8');
  if (/^\s*[[{]/.test(input)) return input;
  if (existsSync(input)) return readFileSync(input, 'utf8');
  throw new DandoriError('invalid_input', 'The rows to predict cannot be read.', {
    found: input,
    allowed: 'JSON text, the name of a JSON or CSV file, or - for standard input',
  });
}

export const addPredict: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('predict', 'Ask a model in service')
      .argument('<endpoint>', 'endpoint name, e.g. churn-staging')
      .argument('[rows]', 'JSON text such as \'{"age": 40}\', a .json or .csv file, or - for standard input')
      .action(async (endpoint: string, rows: string | undefined, options: CommonOptions) => {
        const body = bodyOf(rows);
        const contentType = /^\s*[[{]/.test(body) ? 'application/json' : 'text/csv';
        const answer = await withApi(options, ({ api }) =>
          api.post<PredictAnswer>(`/api/endpoints/${encodeURIComponent(endpoint)}/predict`, {
            body,
            content_type: contentType,
          }),
        );
        if (answer.status_code >= 400) {
          throw new DandoriError(
            'invalid_input',
            `The endpoint ${endpoint} refused the rows (${answer.status_code}).`,
            { found: answer.body },
          );
        }
        show(output, options, JSON.parse(answer.body) as unknown, () => answer.body);
      }),
  );
};
