import type { AlertNotifier, Delivery, Notice } from '../../ports/notifier.js';
import { ask, jsonObject, refusedBy, withoutAnswer } from './http.js';
import { shortLine, webAddress } from './plain-text.js';

export interface PagerDutyOptions {
  /** Integration key of an "Events API v2" integration, 32 characters. */
  routingKey: string;
  /** Default `https://events.pagerduty.com`; `https://events.eu.pagerduty.com` in the EU region. */
  apiUrl?: string;
  timeoutMs?: number;
}

const maxSummary = 1024;
const maxDedupKey = 255;

/** The same for every try, so that PagerDuty makes one alert of them. */
function dedupKey(key: string): string {
  return `dandori/${key}`.slice(0, maxDedupKey);
}

function payload({ title, lead, message, facts, severity, subject, type }: Notice): object {
  const what = message === null || message.trim() === '' ? lead.replaceAll('`', '') : message;
  return {
    summary: shortLine(`${title}. ${what}`, maxSummary),
    severity,
    source: `dandori/${shortLine(subject, 100)}`,
    component: shortLine(subject, 100),
    group: 'dandori',
    class: type,
    custom_details: Object.fromEntries(facts.map(({ label, value }) => [label, shortLine(value, 1000)])),
  };
}

/** PagerDuty's Events API v2. A try whose answer was lost is simply repeated: the same `dedup_key` is the same alert. */
export function createPagerDuty(options: PagerDutyOptions): AlertNotifier {
  const { routingKey, apiUrl = 'https://events.pagerduty.com', timeoutMs = 10_000 } = options;
  const url = new URL(`${apiUrl.replace(/\/+$/, '')}/v2/enqueue`);

  async function enqueue(
    event: { dedup_key: string; event_action: 'trigger' | 'resolve' } & Record<string, unknown>,
    language: Notice['language'],
  ): Promise<Delivery> {
    const called = { service: 'PagerDuty', timeoutMs, language };
    const outcome = await ask({ method: 'POST', url, json: { routing_key: routingKey, ...event }, timeoutMs });
    if (outcome.kind !== 'answer') return withoutAnswer(called, outcome);
    if (outcome.status !== 202) return refusedBy(called, outcome);
    const answered = jsonObject(outcome.body)?.['dedup_key'];
    return { status: 'sent', id: typeof answered === 'string' ? answered : event.dedup_key, remark: null };
  }

  return {
    async send({ key, notice }) {
      const href = webAddress(notice.link?.url ?? null);
      const text = shortLine(notice.link?.text ?? '', 200);
      const links = href === null ? {} : { client_url: href, links: [{ href, text }] };
      const event = { dedup_key: dedupKey(key), event_action: 'trigger' as const, payload: payload(notice) };
      return enqueue({ ...event, client: 'Dandori', ...links }, notice.language);
    },
    find: async () => ({ status: 'send_again' }),
    // Why an alert was not closed is told to nobody: only that it was not.
    resolve: ({ key }) => enqueue({ dedup_key: dedupKey(key), event_action: 'resolve' }, 'en'),
    target: () => `PagerDuty at ${url.host}`,
  };
}
