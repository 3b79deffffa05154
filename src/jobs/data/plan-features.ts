import type { ColumnProfile, DroppedColumn, LagColumn, PrepareSpec, QualityCheck } from '../../contracts/data.js';
import type { GenerateFeatures, Language } from '../../contracts/request.js';
import type { Feature, GeneratedFeature } from '../../contracts/training.js';
import { isNumeric, maxCategories } from './column-kind.js';
import { nearestNames } from '../../nearest.js';
import { planGenerated } from './plan-generated.js';
import { qualityMessages } from './quality-messages.js';

/** What of a request decides the features. */
export type FeatureChoice = Pick<PrepareSpec, 'target' | 'features' | 'time_column' | 'sensitive_attributes'> & {
  preprocessing?: { generate_features?: GenerateFeatures | undefined } | undefined;
};

export interface FeaturePlan {
  /** The model's inputs: in the order of the file, then the lags. */
  features: Feature[];
  /** What the model makes of them. */
  generated: GeneratedFeature[];
  /** Those of the features that are values of earlier rows. */
  lags: LagColumn[];
  dropped: DroppedColumn[];
  /** Sensitive attributes that are no features. */
  extraColumns: string[];
  /** Why the plan cannot be carried out; empty when it can. */
  problems: QualityCheck[];
}

const number = (value: number) => value.toLocaleString('en-US');

/** Why a column cannot be a feature whatever the request says. */
function impossible(column: ColumnProfile): DroppedColumn | null {
  const drop = (reason: DroppedColumn['reason'], detail: string) => ({ name: column.name, reason, detail });
  if (column.distinct === 0) return drop('all_missing', 'no value in any row');
  if (column.constant)
    return drop('constant', `always ${column.top_values[0]?.value ?? column.min ?? 'the same value'}`);
  if (column.kind === 'datetime') return drop('datetime', 'dates and times as features: not yet, planned');
  return null;
}

/** Why a column is no feature unless `features.include` names it. */
function unsuitable(column: ColumnProfile, choice: FeatureChoice): DroppedColumn | null {
  const drop = (reason: DroppedColumn['reason'], detail: string) => ({ name: column.name, reason, detail });
  if (choice.time_column === column.name) return drop('time_column', 'orders the rows');
  if (column.kind === 'identifier') return drop('identifier', `${number(column.distinct)} different values`);
  if (column.kind === 'text')
    return drop('text', `free text, ${Math.round(column.mean_length ?? 0)} characters on average: not yet, planned`);
  if (column.kind === 'categorical' && column.distinct > maxCategories) {
    return drop('high_cardinality', `${number(column.distinct)} different values, more than ${maxCategories}`);
  }
  return null;
}

function verdict(column: ColumnProfile, choice: FeatureChoice): DroppedColumn | null {
  const { include, exclude } = choice.features;
  if (exclude.includes(column.name)) return { name: column.name, reason: 'excluded', detail: 'features.exclude' };
  if (include !== null && !include.includes(column.name))
    return { name: column.name, reason: 'not_included', detail: 'features.include' };
  return impossible(column) ?? (include === null ? unsuitable(column, choice) : null);
}

function kindOfFeature(column: ColumnProfile): Feature['kind'] {
  if (column.type === 'BOOLEAN') return 'boolean';
  return isNumeric(column.type) ? 'numeric' : 'categorical';
}

function nameProblems(columns: readonly ColumnProfile[], choice: FeatureChoice, language: Language): QualityCheck[] {
  const words = qualityMessages(language);
  const known = columns.map(({ name }) => name);
  const named: [string, readonly string[]][] = [
    ['features.include', choice.features.include ?? []],
    ['features.exclude', choice.features.exclude],
    ['sensitive_attributes', choice.sensitive_attributes],
    ['time_column', choice.time_column === null ? [] : [choice.time_column]],
  ];
  const problems = named.flatMap(([field, names]) =>
    names
      .filter((name) => !known.includes(name))
      .map((name): QualityCheck => {
        const message = words.unknownColumn(field, name, nearestNames(name, known).join(', '));
        return { check: 'unknown_column', column: name, status: 'fail', value: null, message };
      }),
  );
  const time = columns.find(({ name }) => name === choice.time_column);
  if (time !== undefined && (time.type === 'VARCHAR' || time.type === 'BOOLEAN')) {
    const message = words.timeColumn(time.name, time.type);
    problems.push({ check: 'time_column', column: time.name, status: 'fail', value: null, message });
  }
  return problems;
}

/** Decides which columns become features and why the others do not; pure, so that the plan shown is the plan carried out. */
export function planFeatures(
  columns: readonly ColumnProfile[],
  choice: FeatureChoice,
  language: Language = 'en',
): FeaturePlan {
  const problems = nameProblems(columns, choice, language);
  const features: Feature[] = [];
  const dropped: DroppedColumn[] = [];
  for (const column of columns) {
    if (column.name === choice.target) continue;
    const reason = verdict(column, choice);
    if (reason === null) features.push({ name: column.name, kind: kindOfFeature(column) });
    else dropped.push(reason);
  }
  const wanted = choice.preprocessing?.generate_features;
  const { target, time_column: timeColumn } = choice;
  const {
    lags,
    generated,
    problems: against,
  } = wanted === undefined
    ? { lags: [], generated: [], problems: [] }
    : planGenerated(wanted, { columns, features, dropped, target, timeColumn }, language);
  problems.push(...against);
  features.push(...lags.map(({ name }) => ({ name, kind: 'numeric' as const })));
  if (features.length === 0) {
    problems.push({
      check: 'features',
      column: null,
      status: 'fail',
      value: 0,
      message: qualityMessages(language).noFeatures,
    });
  }
  const isFeature = new Set(features.map(({ name }) => name));
  const extraColumns = columns
    .map(({ name }) => name)
    .filter((name) => choice.sensitive_attributes.includes(name) && !isFeature.has(name) && name !== choice.target);
  return { features, generated, lags, dropped, extraColumns, problems };
}
