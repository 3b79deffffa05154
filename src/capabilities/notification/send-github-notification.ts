import { z } from 'zod';
import { language } from '../../contracts/request.js';
import { effectKey, runRef } from '../../contracts/run-ref.js';
import { codeOf, messageOf } from '../../errors.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { once } from '../../ports/effect-journal.js';
import { inTurn } from '../shared/in-turn.js';
import { findMarked, postMarked } from '../shared/marked-comment.js';
import { allStates } from '../shared/states.js';
import { notificationTypes } from './catalogue.js';
import { notificationFacts, renderNotification } from './render-notification.js';

const input = z.object({
  run: runRef,
  issue_number: z.number().int().positive(),
  notification_type: z.enum(notificationTypes),
  language: language.default('en'),
  facts: notificationFacts.default({}),
  message: z.string().max(4_000).nullable().default(null).describe('One line of plain text'),
  body: z.string().max(60_000).optional().describe('Finished Markdown instead of the template'),
});

/** Seeds 4.11; a dead channel is answered, not thrown: it never stops the workflow. */
const output = z.object({
  notification_status: z.enum(['success', 'failed']),
  github_comment_url: z.string().nullable(),
  comment_id: z.string().nullable(),
  slack_message_ts: z.null(),
  email_message_id: z.null(),
  pagerduty_dedup_key: z.null(),
  failure_reason: z.string().nullable(),
});

export const sendGithubNotification = defineTool({
  name: 'send_github_notification',
  title: 'Notify on the issue',
  description:
    "Posts a notification as a comment on the run's issue, once per run, state, visit and type. When the tracker cannot be reached it " +
    'answers notification_status "failed" with the reason instead of an error.',
  input,
  output,
  annotations: { ...writes, openWorldHint: true },
  effect: { states: allStates },
  handler: async (given, { ports }) => {
    const { run, issue_number: issueNumber, notification_type: type, language, facts, message } = given;
    const body = given.body ?? renderNotification({ type, language, facts, message }).body;
    const key = effectKey(run, `notify_${type}`);
    const nothingElse = { slack_message_ts: null, email_message_id: null, pagerduty_dedup_key: null };
    try {
      const comment = await inTurn(ports.issues, `comment ${key}`, () =>
        once(ports.effects, key, {
          find: async () => {
            const found = await findMarked(ports.issues, issueNumber, key);
            return found === null ? null : { id: found.id, url: found.url };
          },
          act: async () => {
            const { id, url } = await postMarked(ports.issues, issueNumber, key, body);
            return { id, url };
          },
        }),
      );
      return {
        notification_status: 'success' as const,
        github_comment_url: comment.url,
        comment_id: comment.id,
        failure_reason: null,
        ...nothingElse,
      };
    } catch (error) {
      // Only the channel may fail quietly; a fault of our own is thrown, and the step is tried again.
      if (codeOf(error) !== 'unavailable' && codeOf(error) !== 'not_found') throw error;
      return {
        notification_status: 'failed' as const,
        github_comment_url: null,
        comment_id: null,
        failure_reason: messageOf(error),
        ...nothingElse,
      };
    }
  },
});
