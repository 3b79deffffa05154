import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ColumnProfile, ColumnType, FeatureDefinitions, LagColumn, PrepareSpec } from '../../contracts/data.js';
import type { Feature, GeneratedFeature } from '../../contracts/training.js';
import type { FeaturePlan } from './plan-features.js';
import { cell } from './quality.js';

type Preprocessing = PrepareSpec['preprocessing'];
type Definition = FeatureDefinitions['features'][number];
type Transformation = Definition['transformations'][number];

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
  const { outliers } = preprocessing;
  const steps: Transformation[] = [];
  if (outliers.method !== 'none' && outliers.action === 'remove') {
    steps.push({ step: 'remove_outliers', where: 'preparation', detail: `${outliers.method}, training rows only` });
  }
  if (outliers.method !== 'none' && outliers.action === 'clip') {
    steps.push({ step: 'clip_outliers', where: 'model', detail: `${outliers.method} bounds of the training rows` });
  }
  return [...steps, ...scaling(preprocessing)];
}

function scaling({ normalize }: Preprocessing): Transformation[] {
  return normalize === 'none' ? [] : [{ step: 'scale', where: 'model', detail: normalize }];
}

function selection({ feature_selection: { method, max_features: most } }: Preprocessing): Transformation[] {
  if (method === 'none') return [];
  return [{ step: 'select', where: 'model', detail: `${method}${most === null ? '' : `, at most ${most}`}` }];
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
  return [...steps, ...selection(preprocessing)];
}

type Described = Omit<Definition, 'version' | 'definition_sha256'>;

function withDigest(described: Described): Definition {
  const definition = { ...described, version: definitionVersion };
  const sha256 = createHash('sha256')
    .update(canonicalize(definition) ?? '')
    .digest('hex');
  return { ...definition, definition_sha256: sha256 };
}

/** What the definitions are made of; `plan` is carried out under `preprocessing`. */
export interface DefinedPlan {
  target: string;
  plan: Pick<FeaturePlan, 'features' | 'lags' | 'generated'>;
  columns: readonly Pick<ColumnProfile, 'name' | 'type'>[];
  preprocessing: Preprocessing;
  timeColumn: string | null;
}

function lagStep({ steps, by }: LagColumn, timeColumn: string | null): Transformation {
  const rows = `${steps} ${steps === 1 ? 'row' : 'rows'} earlier`;
  const detail = `${rows} in the order of ${timeColumn ?? 'the file'}${by === null ? '' : `, within ${by}`}`;
  return { step: 'lag', where: 'preparation', detail };
}

function describeInput(feature: Feature, { plan, columns, preprocessing, timeColumn }: DefinedPlan): Described {
  const lag = plan.lags.find(({ name }) => name === feature.name);
  const source = lag?.column ?? feature.name;
  const type: ColumnType = columns.find(({ name }) => name === source)?.type ?? 'VARCHAR';
  const steps = transformations(feature, type, preprocessing);
  return {
    name: feature.name,
    kind: feature.kind,
    source_column: source,
    source_type: type,
    transformations: lag === undefined ? steps : [lagStep(lag, timeColumn), ...steps],
  };
}

function describeGenerated(feature: GeneratedFeature, { preprocessing }: DefinedPlan): Described {
  const [first = '', ...others] = feature.columns;
  const detail = `${feature.function} of ${feature.columns.join(', ')}, filled and clipped`;
  return {
    name: feature.name,
    kind: 'numeric',
    source_column: first,
    // As the model gets it.
    source_type: 'DOUBLE',
    other_columns: others,
    transformations: [
      { step: 'generate', where: 'model', detail },
      ...scaling(preprocessing),
      ...selection(preprocessing),
    ],
  };
}

/** What each feature is made of: name, version, source and every step, whether done at preparation or inside the model. */
export function defineFeatures(defined: DefinedPlan): FeatureDefinitions {
  const { target, plan } = defined;
  const described = [
    ...plan.features.map((feature) => describeInput(feature, defined)),
    ...plan.generated.map((feature) => describeGenerated(feature, defined)),
  ];
  return { format: 1, target, features: described.map(withDigest) };
}

/** `feature_definitions.md`. */
export function featureDefinitionsMarkdown(definitions: FeatureDefinitions): string {
  const rows = definitions.features.map((each) => {
    const steps = each.transformations
      .map(({ step, where, detail }) => `${step} (${cell(detail)}; ${where})`)
      .join(', ');
    const source = [each.source_column, ...(each.other_columns ?? [])].join(', ');
    return `| ${cell(each.name)} | ${each.version} | ${each.kind} | ${cell(source)} ${each.source_type} | ${steps} |`;
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
