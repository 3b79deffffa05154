import { cellText } from '../request/escape.js';
import { historyLabels } from './labels.js';
import { timeText } from './markdown.js';
import { type Release, releasePage } from './release-page.js';
import { item } from './render-sections.js';

/** What the history says of a version that a person took out of service. */
export interface RolledBack extends Release {
  from_version: string | null;
  to_version: string;
  /** Null: not known. */
  requested_by: string | null;
  reason: string;
  rolled_back_at: string;
}

/** The Markdown of a rollback with its place in the hash chain. */
export function renderRollback(record: RolledBack, previous: string | null): { markdown: string; digest: string } {
  const words = historyLabels[record.language];
  const { rollback } = words;
  const facts = [
    item(rollback.from, cellText(record.from_version ?? '-')),
    item(rollback.to, cellText(record.to_version)),
    ...(record.requested_by === null ? [] : [item(words.requestedBy, cellText(record.requested_by))]),
    ...(record.reason === '' ? [] : [item(words.reason, cellText(record.reason, 2000))]),
    item(rollback.at, timeText(record.rolled_back_at)),
  ];
  return releasePage(record, { title: rollback.title, facts }, previous);
}
