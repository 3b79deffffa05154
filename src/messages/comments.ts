import { en, type CommentMessages } from './en.js';
import { ja } from './ja.js';

/** Language -> the texts of the comments. */
export const commentMessages: Record<'en' | 'ja', CommentMessages> = { en, ja };

/** A word of the catalogue for a name that may be unknown to it; the name itself then. */
export function wordFor(words: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(words, name) ? (words[name] ?? name) : name;
}
