import { z } from 'zod';
import { codeOf, messageOf } from '../errors.js';
import { answers } from '../messages/answers.js';
import { textOf } from '../messages/failures.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { inlineText } from '../request/escape.js';
import { finishAnswer } from './answer.js';
import { type ControllerParts, type EventResult, languageFor } from './controller-parts.js';
import { onComment } from './on-comment.js';
import { onIssue } from './on-issue.js';
import { onReaction } from './on-reaction.js';
import { reply } from './reply.js';
import { auditRefusedRerun, finishRerun, rerun, type Rerun, type RerunOrder } from './rerun.js';

const cursorKey = 'tracker/cursor';
const deferredKey = 'tracker/deferred';
const maxTries = 3;
/** An outage is logged at its beginning and then about once in ten minutes. */
const triesBetweenLines = 1_200;

const trackerEvents: z.ZodType<TrackerEvent[]> = z.array(
  z.object({
    id: z.string(),
    kind: z.enum([
      'issue_opened',
      'issue_edited',
      'issue_labeled',
      'comment_created',
      'comment_edited',
      'reaction_added',
    ]),
    issueNumber: z.number(),
    commentId: z.string().nullable(),
    labels: z.array(z.string()).default([]),
    actor: z.string(),
    at: z.string(),
  }),
);

/** Turns what happens on the tracker into runs and answers; every event is worked in order, and once as far as anyone can see. */
export class Controller {
  readonly #parts: ControllerParts;
  readonly #tries = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #active = false;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#active = true;
    this.#timer = setInterval(() => void this.poke(), this.#parts.pollMs ?? 500);
    this.#inLine(() => finishRerun(this.#parts)).catch((error: unknown) =>
      this.#parts.log.error({ error: messageOf(error) }, 'a re-run that was interrupted could not be carried out'),
    );
    void this.poke();
  }

  async stop(): Promise<void> {
    this.#active = false;
    clearInterval(this.#timer);
    await this.#work;
  }

  /** Looks for events now; resolves when all that were there are worked. Does nothing while stopped. */
  async poke(): Promise<void> {
    this.#work = this.#work
      .then(() => (this.#active ? this.#drain() : undefined))
      .catch((error: unknown) =>
        this.#parts.log.error({ error: messageOf(error) }, 'the tracker could not be read; trying again'),
      );
    return this.#work;
  }

  /** Runs an ended run again; between two events, so that nothing else starts on the issue meanwhile. */
  rerun(order: RerunOrder): Promise<Rerun> {
    return this.#inLine(() => rerun(this.#parts, order)).catch(async (error: unknown) => {
      await auditRefusedRerun(this.#parts, order, error);
      throw error;
    });
  }

  #inLine<T>(body: () => Promise<T>): Promise<T> {
    const done = this.#work.then(body);
    this.#work = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  async #drain(): Promise<void> {
    const { tracker, runs } = this.#parts;
    await this.#workDeferred();
    for (;;) {
      const events = await tracker.listEvents({ cursor: await runs.getValue({ key: cursorKey }) });
      if (events.length === 0) return;
      for (const event of events) {
        if (!this.#active) return;
        const result = await this.#handle(event);
        if (result === 'later') await this.#defer(event);
        // A failed event holds the line: those behind it may rest on it.
        if (result === 'failed') return;
        await runs.setValue({ key: cursorKey, value: event.id });
      }
    }
  }

  async #deferred(): Promise<TrackerEvent[]> {
    return trackerEvents.parse(JSON.parse((await this.#parts.runs.getValue({ key: deferredKey })) ?? '[]'));
  }

  async #defer(event: TrackerEvent): Promise<void> {
    const others = (await this.#deferred()).filter((one) => one.id !== event.id);
    await this.#parts.runs.setValue({ key: deferredKey, value: JSON.stringify([...others, event]) });
  }

  /** Events that met a run between two states wait here, so that they hold up nobody else. */
  async #workDeferred(): Promise<void> {
    const events = await this.#deferred();
    if (events.length === 0) return;
    const left: TrackerEvent[] = [];
    for (const event of events) if ((await this.#handle(event)) !== 'done') left.push(event);
    await this.#parts.runs.setValue({ key: deferredKey, value: JSON.stringify(left) });
  }

  /** `failed` events are tried again; one that fails again and again is told on the issue and passed over. */
  async #handle(event: TrackerEvent): Promise<EventResult | 'failed'> {
    try {
      const result = await this.#dispatch(event);
      this.#tries.delete(event.id);
      return result;
    } catch (error) {
      const tries = (this.#tries.get(event.id) ?? 0) + 1;
      this.#tries.set(event.id, tries);
      // An outage, of GitHub most likely, is waited out: who spoke meanwhile is heard when it is over.
      const isOutage = codeOf(error) === 'unavailable';
      if (isOutage && tries % triesBetweenLines !== 1) return 'failed';
      this.#parts.log.error({ event, error: messageOf(error), tries }, 'an event of the tracker could not be worked');
      if (isOutage || tries < maxTries) return 'failed';
      this.#tries.delete(event.id);
      const language = await languageFor(this.#parts, event.issueNumber);
      const why = inlineText(textOf(error, language), 2000);
      return reply(this.#parts, event, 'failed', answers[language].eventFailed(why)).then(
        () => 'done',
        // An issue that cannot be commented on, e.g. a deleted one, holds up nobody; a tracker that is away loses nothing.
        (cannot: unknown) => (codeOf(cannot) === 'unavailable' ? 'failed' : 'done'),
      );
    }
  }

  async #dispatch(event: TrackerEvent): Promise<EventResult> {
    if (await finishAnswer(this.#parts, event)) return 'done';
    if (event.kind === 'comment_created') return onComment(this.#parts, event);
    if (event.kind === 'reaction_added') return onReaction(this.#parts, event);
    // An edited comment never counts as a command: somebody else may have edited it.
    if (event.kind === 'comment_edited') return 'done';
    return onIssue(this.#parts, event);
  }
}
