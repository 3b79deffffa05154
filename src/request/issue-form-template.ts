import { stringify } from 'yaml';
import { z } from 'zod';
import { type FieldDoc, fieldDocs } from '../contracts/request-field-docs.js';
import { requestInput } from '../contracts/request-fields.js';
import { alternatives, elementOf, fieldsOf, unwrap } from './describe-allowed.js';
import { formLabel } from './issue-form.js';
import { labels } from './labels.js';

/** Where GitHub looks for the form. */
export const issueFormPath = '.github/ISSUE_TEMPLATE/mlops-train.yml';

/** One question of GitHub's issue forms. */
export interface FormQuestion {
  type: 'input' | 'textarea' | 'dropdown';
  id: string;
  attributes: {
    label: string;
    description: string;
    placeholder?: string;
    render?: 'yaml';
    multiple?: true;
    options?: string[];
  };
  validations?: { required: true };
}

/** The values that can be chosen from; null: anything may be written. */
function choicesOf(schema: z.ZodType, doc: FieldDoc | undefined): string[] | null {
  const options = alternatives(schema).map((option) => unwrap(elementOf(option) ?? option));
  const values = options.every((option) => option instanceof z.ZodBoolean)
    ? ['true', 'false']
    : options.every((option) => option instanceof z.ZodEnum)
      ? [...new Set(options.flatMap((option) => option.options.map(String)))]
      : null;
  const available = doc?.available?.map(String);
  return values === null || available === undefined ? values : values.filter((value) => available.includes(value));
}

/** One line is enough for names, numbers and lists of columns; mappings take several. */
function isOneLine(schema: z.ZodType, doc: FieldDoc | undefined): boolean {
  if (doc?.form === 'text' || doc?.form === 'list') return true;
  return alternatives(schema).every((option) => option instanceof z.ZodNumber || option instanceof z.ZodString);
}

function questionOf(name: string, schema: z.ZodType): FormQuestion | null {
  const doc = fieldDocs.get(schema);
  const choices = choicesOf(schema, doc);
  // What is planned, or has one value, leaves nothing to say.
  if (doc?.available?.length === 0 || choices?.length === 1) return null;
  const isRequired = !(schema instanceof z.ZodOptional);
  const fallback = doc?.default === undefined ? '' : ` Default: ${doc.default}.`;
  const attributes = { label: formLabel(name), description: `${doc?.description ?? ''}${fallback}` };
  const rest = { id: name, ...(isRequired ? { validations: { required: true } as const } : {}) };
  if (choices !== null) {
    const multiple = doc?.form === 'list' ? ({ multiple: true } as const) : {};
    return { type: 'dropdown', ...rest, attributes: { ...attributes, ...multiple, options: choices } };
  }
  const placeholder = doc?.example === undefined ? {} : { placeholder: doc.example };
  if (isOneLine(schema, doc)) return { type: 'input', ...rest, attributes: { ...attributes, ...placeholder } };
  return { type: 'textarea', ...rest, attributes: { ...attributes, ...placeholder, render: 'yaml' } };
}

/** A question for every field of the request that something can be said to, those that must be answered first. */
export function formQuestions(): FormQuestion[] {
  const questions = Object.entries(fieldsOf(requestInput) ?? {})
    .map(([name, schema]) => questionOf(name, schema))
    .filter((question) => question !== null);
  const isFirst = ({ id, validations }: FormQuestion): boolean =>
    validations !== undefined || ['algorithm', 'dataset_id', 'data_source'].includes(id);
  return [...questions.filter(isFirst), ...questions.filter((question) => !isFirst(question))];
}

const intro = `Dandori reads this form, proposes a plan in a comment and waits. Nothing is trained before somebody with the right
approves that plan. Leave empty what you have no wish for: its default is said below it. Either the dataset is in the
catalogue (its id), or its first file is named as the data source.
`;

/** The issue form of a repository, as the YAML that GitHub reads. */
export function renderIssueForm(): string {
  const form = {
    name: 'Train a model',
    description: 'Ask for a model: a plan is proposed here, and runs when it is approved.',
    title: '[MLOps] ',
    labels: [labels.train],
    body: [{ type: 'markdown', attributes: { value: intro } }, ...formQuestions()],
  };
  return `# Made by "npx dandori init github" from the fields of a request: run it again after an upgrade.\n${stringify(form, { lineWidth: 120 })}`;
}
