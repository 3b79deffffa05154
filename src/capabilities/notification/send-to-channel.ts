import { z } from 'zod';
import { language } from '../../contracts/request.js';
import { effectKey, runRef } from '../../contracts/run-ref.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import type { NotifierChannel } from '../../ports/notifier.js';
import { inTurn } from '../shared/in-turn.js';
import { allStates } from '../shared/states.js';
import { notificationTypes } from './catalogue.js';
import { setUpHint } from './logic/channel-states.js';
import { deliver, type Outcome, recordNotSetUp } from './logic/deliver.js';
import { effectName } from './logic/sent-notifications.js';
import { noticeOf } from './notice.js';
import { notificationFacts } from './render-notification.js';

const input = z.object({
  run: runRef,
  issue_number: z.number().int().positive().nullable().default(null).describe('Issue that people answer on'),
  url: z.string().max(2_000).nullable().default(null).describe('Page of the issue or comment'),
  notification_type: z.enum(notificationTypes),
  language: language.default('en'),
  facts: notificationFacts.default({}),
  message: z.string().max(4_000).nullable().default(null).describe('One line of plain text'),
});

/** Seeds 4.11; a dead channel is answered, not thrown: it never stops the workflow. */
const output = z.object({
  /** `unknown`: the answer was lost; perhaps not delivered, and not sent again. */
  notification_status: z.enum(['success', 'failed', 'unknown']),
  github_comment_url: z.null(),
  comment_id: z.null(),
  slack_message_ts: z.string().nullable(),
  email_message_id: z.string().nullable(),
  pagerduty_dedup_key: z.string().nullable(),
  failure_reason: z.string().nullable(),
});

function answerOf(channel: NotifierChannel, { status, id, reason }: Outcome): z.input<typeof output> {
  return {
    notification_status: status === 'not_set_up' ? 'failed' : status,
    github_comment_url: null,
    comment_id: null,
    slack_message_ts: channel === 'slack' ? id : null,
    email_message_id: channel === 'email' ? id : null,
    pagerduty_dedup_key: channel === 'pagerduty' ? id : null,
    failure_reason: reason,
  };
}

/** A tool that sends a notification to one channel beside the issue. */
function channelTool<const Name extends string>(name: Name, channel: NotifierChannel, title: string, about: string) {
  return defineTool({
    name,
    title,
    description:
      `${about} Once per run, state, visit and type. Refusals are tried again for half a minute; a channel that stays dead, or is not set up, ` +
      'answers notification_status "failed" with the reason; "unknown" when the answer was lost. Never an error: nothing stops for it.',
    input,
    output,
    annotations: { ...writes, openWorldHint: true },
    effect: { states: allStates },
    handler: async (given, { ports, signal }) => {
      const { run, issue_number: issueNumber, notification_type: type, url, language, facts, message } = given;
      const key = effectKey(run, effectName(channel, type));
      const { effects: journal, notifiers } = ports;
      const notifier = notifiers[channel];
      const notice = noticeOf({ type, language, facts, message, issueNumber, url });
      const sent = await inTurn(journal, `notify ${key}`, async () =>
        notifier === null
          ? recordNotSetUp(journal, key, `${title} is not set up: ${setUpHint[channel]}`)
          : deliver(
              key,
              { send: (own) => notifier.send({ key: own, notice }), find: (own) => notifier.find({ key: own }) },
              { journal, signal, language, patience: notifiers.patience },
            ),
      );
      return answerOf(channel, sent);
    },
  });
}

export const sendSlackNotification = channelTool(
  'send_slack_notification',
  'slack',
  'Slack',
  "Sends a notification to this installation's Slack channel; a bot answers the message's ts, a webhook none.",
);
export const sendEmailNotification = channelTool(
  'send_email_notification',
  'email',
  'Email',
  'Sends a notification by mail to the addresses of this installation; answers the Message-ID.',
);
export const sendPagerdutyNotification = channelTool(
  'send_pagerduty_notification',
  'pagerduty',
  'PagerDuty',
  'Opens an alert in PagerDuty, with a severity by type; answers its dedup_key, under which a repeated one is the same alert.',
);
