import { createHash } from 'node:crypto';
import type { Issue } from '../ports/issue-tracker.js';
import { normaliseLines } from '../request/text-limits.js';
import { type ControllerParts, issueValue } from './controller-parts.js';

const digestOf = (body: string): string => createHash('sha256').update(normaliseLines(body)).digest('hex');

/** Remembers the issue's text as the last one that was worked. */
export async function keepText({ runs }: Pick<ControllerParts, 'runs'>, issue: Issue): Promise<void> {
  await runs.setValue({ key: issueValue.text(issue.number), value: digestOf(issue.body) });
}

/**
 * Whether the issue says something else by now than what its plan was made for: the news of an edit may come behind the approval
 * that was given after it, and then the plan that waits is not the one that is asked for.
 */
export async function isEditedMeanwhile(
  { runs, tracker }: Pick<ControllerParts, 'runs' | 'tracker'>,
  issueNumber: number,
): Promise<boolean> {
  const worked = await runs.getValue({ key: issueValue.text(issueNumber) });
  // A run that an earlier version began.
  if (worked === null) return false;
  return worked !== digestOf((await tracker.getIssue({ number: issueNumber })).body);
}
