import type { Language } from '../contracts/request.js';
import { historyLabels } from './labels.js';
import { code } from './markdown.js';
import { item } from './render-sections.js';
import { sealRecord } from './seal.js';

/** The release that a page of the history is about. */
export interface Release {
  training_id: string;
  language: Language;
  /** Null: not known. */
  issue_number: number | null;
  model_name: string;
  endpoint_name: string;
}

/** A page about what people did with a version, with its place in the hash chain; the record of the training itself stays as it was written. */
export function releasePage(
  release: Release,
  page: { title: string; facts: readonly string[] },
  previous: string | null,
): { markdown: string; digest: string } {
  const { training_id: id, issue_number: issue } = release;
  const words = historyLabels[release.language];
  const lines = [
    `# ${page.title}`,
    '',
    item('Training ID', id),
    item(words.release.training, `[${id}.md](${id}.md)`),
    ...(issue === null ? [] : [item(words.issue, `#${issue}`)]),
    item(words.modelName, code(release.model_name)),
    item(words.release.endpoint, code(release.endpoint_name)),
    ...page.facts,
    '',
  ];
  return sealRecord(`${lines.join('\n')}\n`, previous);
}
