import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from './clock.js';
import type { GitHubClient } from './client.js';
import type { Inbox } from './inbox.js';
import { sameLogin } from './own-text.js';
import { type Concerns, concernsDandori, readPayload, takeEvent } from './webhook-events.js';
import { z } from 'zod';

/** GitHub delivers nothing larger. */
export const maxWebhookBytes = 25 * 1024 * 1024;

export type WebhookHeaders = Record<string, string | string[] | undefined>;

/** `guid` names the delivery, also when GitHub sends it again. */
type Verified =
  { status: 200; guid: string; event: string; payload: unknown } | { status: 400 | 401 | 413 | 415; why: string };

function header(headers: WebhookHeaders, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** Whether the signature is the HMAC-SHA-256 of exactly these bytes under one of the secrets; takes equally long for every wrong one. */
export function isSigned(rawBody: Uint8Array, signature: string, secrets: readonly string[]): boolean {
  const given = Buffer.from(signature);
  const checks = secrets
    .filter((secret) => secret !== '')
    .map((secret) => {
      const wanted = Buffer.from(`sha256=${createHmac('sha256', secret).update(rawBody).digest('hex')}`);
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    });
  return checks.includes(true);
}

/** Checks a delivery: size, signature over the raw bytes, then form. Nothing of the body is looked at before the signature holds. */
function verifyDelivery(headers: WebhookHeaders, rawBody: Uint8Array, secrets: readonly string[]): Verified {
  if (rawBody.byteLength > maxWebhookBytes) return { status: 413, why: `more than ${maxWebhookBytes} bytes` };
  if (!isSigned(rawBody, header(headers, 'x-hub-signature-256'), secrets)) {
    return { status: 401, why: 'X-Hub-Signature-256 is missing or wrong: check the secret of the webhook' };
  }
  if (!/^application\/json\b/i.test(header(headers, 'content-type'))) {
    return { status: 415, why: 'set the content type of the webhook to application/json' };
  }
  const guid = header(headers, 'x-github-delivery');
  const event = header(headers, 'x-github-event');
  if (!/^[0-9a-zA-Z-]{8,64}$/.test(guid) || !/^[a-z_]{1,60}$/.test(event)) {
    return { status: 400, why: 'X-GitHub-Delivery or X-GitHub-Event is missing' };
  }
  try {
    return { status: 200, guid, event, payload: JSON.parse(Buffer.from(rawBody).toString('utf8')) };
  } catch {
    return { status: 400, why: 'the body is no JSON' };
  }
}

/** What the HTTP server answers: `message` as text. `isNew`: an event waits in the inbox. */
export interface WebhookAnswer {
  status: 200 | 202 | 400 | 401 | 413 | 415 | 503;
  message: string;
  isNew: boolean;
}

export interface WebhookReceiver {
  /** Takes one delivery; no work is done here beyond a few rows, so GitHub has its answer at once. */
  receive(params: { headers: WebhookHeaders; rawBody: Uint8Array }): Promise<WebhookAnswer>;
}

const repositoryOf = z.object({ repository: z.object({ full_name: z.string() }) });

/** GitHub's deliveries into the inbox. Several secrets let one be replaced without a gap. */
export function createWebhookReceiver(parts: {
  secrets: readonly string[];
  client: GitHubClient;
  inbox: Inbox;
  clock: Clock;
  concerns?: Concerns;
}): WebhookReceiver {
  const { secrets, client, inbox, clock, concerns = concernsDandori } = parts;
  const answer = (status: WebhookAnswer['status'], message: string, isNew = false): WebhookAnswer => ({
    status,
    message,
    isNew,
  });
  return {
    async receive({ headers, rawBody }) {
      const verified = verifyDelivery(headers, rawBody, secrets);
      if (verified.status !== 200) return answer(verified.status, verified.why);
      const { guid, event, payload } = verified;
      const about = repositoryOf.safeParse(payload).data?.repository.full_name;
      if (event === 'ping') return answer(200, 'pong');
      if (about === undefined || !sameLogin(about, client.repository)) return answer(202, 'not about this repository');
      const read = readPayload(event, payload);
      if (read.kind === 'ignored') return answer(202, read.why);
      if (read.kind === 'unusable') return answer(400, read.why);
      const self = await client.self().catch(() => null);
      // GitHub keeps the delivery and can be asked for it again; polling finds what it told.
      if (self === null) return answer(503, 'GitHub has not told yet under which account Dandori writes');
      return inbox.transaction(() => {
        if (!inbox.takeDelivery(guid, clock.nowMs())) return answer(200, 'seen before');
        const isNew = takeEvent(read.event, inbox, self, concerns);
        return answer(202, isNew ? 'taken' : 'nothing new', isNew);
      });
    },
  };
}
