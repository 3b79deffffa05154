import { z } from 'zod';
import type { Delivery, Notifier, Search } from '../../ports/notifier.js';
import { deliveryMessages } from './delivery-messages.js';
import { ask, type Called, jsonObject, refusedBy, withoutAnswer } from './http.js';
import { slackMessage } from './slack-message.js';

export interface SlackBotOptions {
  /** Bot token, `xoxb-...`, with the scope `chat:write`. */
  token: string;
  /** Id (`C0123456789`), or name of a public channel; only an id can be looked through. */
  channel: string;
  /** Default `https://slack.com/api`. */
  apiUrl?: string;
  timeoutMs?: number;
}

/** Errors that pass with time. */
const passing = new Set(['ratelimited', 'rate_limited', 'request_timeout', 'service_unavailable', 'team_added_to_org']);
/** Errors of which Slack says that some of the work may have been done all the same. */
const halfDone = new Set(['internal_error', 'fatal_error']);

const eventType = 'dandori_notification';

const page = z.object({
  ok: z.literal(true),
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** As far back as a lost message is looked for: five pages of 200. */
const maxPages = 5;

/** What `chat.postMessage` answered. It says no with 200 and `ok: false`. */
function deliveryOf(called: Called, outcome: Awaited<ReturnType<typeof ask>>): Delivery {
  if (outcome.kind !== 'answer') return withoutAnswer(called, outcome);
  if (outcome.status !== 200) return refusedBy(called, outcome);
  const { service } = called;
  const words = deliveryMessages[called.language];
  const answer = jsonObject(outcome.body);
  if (answer?.['ok'] === true && typeof answer['ts'] === 'string') {
    return { status: 'sent', id: answer['ts'], remark: null };
  }
  if (answer === null || answer['ok'] === true) return { status: 'lost', reason: words.unreadable(service) };
  const error = typeof answer['error'] === 'string' ? answer['error'].slice(0, 100) : 'ok: false';
  const reason = words.answered(service, error);
  if (halfDone.has(error)) return { status: 'lost', reason };
  return {
    status: 'refused',
    reason,
    again: passing.has(error),
    retryAfterMs: outcome.retryAfterMs,
  };
}

/** A Slack app's bot: answers the id (`ts`) of what it posts, and finds it again by metadata where it may read the channel. */
export function createSlackBot(options: SlackBotOptions): Notifier {
  const { token, channel, apiUrl = 'https://slack.com/api', timeoutMs = 10_000 } = options;
  const method = (name: string) => new URL(`${apiUrl.replace(/\/+$/, '')}/${name}`);
  const headers = { authorization: `Bearer ${token}` };

  /** One page of the channel's messages, the newest first; null: it cannot be read. */
  async function history(cursor: string | null): Promise<z.infer<typeof page> | null> {
    const url = method('conversations.history');
    url.search = String(
      new URLSearchParams({
        channel,
        limit: '200',
        include_all_metadata: 'true',
        ...(cursor === null ? {} : { cursor }),
      }),
    );
    const outcome = await ask({ method: 'GET', url, headers, timeoutMs });
    return outcome.kind === 'answer' ? (page.safeParse(jsonObject(outcome.body)).data ?? null) : null;
  }

  return {
    async send({ key, notice }) {
      const metadata = { event_type: eventType, event_payload: { key, type: notice.type } };
      const json = { channel, ...slackMessage(notice), metadata };
      const called = { service: 'Slack', timeoutMs, language: notice.language };
      return deliveryOf(
        called,
        await ask({ method: 'POST', url: method('chat.postMessage'), headers, json, timeoutMs }),
      );
    },
    async find({ key }): Promise<Search> {
      let cursor: string | null = null;
      for (let pages = 0; pages < maxPages; pages++) {
        const found: z.infer<typeof page> | null = await history(cursor);
        if (found === null) return { status: 'unknown' };
        const mine = found.messages.find(
          ({ metadata }) => metadata?.event_type === eventType && metadata.event_payload['key'] === key,
        );
        if (mine !== undefined) return { status: 'sent', id: mine.ts };
        const next = found.response_metadata?.next_cursor ?? '';
        if (next === '') return { status: 'send_again' };
        cursor = next;
      }
      return { status: 'unknown' };
    },
    target: () => `Slack by its bot, channel ${channel}`,
  };
}
