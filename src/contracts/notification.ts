import { z } from 'zod';

/** Where news of a run may go; the issue gets its comments in any case, because answers are given there. */
export const notificationChannel = z.enum(['github_issue', 'slack', 'email', 'pagerduty']);
export type NotificationChannel = z.infer<typeof notificationChannel>;

/** A channel beside the issue. */
export const otherChannel = notificationChannel.exclude(['github_issue']);
export type OtherChannel = z.infer<typeof otherChannel>;

/** The channels of a request beside the issue. */
export function otherChannels(channels: readonly NotificationChannel[]): OtherChannel[] {
  return channels.filter((channel) => channel !== 'github_issue');
}
