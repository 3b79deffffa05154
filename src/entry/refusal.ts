import type { IssueView } from './api-types.js';
import { withoutMarks } from './markdown-text.js';

/** Answers after which no run comes, by the hidden mark on their first line. */
const refusing = /^<!-- dandori:issue-\d+\/(?:event-[^ ]+\/(?:problems|too-many|failed)|no-right\/request-[^ ]+) -->/;

/** Why a request without a run was refused; null: it has a run, or is not worked yet. */
export function refusalOf({ issue, runs, comments }: IssueView): string | null {
  if (runs.length > 0) return null;
  const own = comments.filter(({ bySelf }) => bySelf);
  const said = own.findLast(({ body }) => refusing.test(body));
  if (said !== undefined) return withoutMarks(said.body);
  return issue.labels.includes('mlops:invalid') ? withoutMarks(own.at(-1)?.body ?? '') : null;
}
