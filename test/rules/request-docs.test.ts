import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderRequestDocs } from '../../src/request/docs.js';
import { formQuestions } from '../../src/request/issue-form-template.js';
import { parseBody } from '../../src/request/parse-body.js';
import { projectRoot } from '../../src/root.js';
import { filledForm } from '../journeys/rows.js';

describe('docs/request.md', () => {
  test('is what the schema says; "npm run build && node scripts/generate-docs.mjs" writes it anew', () => {
    expect(readFileSync(join(projectRoot, 'docs', 'request.md'), 'utf8')).toBe(renderRequestDocs());
  });
});

describe('docs/github.md', () => {
  test('gives a newcomer answers to the form that are a request', () => {
    const page = readFileSync(join(projectRoot, 'docs', 'github.md'), 'utf8');
    const [, table = ''] = /\| Question \| Answer \|\n\s*\| --- \| --- \|\n((?:\s*\|.*\n)+)/.exec(page) ?? [];
    const told = [...table.matchAll(/\| (.+) \| `(.+)` \|/g)].map(([, label = '', answer = '']) => ({ label, answer }));
    expect(told.length).toBeGreaterThan(5);
    const ids = new Map(formQuestions().map(({ id, attributes }) => [attributes.label, id]));
    const answers = told.map(({ label, answer }) => [ids.get(label) ?? `no question "${label}"`, answer]);
    expect(answers.filter(([id]) => id?.startsWith('no question'))).toEqual([]);
    expect(parseBody(filledForm(Object.fromEntries(answers) as Record<string, string>))).toMatchObject({
      ok: true,
      request: { dataset_id: 'churn', data_source: { path: 'churn.csv' }, target: 'churn', positive_class: 'Yes' },
    });
  });
});
