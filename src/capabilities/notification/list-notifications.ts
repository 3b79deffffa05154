import { z } from 'zod';
import { trainingId } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { notifierChannels } from '../../ports/notifier.js';
import { sentNotification, sentNotifications } from './logic/sent-notifications.js';
import { setUpHint } from './send-to-channel.js';

export const listNotifications = defineTool({
  name: 'list_notifications',
  title: 'List notifications',
  description:
    'The channels beside the issue (Slack, email, PagerDuty) and whether each is set up; with a training_id also what that run sent there and what became of it.',
  input: z.object({ training_id: trainingId.nullable().default(null) }),
  output: z.object({
    channels: z.array(
      z.object({
        channel: z.enum(notifierChannels),
        set_up: z.boolean(),
        /** Where its messages go; else what sets it up. */
        detail: z.string(),
      }),
    ),
    notifications: z.array(sentNotification),
  }),
  annotations: readOnly,
  effect: null,
  handler: async ({ training_id: id }, { ports }) => ({
    channels: notifierChannels.map((channel) => {
      const notifier = ports.notifiers[channel];
      return { channel, set_up: notifier !== null, detail: notifier?.target() ?? setUpHint[channel] };
    }),
    notifications: id === null ? [] : await sentNotifications(ports.effects, id),
  }),
});
