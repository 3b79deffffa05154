import { z } from 'zod';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';

/** A channel whose name is known and which is not there yet: it says so and sends nothing. */
function plannedChannel<const Name extends string>(name: Name, channel: string) {
  return defineTool({
    name,
    title: `Notify by ${channel}`,
    description: `Not yet, planned: answers an error that says so and sends nothing. Use send_github_notification.`,
    input: z.looseObject({}),
    output: z.object({}),
    annotations: readOnly,
    effect: null,
    handler: async () => {
      throw new DandoriError('not_yet', `Notification by ${channel}: not yet, planned.`, {
        allowed: 'the channel github_issue',
        next: 'use send_github_notification.',
      });
    },
  });
}

export const sendSlackNotification = plannedChannel('send_slack_notification', 'Slack');
export const sendEmailNotification = plannedChannel('send_email_notification', 'email');
