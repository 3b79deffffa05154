import type { Comment, IssueTracker } from '../../ports/issue-tracker.js';

/** The hidden first line by which an effect's comment is found again. */
export function markerOf(key: string): string {
  // `--` would end the HTML comment early.
  return `<!-- dandori:${key.replaceAll(/[^A-Za-z0-9/._-]/g, '_').replaceAll('--', '__')} -->`;
}

/** Dandori's own comment with this key on its first line; foreign text further down cannot pass for it. */
export async function findMarked(issues: IssueTracker, issueNumber: number, key: string): Promise<Comment | null> {
  const marker = markerOf(key);
  const comments = await issues.listComments({ issueNumber });
  return comments.find(({ bySelf, body }) => bySelf && (body === marker || body.startsWith(`${marker}\n`))) ?? null;
}

/** Key and text of a comment that Dandori posted under one; null for every other. */
export function readMarked({ bySelf, body }: Comment): { key: string; text: string } | null {
  const [, key, text = ''] = /^<!-- dandori:(\S+) -->(?:\n([^]*))?$/.exec(body) ?? [];
  return bySelf && key !== undefined ? { key, text } : null;
}

/** Posts a comment under its key. */
export async function postMarked(
  issues: IssueTracker,
  issueNumber: number,
  key: string,
  body: string,
): Promise<Comment> {
  return issues.createComment({ issueNumber, body: `${markerOf(key)}\n${body}` });
}

/** Edits the comment with this key, or posts it when there is none; the same text again changes nothing. */
export async function writeMarked(
  issues: IssueTracker,
  issueNumber: number,
  key: string,
  body: string,
): Promise<{ comment: Comment; created: boolean }> {
  const found = await findMarked(issues, issueNumber, key);
  if (found === null) return { comment: await postMarked(issues, issueNumber, key, body), created: true };
  const text = `${markerOf(key)}\n${body}`;
  if (found.body === text) return { comment: found, created: false };
  return { comment: await issues.updateComment({ id: found.id, body: text }), created: false };
}
