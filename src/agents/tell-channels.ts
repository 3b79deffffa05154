import type { z } from 'zod';
import type { sendSlackNotification } from '../capabilities/notification/send-to-channel.js';
import type { NotificationType } from '../capabilities/notification/catalogue.js';
import type { NotificationFacts } from '../capabilities/notification/render-notification.js';
import { type OtherChannel, otherChannels } from '../contracts/notification.js';
import type { TrainingRequest } from '../contracts/request.js';
import { messageOf } from '../errors.js';
import { notificationLines, notificationMessages, type ToldNotification } from '../messages/notifications.js';
import type { AgentContext } from './agent.js';

type Answer = z.output<typeof sendSlackNotification.output>;
export type Told = Pick<
  Answer,
  'notification_status' | 'slack_message_ts' | 'email_message_id' | 'pagerduty_dedup_key' | 'failure_reason'
> & { channel: OtherChannel };

/** What is told to the channels of a request beside the issue. */
export interface News {
  request: Pick<TrainingRequest, 'notify' | 'language' | 'model_name'>;
  issue_number: number;
  type: NotificationType;
  /** True opens an alert. Default false: good news, and what a person did, wake nobody. */
  needs_somebody?: boolean;
  facts: NotificationFacts;
  message?: string | null;
}

type Context = Pick<AgentContext, 'run' | 'tools'>;

const nothing = { slack_message_ts: null, email_message_id: null, pagerduty_dedup_key: null };

async function issueUrl(number: number, tools: Context['tools']): Promise<string | null> {
  try {
    return (await tools.call('detect_issue', { issue_number: number })).url;
  } catch {
    // A message without its link is better than none.
    return null;
  }
}

async function tellOne(
  channel: OtherChannel,
  news: News,
  url: string | null,
  { run, tools }: Context,
): Promise<Told[]> {
  const { request, issue_number, type, facts, message = null, needs_somebody = false } = news;
  const all = { model_name: request.model_name, training_id: run.training_id, ...facts };
  const args = { run, issue_number, notification_type: type, language: request.language, facts: all, message, url };
  if (channel === 'slack') return [{ channel, ...(await tools.call('send_slack_notification', args)) }];
  if (channel === 'email') return [{ channel, ...(await tools.call('send_email_notification', args)) }];
  const { left_open: open } = await tools.call('resolve_pagerduty_alerts', { run });
  if (needs_somebody) return [{ channel, ...(await tools.call('send_pagerduty_notification', args)) }];
  if (open === 0) return [];
  const failure_reason = notificationMessages[request.language].alertStaysOpen;
  return [{ channel, ...nothing, notification_status: 'failed', failure_reason }];
}

/** Tells the channels of the request beside the issue, side by side; whatever becomes of that, the run goes on. */
export async function tellChannels(context: Context, news: News): Promise<Told[]> {
  const channels = otherChannels(news.request.notify.channels);
  if (channels.length === 0) return [];
  const url = await issueUrl(news.issue_number, context.tools);
  const told = channels.map((channel) =>
    tellOne(channel, news, url, context).catch((error: unknown): Told[] => {
      return [{ channel, ...nothing, notification_status: 'failed', failure_reason: messageOf(error) }];
    }),
  );
  return (await Promise.all(told)).flat();
}

/** What the run sent to the channels beside the issue; empty when its request names none. */
export async function toldSoFar({ run, tools }: Context, request: News['request']): Promise<ToldNotification[]> {
  if (otherChannels(request.notify.channels).length === 0) return [];
  return (await tools.call('list_notifications', { training_id: run.training_id })).notifications;
}

/** Plain lines about what did not reach its channel; empty when all did. `told`: what was told just now, and is perhaps in no journal. */
export async function undelivered(context: Context, { request, type }: News, told: readonly Told[]): Promise<string[]> {
  const known = await toldSoFar(context, request);
  const others = told.filter(
    ({ channel, notification_status: status }) =>
      status === 'failed' &&
      !known.some((one) => one.channel === channel && one.status !== 'success' && one.status !== 'pending'),
  );
  const more = others.map(({ channel, failure_reason: reason }) => {
    return { channel, notification_type: type, status: 'failed', reason: reason ?? '' };
  });
  return notificationLines([...known, ...more], request.language);
}

/** Plain lines about the channels that the request names and that are not set up here. */
export async function silentLines({ tools }: Context, request: News['request']): Promise<string[]> {
  const named = otherChannels(request.notify.channels);
  if (named.length === 0) return [];
  const { channels } = await tools.call('list_notifications', {});
  const words = notificationMessages[request.language];
  const silent = named.filter((channel) => channels.some((one) => one.channel === channel && !one.set_up));
  return silent.map((channel) => words.notSetUp(words.channels[channel]));
}
