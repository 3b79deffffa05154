import { z } from 'zod';

/** Field names of the documents (section 4.11); `partial`: some of the channels were reached. */
export const notificationOutput = z.object({
  notification_status: z.enum(['success', 'partial', 'failed']),
  comment_id: z.string().nullable(),
  github_comment_url: z.string().nullable(),
  slack_message_ts: z.string().nullable(),
  email_message_id: z.string().nullable(),
  /** Absent in runs that began before this field. */
  pagerduty_dedup_key: z.string().nullable().default(null),
});
