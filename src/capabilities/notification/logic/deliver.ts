import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Language } from '../../../contracts/request.js';
import { notificationMessages } from '../../../messages/notifications.js';
import type { EffectJournal } from '../../../ports/effect-journal.js';
import type { Delivery, Patience, Search } from '../../../ports/notifier.js';

/** What became of a message, as the journal keeps it; `unknown`: perhaps not delivered, and not sent again. */
export const outcome = z.object({
  status: z.enum(['success', 'failed', 'unknown', 'not_set_up']),
  /** As the other side names it; null: it names nothing. */
  id: z.string().nullable(),
  /** Why not, or what was not taken. */
  reason: z.string().nullable(),
});
export type Outcome = z.infer<typeof outcome>;

/** One message to one channel. */
export interface Message {
  /** Tries to send under this key. */
  send: (key: string) => Promise<Delivery>;
  /** Asks the other side after the key. */
  find: (key: string) => Promise<Search>;
}

export const patience: Patience = { tries: 4, firstPauseMs: 1_000, budgetMs: 30_000, settleMs: 2_000 };

export interface DeliverParts {
  journal: EffectJournal;
  signal: AbortSignal;
  /** Of the reason why a message did not arrive. Default English. */
  language?: Language;
  patience?: Patience | undefined;
  /** Resolves after the time, or when the signal is aborted. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  nowMs?: () => number;
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

const failed = (reason: string): Outcome => ({ status: 'failed', id: null, reason });
const unknown = (reason: string): Outcome => ({ status: 'unknown', id: null, reason });
const success = (id: string | null, remark: string | null): Outcome => ({ status: 'success', id, reason: remark });

/** What is known of a message whose answer was lost; null: it may be sent again. */
async function afterLoss(message: Message, key: string, reason: string): Promise<Outcome | null> {
  const found = await message.find(key);
  if (found.status === 'sent') return success(found.id, null);
  return found.status === 'unknown' ? unknown(reason) : null;
}

/** Tries until the message is taken, refused for good, or may have been taken; bounded in number and time. */
async function tryOut(message: Message, key: string, parts: DeliverParts): Promise<Outcome> {
  const { signal, pause = realPause, nowMs = () => Date.now() } = parts;
  const { tries, firstPauseMs, budgetMs, settleMs } = parts.patience ?? patience;
  const deadline = nowMs() + budgetMs;
  for (let count = 1, waitMs = firstPauseMs; ; count++, waitMs *= 3) {
    const answer = await message.send(key);
    if (answer.status === 'sent') return success(answer.id, answer.remark);
    if (answer.status === 'lost') {
      await pause(settleMs, signal);
      const known = await afterLoss(message, key, answer.reason);
      if (known !== null) return known;
    } else if (!answer.again) return failed(answer.reason);
    const nextMs = answer.status === 'lost' ? waitMs : Math.max(waitMs, answer.retryAfterMs ?? 0);
    const isLast = count >= tries || nowMs() + nextMs > deadline;
    if (!isLast) await pause(nextMs, signal);
    if (isLast || signal.aborted) return answer.status === 'lost' ? unknown(answer.reason) : failed(answer.reason);
  }
}

/** The key to send under: another one after a sending that certainly failed, so that the record of that stays. */
async function openKey(
  journal: EffectJournal,
  key: string,
): Promise<{ key: string; known: Outcome | 'intended' | null }> {
  for (let number = 1; ; number++) {
    const own = number === 1 ? key : `${key}/${number}`;
    const record = await journal.find({ key: own });
    if (record === null || record.status === 'intended')
      return { key: own, known: record === null ? null : 'intended' };
    const known = outcome.parse(record.result);
    if (known.status === 'success' || known.status === 'unknown') return { key: own, known };
  }
}

/**
 * Sends a message once under its key: journalled `intended` before and `done` after, with what became of it. After a death in
 * between the other side is asked, and where it cannot be asked the message is not sent again.
 */
export async function deliver(key: string, message: Message, parts: DeliverParts): Promise<Outcome> {
  const { journal, language = 'en' } = parts;
  const open = await openKey(journal, key);
  if (open.known !== null && open.known !== 'intended') return open.known;
  const { stopped } = notificationMessages[language];
  const resumed = open.known === 'intended' ? await afterLoss(message, open.key, stopped) : null;
  if (open.known === null) await journal.intend({ key: open.key });
  const result = resumed ?? (await tryOut(message, open.key, parts));
  await journal.complete({ key: open.key, result });
  return result;
}

/** Writes down that a message had nowhere to go. */
export async function recordNotSetUp(journal: EffectJournal, key: string, reason: string): Promise<Outcome> {
  const result: Outcome = { status: 'not_set_up', id: null, reason };
  const open = await openKey(journal, key);
  if (open.known !== null && open.known !== 'intended') return open.known;
  await journal.complete({ key: open.key, result });
  return result;
}
