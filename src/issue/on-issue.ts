import type { TrackerEvent } from '../ports/issue-tracker.js';
import { labels } from '../request/labels.js';
import type { ControllerParts, EventResult } from './controller-parts.js';
import { isEditedMeanwhile, keepText } from './issue-text.js';
import { isStartInterrupted } from './start-run.js';
import { takeRequest } from './take-request.js';

/** An issue was opened, labelled or edited: start a run, plan anew, or say what is wrong. */
export async function onIssue(parts: ControllerParts, event: TrackerEvent): Promise<EventResult> {
  // Events may come late or out of order: what counts is the issue as it is now.
  const issue = await parts.tracker.getIssue({ number: event.issueNumber });
  if (!issue.labels.includes(labels.train)) return 'done';
  // Other labels are people's own, e.g. to sort issues.
  if (event.kind === 'issue_labeled' && !event.labels.includes(labels.train)) return 'done';
  if (await isStartInterrupted(parts, event)) return takeRequest(parts, event, issue, issue.body);
  const runs = await parts.runs.list({ issueNumber: issue.number });
  const open = runs.find((run) => run.endedAt === null);
  // An edit while the label was off is worked when the label is there again.
  const isEdit =
    event.kind === 'issue_edited' || (event.kind === 'issue_labeled' && (await isEditedMeanwhile(parts, issue.number)));
  if (open !== undefined && !isEdit) return 'done';
  // The label of a finished request may be set again by hand; its opening is not a second request.
  if (event.kind === 'issue_opened' && runs.length > 0) return 'done';
  // Before the run: a start that is cut off is found by its run.
  if (open === undefined) await keepText(parts, issue);
  return takeRequest(parts, event, issue, issue.body, open);
}
