import type { NotifyConfig } from '../../config.js';
import type { Notifiers } from '../../ports/notifier.js';
import { createEmail } from './email.js';
import { createPagerDuty } from './pagerduty.js';
import { createSlackBot } from './slack-bot.js';
import { createSlackWebhook } from './slack-webhook.js';

/** The channels that are set up, ready to send; nothing is connected before the first message. */
export function createNotifiers({ slack, email, pagerduty }: NotifyConfig): Notifiers {
  return {
    slack: slack === null ? null : slack.kind === 'webhook' ? createSlackWebhook(slack) : createSlackBot(slack),
    email: email === null ? null : createEmail(email),
    pagerduty: pagerduty === null ? null : createPagerDuty(pagerduty),
  };
}
