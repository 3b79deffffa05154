import { z } from 'zod';
import type { EffectJournal, EffectRecord } from '../../../ports/effect-journal.js';
import { type NotifierChannel, notifierChannels } from '../../../ports/notifier.js';
import { notificationTypes } from '../catalogue.js';
import { outcome } from './deliver.js';

/** One message to a channel beside the issue, and what became of it. */
export const sentNotification = z.object({
  state: z.string(),
  visit: z.number().int(),
  notification_type: z.enum(notificationTypes),
  channel: z.enum(notifierChannels),
  /** `pending`: it is being sent, or was when Dandori was stopped. */
  status: z.enum([...outcome.shape.status.options, 'pending']),
  id: z.string().nullable(),
  reason: z.string().nullable(),
});
type SentNotification = z.infer<typeof sentNotification>;

/** The effect's name in the journal. */
export const effectName = (channel: NotifierChannel, type: string): string => `notify_${channel}_${type}`;

/** Behind the key of an alert: that it was closed. */
export const resolvedSuffix = '/resolved';

const keyPattern = /^[^/]+\/([^/]+)\/(\d+)\/notify_([a-z]+)_([a-z_]+?)(?:\/\d+)?$/;

function read(record: EffectRecord): (SentNotification & { key: string }) | null {
  const [, state, visit, channel, notification_type] = keyPattern.exec(record.key) ?? [];
  const known = record.status === 'done' ? outcome.safeParse(record.result).data : null;
  if (known === undefined) return null;
  const { status = 'pending', id = null, reason = null } = known ?? {};
  const all = { state, visit: Number(visit), channel, notification_type, status, id, reason };
  const parsed = sentNotification.safeParse(all).data;
  return parsed === undefined ? null : { ...parsed, key: record.key };
}

function wasTaken(record: EffectRecord): boolean {
  return record.status === 'done' && outcome.safeParse(record.result).data?.status === 'success';
}

/** Messages of a run to the channels beside the issue, each as it stands now: a later try takes the place of an earlier one. */
export async function sentNotifications(
  journal: EffectJournal,
  trainingId: string,
): Promise<(SentNotification & { key: string })[]> {
  const records = await journal.list({ prefix: `${trainingId}/` });
  const last = new Map<string, SentNotification & { key: string }>();
  for (const record of records) {
    const one = read(record);
    if (one !== null) last.set(`${one.state}/${one.visit}/${one.channel}/${one.notification_type}`, one);
  }
  return [...last.values()];
}

/** Keys of the alerts of a run that are open (opened, or perhaps opened, and not closed yet), but for those under `except`. */
export async function openAlerts(journal: EffectJournal, trainingId: string, except: string): Promise<string[]> {
  const records = await journal.list({ prefix: `${trainingId}/` });
  const closed = new Set(records.flatMap((record) => (wasTaken(record) ? [record.key.replace(/\/\d+$/, '')] : [])));
  return records.flatMap((record) => {
    const one = record.key.startsWith(except) ? null : read(record);
    const mayBeOpen = one?.channel === 'pagerduty' && one.status !== 'failed' && one.status !== 'not_set_up';
    return mayBeOpen && !closed.has(`${record.key}${resolvedSuffix}`) ? [record.key] : [];
  });
}
