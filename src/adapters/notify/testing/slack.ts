import { z } from 'zod';
import { type Heard, type HttpStandIn, type Said, type StandInMode, standIn } from './http-stand-in.js';

/** Entities are the only `&`; `<` and `>` only around an address with its text (docs.slack.dev, "Formatting message text"). */
const isEscaped = (text: string, links: boolean): boolean => {
  const rest = links ? text.replaceAll(/<https?:\/\/[^<>|]+\|[^<>|]+>/g, '') : text;
  return !/[<>]|&(?!(?:amp|lt|gt);)/.test(rest);
};

const plainText = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z
      .string()
      .min(1)
      .max(most)
      .refine((text) => isEscaped(text, false), 'not escaped'),
    emoji: z.boolean(),
  });
const markdown = z.strictObject({
  type: z.literal('mrkdwn'),
  text: z
    .string()
    .min(1)
    .max(3000)
    .refine((text) => isEscaped(text, true), 'not escaped'),
  verbatim: z.boolean(),
});

/** Limits of docs.slack.dev/reference/block-kit/blocks. */
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plainText(150) }),
  z.strictObject({ type: z.literal('section'), text: z.union([plainText(3000), markdown]) }),
  z.strictObject({
    type: z.literal('context'),
    elements: z
      .array(z.union([plainText(3000), markdown]))
      .min(1)
      .max(10),
  }),
]);

const message = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(4000)
    .refine((text) => isEscaped(text, false), 'not escaped'),
  blocks: z.array(block).max(50),
  unfurl_links: z.boolean(),
  unfurl_media: z.boolean(),
});
const post = message.extend({
  channel: z.string(),
  metadata: z.strictObject({ event_type: z.string().regex(/^\w+$/), event_payload: z.record(z.string(), z.string()) }),
});

export interface SlackStandIn extends HttpStandIn {
  webhookUrl: string;
  token: string;
  channel: string;
  /** What arrived, in the order of arrival. */
  messages: (z.infer<typeof message> & { ts: string; key: string | null })[];
  /** What was wrong with a payload. */
  problems: string[];
  /** Error that the Web API answers after it took a message in; null: none. */
  error: string | null;
  /** False: the app lacks the scope for reading the channel. */
  readable: boolean;
}

const ok = (body: object): Said => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** A message as Slack takes it in; null: it breaks the rules. */
function take(
  slack: SlackStandIn,
  schema: z.ZodType<z.infer<typeof message>>,
  json: unknown,
  key: string | null,
): string | null {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    slack.problems.push(z.prettifyError(parsed.error));
    return null;
  }
  const ts = `17000000${String(slack.messages.length).padStart(2, '0')}.000100`;
  slack.messages.push({ ...parsed.data, ts, key });
  return ts;
}

const busy = (body: string): Said => ({ status: 429, headers: { 'retry-after': '1' }, body });

function webhook(slack: SlackStandIn, { json }: Heard, mode: StandInMode): Said {
  if (mode === 'refuse') return { status: 404, body: 'no_service' };
  if (mode === 'busy') return busy('rate_limited');
  return take(slack, message, json, null) === null
    ? { status: 400, body: 'invalid_blocks' }
    : { status: 200, body: 'ok' };
}

function postMessage(slack: SlackStandIn, { json }: Heard, mode: StandInMode): Said {
  if (mode === 'refuse') return ok({ ok: false, error: 'channel_not_found' });
  if (mode === 'busy') return busy(JSON.stringify({ ok: false, error: 'ratelimited' }));
  const parsed = post.safeParse(json);
  const ts = take(slack, post, json, parsed.data?.metadata.event_payload['key'] ?? null);
  if (slack.error !== null) return ok({ ok: false, error: slack.error });
  return ok(ts === null ? { ok: false, error: 'invalid_blocks' } : { ok: true, channel: slack.channel, ts });
}

function history(slack: SlackStandIn, { query }: Heard): Said {
  if (!slack.readable) return ok({ ok: false, error: 'missing_scope', needed: 'channels:history' });
  const from = Number(query.get('cursor') ?? 0);
  const limit = Number(query.get('limit') ?? 100);
  const newest = slack.messages.toReversed();
  const messages = newest.slice(from, from + limit).map(({ ts, text, key }) => {
    const shown = query.get('include_all_metadata') === 'true' && key !== null;
    const metadata = { event_type: 'dandori_notification', event_payload: { key } };
    return { type: 'message', ts, text, ...(shown ? { metadata } : {}) };
  });
  const next = from + limit < newest.length ? String(from + limit) : '';
  return ok({ ok: true, messages, has_more: next !== '', response_metadata: { next_cursor: next } });
}

/** Slack as far as Dandori uses it: an incoming webhook, `chat.postMessage` and `conversations.history`. */
export async function startSlack(port = 0): Promise<SlackStandIn> {
  const secret = 'T0STANDIN/B0STANDIN/verysecretwebhookpart';
  const server = await standIn((heard, mode) => {
    if (heard.path === `/services/${secret}`) return webhook(slack, heard, mode);
    if (heard.headers.authorization !== `Bearer ${slack.token}`) return ok({ ok: false, error: 'invalid_auth' });
    return heard.path === '/api/chat.postMessage' ? postMessage(slack, heard, mode) : history(slack, heard);
  }, port);
  const slack: SlackStandIn = Object.assign(server, {
    webhookUrl: `${server.url}/services/${secret}`,
    token: 'xoxb-stand-in-secret',
    channel: 'C0STANDIN',
    messages: [],
    problems: [],
    error: null,
    readable: true,
  });
  return slack;
}
