import type { SqlRow } from '../db.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';

/** An event as the built-in tracker and the inbox of GitHub's keep it, each in a table that nothing else writes. */
export function trackerEventOf(row: SqlRow): TrackerEvent {
  return {
    id: String(row['id']),
    kind: String(row['kind']) as TrackerEvent['kind'],
    issueNumber: Number(row['issue_number']),
    commentId: row['comment_id'] === null ? null : String(row['comment_id']),
    labels: JSON.parse(String(row['labels'])) as string[],
    actor: String(row['actor']),
    at: String(row['at']),
  };
}
