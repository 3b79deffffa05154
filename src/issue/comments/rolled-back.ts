import type { Language } from '../../contracts/request.js';
import { commentMessages } from '../../messages/comments.js';
import { inlineCode, inlineText } from '../../request/escape.js';
import { blocks } from './format.js';

/** What the comment about a rollback shows. */
export interface RolledBackData {
  model_name: string;
  from_version: string;
  to_version: string;
  endpoint_name: string;
  by: string;
  language: Language;
}

/** The comment that says which version serves again, and who put it back. */
export function renderRolledBack(data: RolledBackData): string {
  const m = commentMessages[data.language].rolledBack;
  return blocks(
    [`## ↩️ ${m.title(inlineText(data.model_name))}`],
    [
      `- ${m.from}: ${inlineCode(data.from_version)}`,
      `- ${m.to}: ${inlineCode(data.to_version)}`,
      `- ${m.endpoint}: ${inlineCode(data.endpoint_name)}`,
      `- ${m.by}: ${inlineText(data.by)}`,
    ],
  );
}
