import type { Language } from '../contracts/request.js';
import { cellText } from '../request/escape.js';
import { historyLabels } from './labels.js';
import { code } from './markdown.js';
import { item } from './render-sections.js';
import { sealRecord } from './seal.js';

/** What the history says of a version that a person took out of service. */
export interface RolledBack {
  training_id: string;
  language: Language;
  /** Null: not known. */
  issue_number: number | null;
  model_name: string;
  endpoint_name: string;
  from_version: string | null;
  to_version: string;
  /** Null: not known. */
  requested_by: string | null;
  reason: string;
  rolled_back_at: string;
}

/** The Markdown of a rollback with its place in the hash chain; the record of the training itself stays as it was written. */
export function renderRollback(record: RolledBack, previous: string | null): { markdown: string; digest: string } {
  const words = historyLabels[record.language];
  const { rollback } = words;
  const lines = [
    `# ${rollback.title}`,
    '',
    item('Training ID', record.training_id),
    item(rollback.training, `[${record.training_id}.md](${record.training_id}.md)`),
    ...(record.issue_number === null ? [] : [item(words.issue, `#${record.issue_number}`)]),
    item(words.modelName, code(record.model_name)),
    item(rollback.endpoint, code(record.endpoint_name)),
    item(rollback.from, cellText(record.from_version ?? '-')),
    item(rollback.to, cellText(record.to_version)),
    ...(record.requested_by === null ? [] : [item(words.requestedBy, cellText(record.requested_by))]),
    ...(record.reason === '' ? [] : [item(words.reason, cellText(record.reason, 2000))]),
    item(rollback.at, record.rolled_back_at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')),
    '',
  ];
  return sealRecord(`${lines.join('\n')}\n`, previous);
}
