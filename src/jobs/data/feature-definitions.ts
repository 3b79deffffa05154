import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ColumnProfile, FeatureDefinitions, PrepareSpec } from '../../contracts/data.js';
import type { Feature } from '../../contracts/training.js';
import { cell } from './quality.js';

type Preprocessing = PrepareSpec['preprocessing'];
type Transformation = FeatureDefinitions['features'][number]['transformations'][number];

/** Version of every definition: raised when the meaning of the steps below changes. */
const definitionVersion = '1.0.0';

function imputation(kind: Feature['kind'], preprocessing: Preprocessing): Transformation {
  const { handle_missing: how, fill_value: fill } = preprocessing;
  if (how === 'drop')
    return { step: 'drop_missing', where: 'preparation', detail: 'rows without a value are left out' };
  if (kind === 'categorical') {
    const detail =
      how === 'constant' ? 'a missing value is a category of its own' : 'most frequent category of the training rows';
    return { step: 'impute', where: 'model', detail };
  }
  const detail = how === 'constant' ? `constant ${fill ?? 0}` : `${how} of the training rows`;
  return { step: 'impute', where: 'model', detail };
}

function numericSteps(preprocessing: Preprocessing): Transformation[] {
  const { outliers, normalize } = preprocessing;
  const steps: Transformation[] = [];
  if (outliers.method !== 'none' && outliers.action === 'remove') {
    steps.push({ step: 'remove_outliers', where: 'preparation', detail: `${outliers.method}, training rows only` });
  }
  if (outliers.method !== 'none' && outliers.action === 'clip') {
    steps.push({ step: 'clip_outliers', where: 'model', detail: `${outliers.method} bounds of the training rows` });
  }
  if (normalize !== 'none') steps.push({ step: 'scale', where: 'model', detail: normalize });
  return steps;
}

function transformations(feature: Feature, sourceType: string, preprocessing: Preprocessing): Transformation[] {
  const types = { numeric: 'DOUBLE', boolean: 'BOOLEAN', categorical: 'VARCHAR' } as const;
  const target = types[feature.kind];
  const cast: Transformation[] =
    sourceType === target ? [] : [{ step: 'cast', where: 'preparation', detail: `${sourceType} to ${target}` }];
  const steps = [...cast, imputation(feature.kind, preprocessing)];
  if (feature.kind === 'numeric') steps.push(...numericSteps(preprocessing));
  if (feature.kind === 'categorical')
    steps.push({ step: 'encode', where: 'model', detail: preprocessing.encode_categorical });
  if (preprocessing.feature_selection.method !== 'none') {
    const { method, max_features: most } = preprocessing.feature_selection;
    steps.push({ step: 'select', where: 'model', detail: `${method}${most === null ? '' : `, at most ${most}`}` });
  }
  return steps;
}

/** What each feature is made of: name, version, source and every step, whether done at preparation or inside the model. */
export function defineFeatures(params: {
  target: string;
  features: readonly Feature[];
  columns: readonly Pick<ColumnProfile, 'name' | 'type'>[];
  preprocessing: Preprocessing;
}): FeatureDefinitions {
  const features = params.features.map((feature) => {
    const sourceType = params.columns.find(({ name }) => name === feature.name)?.type ?? 'VARCHAR';
    const definition = {
      name: feature.name,
      version: definitionVersion,
      kind: feature.kind,
      source_column: feature.name,
      source_type: sourceType,
      transformations: transformations(feature, sourceType, params.preprocessing),
    };
    const sha256 = createHash('sha256')
      .update(canonicalize(definition) ?? '')
      .digest('hex');
    return { ...definition, definition_sha256: sha256 };
  });
  return { format: 1, target: params.target, features };
}

/** `feature_definitions.md`. */
export function featureDefinitionsMarkdown(definitions: FeatureDefinitions): string {
  const rows = definitions.features.map((each) => {
    const steps = each.transformations.map(({ step, where, detail }) => `${step} (${detail}; ${where})`).join(', ');
    return `| ${cell(each.name)} | ${each.version} | ${each.kind} | ${cell(each.source_column)} ${each.source_type} | ${steps} |`;
  });
  return [
    '# Feature definitions',
    '',
    `Target: ${cell(definitions.target)}. Steps marked "model" are fitted on training rows and are inside the exported model, so that they mean the same when it serves.`,
    '',
    '| Feature | Version | Kind | Source | Steps |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
