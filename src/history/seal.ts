import { createHash } from 'node:crypto';

const previousLine = /^Previous record: (none|sha256:[0-9a-f]{64})$/m;
const ownLine = /\nThis record: (sha256:[0-9a-f]{64})\n$/;

function digestOfText(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/**
 * Ends a record with `Previous record:` and `This record:`. The digest is SHA-256 over everything before the last line, so it
 * covers the previous digest too: no record can be changed or taken out without all later ones showing it.
 */
export function sealRecord(body: string, previous: string | null): { markdown: string; digest: string } {
  const content = `${body}---\n\nPrevious record: ${previous ?? 'none'}\n`;
  const digest = digestOfText(content);
  return { markdown: `${content}\nThis record: ${digest}\n`, digest };
}

/** What a record says of itself and what its text really digests to; null when the last lines are not those of a record. */
export function readSeal(markdown: string): { previous: string | null; digest: string; computed: string } | null {
  const own = ownLine.exec(markdown);
  if (own === null) return null;
  const content = markdown.slice(0, own.index);
  const tail = content.slice(content.lastIndexOf('\n---\n') + 1);
  const previous = previousLine.exec(tail)?.[1];
  if (previous === undefined) return null;
  return { previous: previous === 'none' ? null : previous, digest: own[1] ?? '', computed: digestOfText(content) };
}
