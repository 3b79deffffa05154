import { z } from 'zod';
import { trainingId } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { channelState, channelStates } from './logic/channel-states.js';
import { sentNotification, sentNotifications } from './logic/sent-notifications.js';

export const listNotifications = defineTool({
  name: 'list_notifications',
  title: 'List notifications',
  description:
    'The channels beside the issue (Slack, email, PagerDuty) and whether each is set up; with a training_id also what that run sent there and what became of it.',
  input: z.object({ training_id: trainingId.nullable().default(null) }),
  output: z.object({
    channels: z.array(channelState),
    notifications: z.array(sentNotification),
  }),
  annotations: readOnly,
  effect: null,
  handler: async ({ training_id: id }, { ports }) => ({
    channels: channelStates(ports.notifiers),
    notifications: id === null ? [] : await sentNotifications(ports.effects, id),
  }),
});
