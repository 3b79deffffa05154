import { z } from 'zod';
import { language } from '../../contracts/request.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { notificationTypes } from './catalogue.js';
import { notificationFacts, renderNotification } from './render-notification.js';

export const applyNotificationTemplate = defineTool({
  name: 'apply_notification_template',
  title: 'Apply a notification template',
  description:
    'The title and the Markdown of a notification of one of the eight types, in English or Japanese. Sends nothing.',
  input: z.object({
    notification_type: z.enum(notificationTypes),
    language: language.default('en'),
    facts: notificationFacts.default({}).describe('What is known, e.g. {"model_name": "churn", "version": "1.0.0"}'),
    message: z.string().max(4_000).nullable().default(null),
  }),
  output: z.object({ title: z.string(), body: z.string() }),
  annotations: readOnly,
  effect: null,
  handler: async ({ notification_type: type, language, facts, message }) =>
    renderNotification({ type, language, facts, message }),
});
