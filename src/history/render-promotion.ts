import { cellText } from '../request/escape.js';
import { historyLabels } from './labels.js';
import { timeText } from './markdown.js';
import { type Release, releasePage } from './release-page.js';
import { item } from './render-sections.js';

/** What the history says of a version that a person put into production beside staging. */
export interface Promoted extends Release {
  version: string;
  /** Version that gave way; null: none served production. */
  previous_version: string | null;
  approved_by: string;
  promoted_at: string;
}

/** The Markdown of a promotion with its place in the hash chain. */
export function renderPromotion(record: Promoted, previous: string | null): { markdown: string; digest: string } {
  const { promotion } = historyLabels[record.language];
  const facts = [
    item(promotion.version, cellText(record.version)),
    item(promotion.before, cellText(record.previous_version ?? '-')),
    item(promotion.by, cellText(record.approved_by)),
    item(promotion.at, timeText(record.promoted_at)),
  ];
  return releasePage(record, { title: promotion.title, facts }, previous);
}
