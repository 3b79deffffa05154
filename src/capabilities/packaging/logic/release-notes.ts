import type { EvaluationResults } from '../../../contracts/evaluation.js';
import { isMeaningful } from '../../../contracts/meaningful.js';
import type { TrainingRequest } from '../../../contracts/request.js';
import { code, number } from '../../../history/markdown.js';
import { cellText, inlineText } from '../../../request/escape.js';
import type { ModelVersion } from '../../../ports/model-registry.js';
import { releaseMessages } from './release-messages.js';
import type { VersionDecision } from './next-version.js';

/** What is new in a version and how it compares (requirement P3); `release_notes.json`. */
export interface ReleaseNotes {
  format: 1;
  model_name: string;
  version: string;
  previous_version: string | null;
  change: VersionDecision['change'];
  changed: string[];
  performance: {
    /** `same_rows`: both versions answered this test split; `own_rows`: each was measured on the test split of its own day. */
    basis: 'same_rows' | 'own_rows' | 'first_version';
    metrics: { metric: string; previous: number | null; current: number | null; difference: number | null }[];
    /** Share of rows on which both versions answer alike; null when they were not run on the same rows. */
    agreement: number | null;
  };
}

function difference(previous: number | null, current: number | null): number | null {
  return previous === null || current === null ? null : current - previous;
}

function performance(results: EvaluationResults, previous: ModelVersion | null): ReleaseNotes['performance'] {
  const names = Object.keys(results.metrics);
  const comparison =
    previous !== null && results.comparison?.previous_version === previous.version ? results.comparison : null;
  const metrics = names.map((metric) => {
    const current = results.metrics[metric] ?? null;
    const before =
      comparison === null ? (previous?.metrics[metric] ?? null) : (comparison.metrics[metric]?.previous ?? null);
    return { metric, previous: before, current, difference: difference(before, current) };
  });
  const basis = previous === null ? 'first_version' : comparison === null ? 'own_rows' : 'same_rows';
  return { basis, metrics, agreement: comparison?.agreement ?? null };
}

export function releaseNotes(from: {
  modelName: string;
  decision: VersionDecision;
  previous: ModelVersion | null;
  results: EvaluationResults;
}): ReleaseNotes {
  return {
    format: 1,
    model_name: from.modelName,
    version: from.decision.version,
    previous_version: from.previous?.version ?? null,
    change: from.decision.change,
    changed: from.decision.changed,
    performance: performance(from.results, from.previous),
  };
}

/** `release_notes.md`, in the language of the request. */
export function renderReleaseNotes(notes: ReleaseNotes, language: TrainingRequest['language']): string {
  const { notes: words } = releaseMessages[language];
  const changed = notes.changed.map((name) => `- ${words.facts[name] ?? inlineText(name)}`);
  const shown = (metric: string, value: number | null, signed = false): string =>
    isMeaningful(metric, value) ? number(value, { signed }) : words.notMeaningful;
  const rows = notes.performance.metrics.map(
    ({ metric, previous, current, difference }) =>
      `| ${cellText(metric)} | ${shown(metric, previous)} | ${shown(metric, current)} | ${shown(metric, difference, true)} |`,
  );
  const agreement = notes.performance.agreement;
  const { metric, previous, difference } = words.columns;
  const lines = [
    `# ${words.title(code(notes.model_name), notes.version)}`,
    '',
    words.changes[notes.change],
    '',
    words.previous(notes.previous_version),
    '',
    ...(changed.length === 0 ? [] : [`## ${words.changed}`, '', ...changed, '']),
    `## ${words.performance}`,
    '',
    words.bases[notes.performance.basis],
    ...(agreement === null ? [] : ['', words.agreement(number(agreement * 100))]),
    '',
    `| ${metric} | ${notes.previous_version ?? previous} | ${notes.version} | ${difference} |`,
    '|---|---:|---:|---:|',
    ...rows,
  ];
  return `${lines.join('\n')}\n`;
}
