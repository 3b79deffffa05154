import type { Language } from '../contracts/request.js';
import { cellText } from '../request/escape.js';
import { historyLabels } from './labels.js';
import { code } from './markdown.js';
import { item } from './render-sections.js';
import { sealRecord } from './seal.js';

/** What the history says of a version that a person put into production beside staging. */
export interface Promoted {
  training_id: string;
  language: Language;
  issue_number: number | null;
  model_name: string;
  endpoint_name: string;
  version: string;
  /** Version that gave way; null: none served production. */
  previous_version: string | null;
  approved_by: string;
  promoted_at: string;
}

/** The Markdown of a promotion with its place in the hash chain; the record of the training itself stays as it was written. */
export function renderPromotion(record: Promoted, previous: string | null): { markdown: string; digest: string } {
  const words = historyLabels[record.language];
  const { promotion, rollback } = words;
  const lines = [
    `# ${promotion.title}`,
    '',
    item('Training ID', record.training_id),
    item(rollback.training, `[${record.training_id}.md](${record.training_id}.md)`),
    ...(record.issue_number === null ? [] : [item(words.issue, `#${record.issue_number}`)]),
    item(words.modelName, code(record.model_name)),
    item(rollback.endpoint, code(record.endpoint_name)),
    item(promotion.version, cellText(record.version)),
    item(promotion.before, cellText(record.previous_version ?? '-')),
    item(promotion.by, cellText(record.approved_by)),
    item(promotion.at, record.promoted_at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')),
    '',
  ];
  return sealRecord(`${lines.join('\n')}\n`, previous);
}
