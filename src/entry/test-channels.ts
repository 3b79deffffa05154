import { randomUUID } from 'node:crypto';
import { testNotice } from '../capabilities/notification/notice.js';
import { channelStates, setUpHint } from '../capabilities/notification/logic/channel-states.js';
import { DandoriError } from '../errors.js';
import { type NotifierChannel, notifierChannels, type Notifiers } from '../ports/notifier.js';
import type { ChannelTest } from './api-types.js';

async function testOne(notifiers: Notifiers, channel: NotifierChannel): Promise<ChannelTest[]> {
  const notifier = notifiers[channel];
  if (notifier === null) return [];
  const key = `test/${randomUUID()}`;
  const answer = await notifier.send({ key, notice: testNotice('en') });
  const sent = answer.status === 'sent';
  const mayBeOpen = channel === 'pagerduty' && answer.status !== 'refused';
  const remarks = [sent ? answer.remark : answer.reason, mayBeOpen ? await leftOpen(notifiers, key) : null];
  const reason = remarks.filter((one) => one !== null).join('; ') || null;
  return [{ channel, target: notifier.target(), status: answer.status, id: sent ? answer.id : null, reason }];
}

/** A trial leaves nobody an alert to close: closes what may have been opened; answers why it may stay open, null: it does not. */
async function leftOpen({ pagerduty }: Notifiers, key: string): Promise<string | null> {
  const closed = await pagerduty?.resolve({ key });
  return closed === undefined || closed.status === 'sent' ? null : `an alert may stay open: ${closed.reason}`;
}

/** Sends a test message to each channel that is set up, or to one of them, a single time each. */
export async function testChannels(notifiers: Notifiers, only: NotifierChannel | null): Promise<ChannelTest[]> {
  if (only !== null && notifiers[only] === null) {
    throw new DandoriError('not_found', `The channel ${only} is not set up.`, {
      next: `${setUpHint[only]}, and start Dandori again; docs/notifications.md says how.`,
    });
  }
  const tested = (only === null ? notifierChannels : [only]).map((channel) => testOne(notifiers, channel));
  return (await Promise.all(tested)).flat();
}

/** The channels in one line, as `up` and `doctor` say it. */
export function channelsText(notifiers: Notifiers): string {
  const lines = channelStates(notifiers);
  const set = lines.filter((line) => line.set_up).map((line) => line.detail);
  const missing = lines.filter((line) => !line.set_up).map((line) => line.channel);
  if (set.length === 0) return 'the issue only (docs/notifications.md: Slack, email, PagerDuty)';
  return `${set.join('; ')}${missing.length === 0 ? '' : `; not set up: ${missing.join(', ')}`}`;
}
