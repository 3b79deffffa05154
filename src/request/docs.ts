import { z } from 'zod';
import type { AlgorithmCatalogue } from '../contracts/algorithm-catalogue.js';
import { fieldDocs } from '../contracts/request-field-docs.js';
import { requestInput } from '../contracts/request-fields.js';
import { problemMessages } from '../messages/problems.js';
import { loadAlgorithms } from './algorithm-list.js';
import { describeHyperparameter } from './check-hyperparameters.js';
import { alternatives, describeAllowed, elementOf, fieldsOf, unwrap } from './describe-allowed.js';
import { memberPath } from './read-yaml.js';

const m = problemMessages.en;

interface Row {
  path: string;
  schema: z.ZodType;
}

/** Every field with its path, members below their field. */
function rowsOf(schema: z.ZodType, path: string): Row[] {
  const rows: Row[] = [];
  for (const option of alternatives(schema)) {
    const element = elementOf(option);
    const fields = fieldsOf(element === undefined ? option : element) ?? {};
    for (const [name, member] of Object.entries(fields)) {
      const at = memberPath(path, name);
      // A list of criteria has the members of one criterion.
      if (rows.some((row) => row.path === at)) continue;
      rows.push({ path: at, schema: member }, ...rowsOf(member, at));
    }
  }
  return rows;
}

function plannedValues(schema: z.ZodType, available: readonly unknown[]): string {
  const values = alternatives(schema).flatMap((option) => {
    const inner = unwrap(elementOf(option) ?? option);
    return inner instanceof z.ZodEnum ? inner.options.map(String) : [];
  });
  const later = [...new Set(values)].filter((value) => !available.includes(value));
  return later.length === 0 ? 'other values' : later.map((value) => `\`${value}\``).join(', ');
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

function fieldRow({ path, schema }: Row): string {
  const doc = fieldDocs.get(schema);
  const optional = schema instanceof z.ZodOptional;
  const whole = doc?.available?.length === 0;
  const planned = doc?.available === undefined ? '' : whole ? 'whole field' : plannedValues(schema, doc.available);
  const allowed = whole ? '-' : describeAllowed(schema, m);
  const fallback = whole ? '-' : (doc?.default ?? (optional ? '-' : '**required**'));
  return `| \`${path}\` | ${cell(doc?.description ?? '')} | ${cell(allowed)} | ${cell(fallback)} | ${cell(planned)} |`;
}

function fieldTable(): string[] {
  return [
    '| Field | Meaning | Allowed | Default | Planned |',
    '| --- | --- | --- | --- | --- |',
    ...rowsOf(requestInput, '').map(fieldRow),
  ];
}

const notInExample = new Set(['dataset_id', 'training_script', 'inference_script']);

function exampleLines(): string[] {
  const lines = Object.entries(fieldsOf(requestInput) ?? {}).flatMap(([name, schema]) => {
    const example = fieldDocs.get(schema)?.example;
    // One way to name the data and one to train are enough for an example.
    return example === undefined || notInExample.has(name) ? [] : [`${name}: ${example}`];
  });
  return ['```yaml', ...lines, '```'];
}

function algorithmLines(catalogue: AlgorithmCatalogue): string[] {
  return Object.entries(catalogue.algorithms).flatMap(([name, { task_types: tasks, summary, hyperparameters }]) => [
    `### \`${name}\``,
    '',
    `${summary} For ${tasks.join(' and ')}.`,
    '',
    '| Hyperparameter | Meaning | Allowed | Default | Also called |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(hyperparameters).map(([key, spec]) => {
      const aliases = spec.aliases.map((alias) => `\`${alias}\``).join(', ');
      return `| \`${key}\` | ${cell(spec.summary)} | ${cell(describeHyperparameter(spec, m))} | \`${JSON.stringify(spec.default)}\` | ${aliases} |`;
    }),
    '',
  ]);
}

const intro = `# The request

<!-- Made from src/contracts/request-fields.ts and trainer/algorithms.json by scripts/generate-docs.mjs: edit those. -->

A request is the body of an issue labelled \`mlops:train\`: one fenced \`yaml\` or \`json\` block, a body that is YAML or JSON as a
whole, or an issue form (\`### Label\` sections, labels as the field names with blanks). A body has at most 64 KB and 32 levels of
nesting; anchors, aliases, tags and duplicate fields are refused. Every problem is told at once, with the field, the value
found, what is allowed and the nearest known name; nothing is started before all of them are mended.

Fields and values under *Planned* are part of the format and refused with "not yet, planned" for now. \`title\` and \`labels\` in a
body are ignored with a note. A field that is given as \`null\` counts as left out.`;

const commands = `## Commands

A command stands at the beginning of a line of a comment, outside code blocks and quotes. Only the first one of a comment counts.

| Command | What it does |
| --- | --- |
| \`/approve\` | approves the plan of the newest proposal; with (part of) a plan hash behind it, that plan only. 👍 on the proposal does the same |
| \`/override\` + YAML | changes fields of the request or items of the proposal (\`class_imbalance_handling: none\`), and approves the changed plan |
| \`/retry\` + \`adjusted_hyperparameters:\` YAML | answers the question below the threshold: trains again with these |
| \`/cancel\` | ends the run; the model in service stays |
| \`/promote\` | puts the version that serves staging into production too, by somebody who may approve for production |
| \`/rollback\` | puts the previous version back into service; \`/rollback production\` where it was promoted to |
| \`/status\` | says where the run is |`;

/** The page about the request: every field, default and planned value, every hyperparameter, every command; Markdown. */
export function renderRequestDocs(catalogue: AlgorithmCatalogue = loadAlgorithms()): string {
  const sections = [
    intro,
    ['## Example', '', ...exampleLines()].join('\n'),
    ['## Fields', '', ...fieldTable()].join('\n'),
    commands,
    ['## Algorithms and hyperparameters', '', ...algorithmLines(catalogue)].join('\n').trimEnd(),
  ];
  return `${sections.join('\n\n')}\n`;
}
