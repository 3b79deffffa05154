import { z } from 'zod';
import { type NotifierChannel, notifierChannels, type Notifiers } from '../../../ports/notifier.js';

/** What sets up each channel. */
export const setUpHint: Record<NotifierChannel, string> = {
  slack: 'set DANDORI_SLACK_WEBHOOK_URL, or DANDORI_SLACK_BOT_TOKEN and DANDORI_SLACK_CHANNEL',
  email: 'set DANDORI_SMTP_URL, DANDORI_EMAIL_FROM and DANDORI_EMAIL_TO',
  pagerduty: 'set DANDORI_PAGERDUTY_ROUTING_KEY',
};

export const channelState = z.object({
  channel: z.enum(notifierChannels),
  set_up: z.boolean(),
  /** Where its messages go; else what sets it up. */
  detail: z.string(),
});
export type ChannelState = z.infer<typeof channelState>;

/** Every channel beside the issue, and whether it is set up. */
export function channelStates(notifiers: Notifiers): ChannelState[] {
  return notifierChannels.map((channel) => {
    const notifier = notifiers[channel];
    return { channel, set_up: notifier !== null, detail: notifier?.target() ?? setUpHint[channel] };
  });
}
