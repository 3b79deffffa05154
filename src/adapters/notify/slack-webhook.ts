import type { Notifier } from '../../ports/notifier.js';
import { ask, refusedBy, withoutAnswer } from './http.js';
import { slackMessage } from './slack-message.js';

export interface SlackWebhookOptions {
  /** The address is the secret: whoever has it can post. */
  url: string;
  timeoutMs?: number;
}

/** An incoming webhook of Slack: posts into its one channel, answers `ok` and no id, and cannot be asked what it posted. */
export function createSlackWebhook({ url, timeoutMs = 10_000 }: SlackWebhookOptions): Notifier {
  return {
    async send({ notice }) {
      const outcome = await ask({ method: 'POST', url: new URL(url), json: slackMessage(notice), timeoutMs });
      const called = { service: 'Slack', timeoutMs, language: notice.language };
      if (outcome.kind !== 'answer') return withoutAnswer(called, outcome);
      return outcome.status === 200 ? { status: 'sent', id: null, remark: null } : refusedBy(called, outcome);
    },
    find: async () => ({ status: 'unknown' }),
    target: () => `Slack by its webhook at ${new URL(url).host}`,
  };
}
