import { z } from 'zod';

/** Field names of the documents (section 4.11). */
export const notificationOutput = z.object({
  notification_status: z.enum(['success', 'failed']),
  comment_id: z.string().nullable(),
  github_comment_url: z.string().nullable(),
  slack_message_ts: z.null(),
  email_message_id: z.null(),
});
