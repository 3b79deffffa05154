import { formQuestions } from '../../src/request/issue-form-template.js';
import { loansFields } from '../../src/request/testing/loans.js';

/** Numbers from 0 to 1, the same ones for the same seed (Park and Miller's minimal standard generator). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export interface RowsOptions {
  rows?: number;
  seed?: number;
  /** From 0 (the label follows from the columns) to 1 (it follows from nothing). */
  noise?: number;
}

/** Loans: two numbers and a colour that decide, a number that does not; target `good` (yes, no). */
export function loansCsv({ rows = 300, seed = 7, noise = 0.05 }: RowsOptions = {}): string {
  const next = numbers(seed);
  const lines = ['income,debt,colour,luck,good'];
  for (let row = 0; row < rows; row++) {
    const [income, debt, luck] = [Math.round(next() * 1000) / 10, Math.round(next() * 1000) / 10, next().toFixed(3)];
    const colour = ['red', 'green', 'blue'][Math.floor(next() * 3)] ?? 'red';
    const earned = income - debt + (colour === 'red' ? 20 : 0) > 0;
    const good = next() < noise ? next() < 0.5 : earned;
    lines.push(`${income},${debt},${colour},${luck},${good ? 'yes' : 'no'}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Flats: `rent` is a sum of the columns and a little noise. */
export function flatsCsv({ rows = 300, seed = 11 }: RowsOptions = {}): string {
  const next = numbers(seed);
  const lines = ['area,rooms,town,rent'];
  for (let row = 0; row < rows; row++) {
    const [area, rooms] = [Math.round(20 + next() * 100), 1 + Math.floor(next() * 5)];
    const town = ['Naha', 'Otaru', 'Kobe'][Math.floor(next() * 3)] ?? 'Kobe';
    const rent = area * 9 + rooms * 40 + (town === 'Kobe' ? 150 : 0) + next() * 20;
    lines.push(`${area},${rooms},${town},${rent.toFixed(1)}`);
  }
  return `${lines.join('\n')}\n`;
}

export type RequestFields = Record<string, unknown>;

/** Body of an issue that asks for a model of the loans; fields of `change` win, undefined takes a field away. */
export function loansRequest(change: RequestFields = {}): string {
  return requestBody(loansFields(change));
}

/** Fields as an issue's body: a sentence and a fenced block. */
export function requestBody(fields: RequestFields): string {
  return `Please train this.\n\n\`\`\`json\n${JSON.stringify(fields, null, 2)}\n\`\`\`\n`;
}

/** The body of an issue as GitHub makes it of a filled form (docs.github.com, "Syntax for issue forms"). */
export function filledForm(answers: Record<string, string>): string {
  const parts = formQuestions().map(({ id, attributes: { label, render } }) => {
    const { [id]: answer } = answers;
    if (answer === undefined) return `### ${label}\n\n_No response_`;
    return `### ${label}\n\n${render === undefined ? answer : `\`\`\`yaml\n${answer}\n\`\`\``}`;
  });
  return parts.join('\n\n');
}

/** A filled form that asks for a model of the loans. */
export const loansForm: Record<string, string> = {
  task_type: 'classification',
  algorithm: 'logistic_regression',
  dataset_id: 'loans',
  data_source: 'type: file\npath: loans.csv',
  target: 'good',
  positive_class: 'yes',
  evaluation_threshold: 'metric: f1_score\nmin: 0.7',
  cv_folds: '2',
};
