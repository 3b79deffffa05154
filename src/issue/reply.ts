import { createHash } from 'node:crypto';
import { findMarked, postMarked } from '../capabilities/shared/marked-comment.js';
import { once, type EffectJournal } from '../ports/effect-journal.js';
import type { IssueTracker, TrackerEvent } from '../ports/issue-tracker.js';

/**
 * Answers a person without the right once an issue and kind of message: a storm of comments, edits or thumbs is not answered by
 * a storm of comments.
 */
export async function refuseRight(
  parts: { tracker: IssueTracker; effects: EffectJournal },
  { actor, issueNumber }: Pick<TrackerEvent, 'actor' | 'issueNumber'>,
  what: 'request' | 'order' | 'thumb' | 'unreadable',
  body: string,
): Promise<void> {
  const who = createHash('sha256').update(actor.toLowerCase()).digest('hex').slice(0, 16);
  await postOnce(parts, issueNumber, `issue-${issueNumber}/no-right/${what}-${who}`, body);
}

/** Posts one comment for an event, however often the event is worked. */
export async function reply(
  parts: { tracker: IssueTracker; effects: EffectJournal },
  event: TrackerEvent,
  effect: string,
  body: string,
): Promise<string> {
  return postOnce(parts, event.issueNumber, `issue-${event.issueNumber}/event-${event.id}/${effect}`, body);
}

async function postOnce(
  { tracker, effects }: { tracker: IssueTracker; effects: EffectJournal },
  issueNumber: number,
  key: string,
  body: string,
): Promise<string> {
  return once(effects, key, {
    find: async () => (await findMarked(tracker, issueNumber, key))?.id ?? null,
    act: async () => (await postMarked(tracker, issueNumber, key, body)).id,
  });
}
