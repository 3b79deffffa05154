import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allTools, capabilities } from '../../src/capabilities/index.js';
import { allStates } from '../../src/capabilities/shared/states.js';
import { runRef } from '../../src/contracts/run-ref.js';
import { renderCliDocs, renderToolDocs } from '../../src/entry/docs.js';
import type { ToolDefinition } from '../../src/mcp/define-tool.js';
import { projectRoot } from '../../src/root.js';

const folder = join(projectRoot, 'test', 'rules', 'tools');
const updating = process.env['UPDATE_SNAPSHOTS'] === '1';
const tools: readonly ToolDefinition[] = allTools;
const update = '"UPDATE_SNAPSHOTS=1 npx vitest run test/rules/tools.test.ts"';

/** What a client sees of a tool, and the states that its effect is bound to. */
function snapshotOf(tool: ToolDefinition): string {
  const { name, title, description, annotations, effect } = tool;
  const input = z.toJSONSchema(tool.input, { io: 'input' });
  const output = z.toJSONSchema(tool.output, { io: 'output' });
  return `${JSON.stringify({ name, title, description, annotations, effect, input, output }, null, 2)}\n`;
}

/** Requirements section 11, the capabilities with names of their own. */
const required = {
  'Data Preparation':
    'load_dataset validate_data preprocess_supervised preprocess_unsupervised preprocess_reinforcement feature_engineering split_dataset apply_class_imbalance_handling',
  'ML Training':
    'train_supervised_classifier train_supervised_regressor train_unsupervised_clustering train_unsupervised_dimensionality_reduction train_reinforcement hyperparameter_optimization select_optimal_resources',
  'ML Evaluation':
    'evaluate_classifier evaluate_regressor evaluate_clustering evaluate_reinforcement generate_confusion_matrix generate_roc_curve calculate_shap_values bias_check compare_models',
  'GitHub Integration':
    'detect_issue parse_issue_config create_issue_comment commit_training_history create_optimization_proposal',
  'Workflow Optimization':
    'analyze_model_characteristics generate_optimization_proposal estimate_optimization_impact apply_optimization_to_config track_optimization_history',
  'Model Registry': 'register_model get_model_version rollback_model track_model_lineage',
  Notification:
    'send_slack_notification send_email_notification send_github_notification send_pagerduty_notification apply_notification_template',
} as const;

/** Those that answer "not yet, planned". */
const planned = [
  'preprocess_unsupervised',
  'preprocess_reinforcement',
  'train_unsupervised_clustering',
  'train_unsupervised_dimensionality_reduction',
  'train_reinforcement',
  'hyperparameter_optimization',
  'evaluate_clustering',
  'evaluate_reinforcement',
  'calculate_shap_values',
];

describe('the tools', () => {
  it.each(Object.entries(required))('%s has every tool of the requirements', (capability, names) => {
    const found = capabilities.find(({ name }) => name === capability)?.tools.map(({ name }) => name) ?? [];
    expect(names.split(' ').filter((name) => !found.some((one) => one === name))).toEqual([]);
  });

  it.each(['Packaging', 'Deployment', 'Monitoring'])('%s has tools of its own', (capability) => {
    expect(capabilities.find(({ name }) => name === capability)?.tools.length).toBeGreaterThan(0);
  });

  it('have names that differ, in the same order under their capabilities', () => {
    const names = tools.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(capabilities.flatMap((one) => one.tools.map(({ name }) => name))).toEqual(names);
  });

  it('names exactly those that are planned', () => {
    const said = tools.filter(({ description }) => description.startsWith('Not yet, planned')).map(({ name }) => name);
    expect(said.toSorted()).toEqual(planned.toSorted());
  });
});

describe.each(tools.map((tool) => [tool.name, tool] as const))('%s', (name, tool) => {
  it('has a name that every client takes: verb_noun, 1 to 64 characters', () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]{0,63}$/);
  });

  it('says what it does', () => {
    expect(tool.title.length).toBeGreaterThan(3);
    expect(tool.description.length).toBeGreaterThan(30);
  });

  it('binds an effect to states that exist and to a run, and a read to neither', () => {
    if (tool.effect === null) return;
    expect(tool.annotations.readOnlyHint).toBe(false);
    expect(tool.effect.states.length).toBeGreaterThan(0);
    expect(tool.effect.states.filter((state) => !allStates.some((one) => one === state))).toEqual([]);
    const { run } = tool.input.shape;
    const given = { training_id: 'train-20260131-093000-1', state: 'TrainModel', visit: 1, attempt: 0 };
    expect(runRef.parse(run === undefined ? null : z.parse(run, given))).toEqual(given);
  });

  it(`has the committed schema; ${update} writes it`, () => {
    const path = join(folder, `${name}.snap.json`);
    if (updating) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path, snapshotOf(tool));
    }
    expect(readFileSync(path, 'utf8')).toBe(snapshotOf(tool));
  });
});

describe('test/rules/tools', () => {
  it('holds no schema of a tool that is gone', () => {
    const known = tools.map(({ name }) => `${name}.snap.json`);
    const left = readdirSync(folder).filter((file) => !known.includes(file));
    if (updating) for (const file of left) rmSync(join(folder, file));
    expect(updating ? [] : left).toEqual([]);
  });
});

describe('generated pages', () => {
  it.each([
    ['tools.md', renderToolDocs],
    ['cli.md', renderCliDocs],
  ])('docs/%s is current; "npm run build && node scripts/generate-docs.mjs" writes it anew', async (file, render) => {
    expect(readFileSync(join(projectRoot, 'docs', file), 'utf8')).toBe(await render());
  });
});
