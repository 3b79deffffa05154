import { codeOf, messageOf } from '../errors.js';
import { pause } from './until-stopped.js';

export interface OutageParts {
  /** Whether the other side answers at all. */
  answers: () => Promise<boolean>;
  /** Says that the task is alive; rejects when nobody waits for it any more. */
  beat: () => Promise<unknown>;
  /** Ends the waiting: the task comes back after a restart. */
  signal: AbortSignal;
  log: { error(details: object, message: string): void };
  /** Between two looks. Default 15 s. */
  everyMs?: number;
}

/** Waits until the other side answers; false when the task is over meanwhile, or we stop. */
async function untilBack({ answers, beat, signal, everyMs = 15_000 }: OutageParts): Promise<boolean> {
  for (;;) {
    const isAlive = await beat().then(
      () => true,
      () => false,
    );
    await pause(everyMs, signal);
    if (!isAlive || signal.aborted) return false;
    if (await answers()) return true;
  }
}

/**
 * Does a task's work, and does it again after an outage that it met. Tasks may be repeated; their tries are for other faults,
 * and would be spent in seconds.
 */
export async function throughOutages<T>(work: () => Promise<T>, parts: OutageParts): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== 'unavailable' || parts.signal.aborted || (await parts.answers())) throw error;
      parts.log.error({ error: messageOf(error) }, 'GitHub is out; a task waits until it answers again');
      if (!(await untilBack(parts))) throw error;
    }
  }
}
