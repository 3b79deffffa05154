import { historyLabels } from './labels.js';
import { sealRecord } from './seal.js';
import type { HistoryPicture, HistoryRecord } from './record.js';
import { optimization } from './render-optimization.js';
import * as parts from './render-sections.js';

/** The Markdown of a record (format: seeds 4.12) with its place in the hash chain; `previous` is null for the first record. */
export function renderRecord(
  record: HistoryRecord,
  options: { pictures: readonly HistoryPicture[]; previous: string | null },
): { markdown: string; digest: string } {
  const words = historyLabels[record.language];
  const lines = [
    `# ${words.title}`,
    '',
    ...parts.basics(record, words),
    ...parts.status(record, words),
    ...parts.dataset(record, words),
    ...parts.hyperparameters(record, words),
    ...parts.candidates(record, words),
    ...parts.evaluation(record, words),
    ...parts.verdict(record, words),
    ...parts.pictures(record, options.pictures, words),
    ...optimization(record, words),
    ...parts.model(record, words),
    ...parts.plan(record, words),
    ...parts.environment(record, words),
    ...parts.states(record, words),
    ...parts.notifications(record),
  ];
  return sealRecord(`${lines.join('\n')}\n`, options.previous);
}
