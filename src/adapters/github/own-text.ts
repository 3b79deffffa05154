import { randomUUID } from 'node:crypto';
import type { Priority } from './rate-limit.js';

/** Most characters that GitHub takes in an issue or a comment. */
export const maxBodyLength = 65_536;

/** The name by which the rest of Dandori means itself where a person's name could stand. */
export const dandoriName = 'dandori';

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const ownHead = new RegExp(`^<!-- dandori-post:(${uuid}) -->\\r?\\n`);
const spokenHead = new RegExp(`^<!-- dandori-post:(${uuid}) for -->\\r?\\n\`[^\`\\r\\n]*\`:\\r?\\n\\r?\\n`);

export const newNonce = (): string => randomUUID();

/**
 * A text as Dandori posts it: the first line is invisible and names this one post, so that it is told from what the same
 * account writes by hand, and found again after a crash. For a person at the command line a line says who speaks.
 */
export function markOwn(body: string, nonce: string, person: string | null): string {
  if (person === null) return `<!-- dandori-post:${nonce} -->\n${body}`;
  return `<!-- dandori-post:${nonce} for -->\n\`${person.replaceAll(/[`\r\n]/g, '')}\`:\n\n${body}`;
}

/** Name of the post, and the text as it was given; null when the text is not one that Dandori posted. */
export function readOwn(text: string): { nonce: string; head: string; body: string } | null {
  const match = ownHead.exec(text) ?? spokenHead.exec(text);
  if (match === null) return null;
  return { nonce: match[1] ?? '', head: match[0], body: text.slice(match[0].length) };
}

/** GitHub's names are compared without regard to case. */
export function sameLogin(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** What a comment is for, by the hidden key on its first line: a run's effect, an answer to an event, or the living status. */
export function priorityOf(body: string): Priority {
  const key = /^<!-- dandori:([^ ]+) -->/.exec(body)?.[1] ?? '';
  if (/^issue-\d+\/(?:event-|no-right\/)/.test(key)) return 'answer';
  return key.endsWith('/status') ? 'status' : 'result';
}

/** The beginning of a text in at most `length` characters, cut between lines, with an open code block closed. */
function beginning(text: string, length: number): string {
  const cut = text.slice(0, length);
  const lines = cut.slice(0, Math.max(cut.lastIndexOf('\n'), 0) || cut.length);
  // Half of a surrogate pair is no character.
  const whole = lines.replace(/[\uD800-\uDBFF]$/, '');
  const fences = whole.match(/^(?:`{3,}|~{3,})/gm) ?? [];
  return fences.length % 2 === 1 ? `${whole}\n${fences.at(-1) ?? ''}` : whole;
}

/** A text that GitHub takes: a longer one is cut and ends in a link to the whole. */
export function cutToFit(body: string, head: string, url: string | null): string {
  const tail = url === null ? '\n\n…' : `\n\n… [${url.split('/').at(-1) ?? ''}](${url})`;
  const room = maxBodyLength - head.length - tail.length - 100;
  return `${beginning(body, room)}${tail}`;
}
