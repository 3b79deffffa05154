import type { ModelSignature } from '../../../contracts/training.js';
import { code, number } from '../../../history/markdown.js';
import { cellText, inlineText } from '../../../request/escape.js';
import type { ModelMetadata } from '../../packaging/logic/model-metadata.js';

/** One side of a comparison: what the package says of itself. */
export interface ComparedVersion {
  metadata: ModelMetadata;
  signature: ModelSignature;
}

export interface VersionDifference {
  model_name: string;
  from_version: string;
  to_version: string;
  /** Names of the facts that differ, see nextVersion. */
  changed: string[];
  algorithm: { from: string; to: string };
  dataset: { from: string; to: string };
  hyperparameters: { name: string; from: string | null; to: string | null }[];
  features: { added: string[]; removed: string[]; retyped: string[] };
  metrics: { metric: string; from: number | null; to: number | null; difference: number | null }[];
  /** Text for people; the figures are each version's own test split. */
  report: string;
}

function keysOf(...records: object[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))].toSorted();
}

function differingValues(
  from: Record<string, unknown>,
  to: Record<string, unknown>,
): VersionDifference['hyperparameters'] {
  const text = (record: Record<string, unknown>, name: string) =>
    name in record ? JSON.stringify(record[name]) : null;
  return keysOf(from, to)
    .map((name) => ({ name, from: text(from, name), to: text(to, name) }))
    .filter((each) => each.from !== each.to);
}

function featureChanges(from: ModelSignature, to: ModelSignature): VersionDifference['features'] {
  const kinds = (signature: ModelSignature) => new Map(signature.features.map(({ name, kind }) => [name, kind]));
  const [before, after] = [kinds(from), kinds(to)];
  return {
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    retyped: [...after].filter(([name, kind]) => before.has(name) && before.get(name) !== kind).map(([name]) => name),
  };
}

function metricChanges(from: Record<string, number>, to: Record<string, number>): VersionDifference['metrics'] {
  return keysOf(from, to).map((metric) => {
    const [before, after] = [from[metric] ?? null, to[metric] ?? null];
    return { metric, from: before, to: after, difference: before === null || after === null ? null : after - before };
  });
}

function render(difference: Omit<VersionDifference, 'report'>): string {
  const { from_version: from, to_version: to, features } = difference;
  const list = (names: string[]) => (names.length === 0 ? 'none' : names.map((name) => code(name)).join(', '));
  const lines = [
    `# ${code(difference.model_name)}: ${from} and ${to}`,
    '',
    `- Changed: ${difference.changed.length === 0 ? 'nothing that decides a version' : difference.changed.join(', ')}`,
    `- Algorithm: ${cellText(difference.algorithm.from)} -> ${cellText(difference.algorithm.to)}`,
    `- Dataset: ${cellText(difference.dataset.from)} -> ${cellText(difference.dataset.to)}`,
    `- Features added: ${list(features.added)}; removed: ${list(features.removed)}; of another kind: ${list(features.retyped)}`,
    ...difference.hyperparameters.map(
      (each) => `- ${inlineText(each.name)}: ${cellText(each.from ?? 'not set')} -> ${cellText(each.to ?? 'not set')}`,
    ),
    '',
    'Each version was measured on its own test split.',
    '',
    `| metric | ${from} | ${to} | difference |`,
    '|---|---:|---:|---:|',
    ...difference.metrics.map(
      (each) =>
        `| ${cellText(each.metric)} | ${number(each.from)} | ${number(each.to)} | ${number(each.difference, { signed: true })} |`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** What differs between two versions of a model (requirement P3). */
export function versionDifference(from: ComparedVersion, to: ComparedVersion): VersionDifference {
  const dataset = ({ metadata }: ComparedVersion) => `${metadata.dataset.dataset_id}@${metadata.dataset.version}`;
  const { facts: before } = from.metadata;
  const { facts: after } = to.metadata;
  const difference = {
    model_name: to.metadata.model_name,
    from_version: from.metadata.version,
    to_version: to.metadata.version,
    changed: keysOf(before, after).filter((name) => before[name] !== after[name]),
    algorithm: { from: from.metadata.algorithm, to: to.metadata.algorithm },
    dataset: { from: dataset(from), to: dataset(to) },
    hyperparameters: differingValues(from.metadata.hyperparameters, to.metadata.hyperparameters),
    features: featureChanges(from.signature, to.signature),
    metrics: metricChanges(from.metadata.metrics, to.metadata.metrics),
  };
  return { ...difference, report: render(difference) };
}
