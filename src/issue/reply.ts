import { findMarked, postMarked } from '../capabilities/shared/marked-comment.js';
import { once, type EffectJournal } from '../ports/effect-journal.js';
import type { IssueTracker, TrackerEvent } from '../ports/issue-tracker.js';

/** Posts one comment for an event, however often the event is worked. */
export async function reply(
  parts: { tracker: IssueTracker; effects: EffectJournal },
  event: TrackerEvent,
  effect: string,
  body: string,
): Promise<string> {
  const { tracker, effects } = parts;
  const key = `issue-${event.issueNumber}/event-${event.id}/${effect}`;
  return once(effects, key, {
    find: async () => (await findMarked(tracker, event.issueNumber, key))?.id ?? null,
    act: async () => (await postMarked(tracker, event.issueNumber, key, body)).id,
  });
}
