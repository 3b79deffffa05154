import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fieldDocs } from '../contracts/request-field-docs.js';
import { requestInput } from '../contracts/request-fields.js';
import { fieldsOf } from './describe-allowed.js';
import { formQuestions, renderIssueForm } from './issue-form-template.js';
import { parseBody } from './parse-body.js';

const questions = formQuestions();

/** The body of an issue as GitHub makes it of a filled form (docs.github.com, "Syntax for issue forms"). */
function filled(answers: Record<string, string>): string {
  return questions
    .map(({ id, attributes: { label, render } }) => {
      const answer = answers[id];
      const text =
        answer === undefined ? '_No response_' : render === undefined ? answer : `\`\`\`yaml\n${answer}\n\`\`\``;
      return `### ${label}\n\n${text}`;
    })
    .join('\n\n');
}

const fenced = (fields: Record<string, string>): string =>
  `\`\`\`yaml\n${Object.entries(fields)
    .map(([name, value]) =>
      /^[a-z_]+: |\n/.test(value) ? `${name}:\n${value.replaceAll(/^/gm, '  ')}` : `${name}: ${value}`,
    )
    .join('\n')}\n\`\`\``;

const needed = {
  task_type: 'classification',
  algorithm: 'xgboost',
  dataset_id: 'churn',
  target: 'churned',
  evaluation_threshold: '0.8',
};

/** An answer to every question. */
const full = {
  ...needed,
  evaluation_threshold: '- metric: f1_score\n  min: 0.8\n- metric: log_loss\n  max: 0.5',
  algorithm: 'xgboost, random_forest',
  data_source: 'type: file\npath: churn.csv',
  data_preprocessing: 'handle_missing: median\noutliers: {method: iqr, action: clip}',
  hyperparameters: 'xgboost: {max_depth: 5}',
  max_retry: '2',
  deployment_config: '{auto_rollback_on_error: false}',
  deploy_to: 'production',
  auto_scaling: '{min_instances: 1, max_instances: 1}',
  monitoring_enabled: 'false',
  monitoring_config: 'intensity: high',
  workflow_optimization: 'performance_profile: speed',
  notify: '{channels: [github_issue]}',
  model_name: 'churn-model',
  positive_class: 'Yes',
  sensitive_attributes: 'gender, age',
  features: 'exclude: [customer_id]',
  time_column: 'signed_up',
  split: '{train: 0.6, validation: 0.2, test: 0.2}',
  seed: '7',
  cv_folds: '4',
  limits: 'max_runtime_minutes: 5',
  language: 'ja',
};

const listed = (fields: Record<string, string>): Record<string, string> => ({
  ...fields,
  ...Object.fromEntries(
    ['algorithm', 'sensitive_attributes']
      .filter((name) => fields[name]?.includes(','))
      .map((name) => [name, `[${fields[name] ?? ''}]`]),
  ),
});

describe('the issue form', () => {
  test.each([
    ['the least', needed],
    ['everything', full],
    [
      'a regression',
      {
        ...needed,
        task_type: 'regression',
        algorithm: 'linear_regression',
        evaluation_threshold: 'metric: rmse\nmax: 3',
      },
    ],
    ['a version', { ...needed, dataset_version: '1.0.0' }],
    ['a script', { ...needed, training_script: 'path: train.py' }],
    ['two scripts', { ...needed, training_script: 'path: train.py', inference_script: 'path: inference.py' }],
  ])('says the same as a block when it is filled with %s', (_name, answers: Record<string, string>) => {
    const [form, block] = [parseBody(filled(answers)), parseBody(fenced(listed(answers)))];
    if (!block.ok || !form.ok) throw new Error(JSON.stringify([block, form], null, 2));
    expect(form.request).toEqual(block.request);
    expect(form.notes).toEqual([]);
  });

  test('asks for every field that something can be said to, and the full answer names them all', () => {
    const unsaid = Object.entries(fieldsOf(requestInput) ?? {})
      .filter(([name]) => !questions.some(({ id }) => id === name))
      .filter(([, schema]) => (fieldDocs.get(schema)?.available?.length ?? 2) > 1);
    expect(unsaid.map(([name]) => name)).toEqual([]);
    const answered = [...Object.keys(full), 'dataset_version', 'training_script', 'inference_script'];
    expect(questions.map(({ id }) => id).filter((id) => !answered.includes(id))).toEqual([]);
  });

  test('lets people choose where the values are closed, and from what works now only', () => {
    const options = Object.fromEntries(questions.map(({ id, attributes }) => [id, attributes.options]));
    expect(options).toMatchObject({
      task_type: ['classification', 'regression'],
      deploy_to: ['staging', 'production'],
      monitoring_enabled: ['true', 'false'],
      language: ['en', 'ja'],
    });
    expect(options['algorithm']).not.toContain('kmeans');
    expect(options['target']).toBeUndefined();
  });

  test('is a form that GitHub takes', () => {
    const form = parse(renderIssueForm()) as {
      labels: string[];
      body: { type: string; id?: string; attributes: object }[];
    };
    expect(form).toMatchObject({ name: 'Train a model', labels: ['mlops:train'] });
    const ids = form.body.flatMap(({ id }) => (id === undefined ? [] : [id]));
    expect(ids).toHaveLength(new Set(ids).size);
    for (const { type, id = 'x', attributes } of form.body) {
      expect(['markdown', 'input', 'textarea', 'dropdown']).toContain(type);
      expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
      const { options } = attributes as { options?: unknown[] };
      for (const option of options ?? []) expect(option).toBeTypeOf('string');
      // GitHub keeps this word for an empty answer.
      expect(options ?? []).not.toContain('None');
    }
    expect(
      form.body.filter(({ id }) => ['task_type', 'target', 'evaluation_threshold'].includes(id ?? '')),
    ).toMatchObject(Array.from({ length: 3 }, () => ({ validations: { required: true } })));
  });
});
