import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { z } from 'zod';
import { messageOf } from '../../errors.js';
import type { Delivery, Notice } from '../../ports/notifier.js';
import { deliveryMessages } from './delivery-messages.js';
import { shortLine } from './plain-text.js';

/** What came of one request: an answer; never connected, so certainly nothing was sent; or sent, and the answer was lost. */
export type HttpOutcome =
  | { kind: 'answer'; status: number; retryAfterMs: number | null; body: string }
  /** `reason`: in the words of the system; null: no answer within the time. */
  | { kind: 'not_sent' | 'lost'; reason: string | null };

export interface HttpRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  timeoutMs: number;
}

const maxAnswerBytes = 8 * 2 ** 20;

/** Milliseconds of a `retry-after` header in seconds or as a date (RFC 9110); null: none. */
function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const ms = /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/**
 * One request on a connection of its own, so that it is known whether it left: what fails before the connection stands was not
 * sent. Redirects are not followed: the body may hold a key.
 */
export async function ask(request: HttpRequest): Promise<HttpOutcome> {
  const { method, url, json, timeoutMs } = request;
  const body = json === undefined ? undefined : JSON.stringify(json);
  const headers = {
    ...request.headers,
    ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
  };
  const open = url.protocol === 'https:' ? secure : plain;
  return new Promise((resolve) => {
    let isConnected = false;
    const call = open(url, { method, headers, agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) response.destroy(new Error(`> ${maxAnswerBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('end', () =>
        resolve({
          kind: 'answer',
          status: response.statusCode ?? 0,
          retryAfterMs: retryAfter(response.headers['retry-after'], Date.now()),
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
      response.on('error', (error) => resolve({ kind: 'lost', reason: messageOf(error) }));
    });
    call.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (isConnected = true));
    });
    call.on('error', (error) => {
      const late = error.name === 'AbortError' || error.name === 'TimeoutError';
      const reason = late ? null : messageOf(error) || error.name;
      resolve({ kind: isConnected ? 'lost' : 'not_sent', reason });
    });
    call.end(body);
  });
}

/** Who was called, and the language of the people who are told what came of it. */
export interface Called extends Pick<Notice, 'language'> {
  service: string;
  timeoutMs: number;
}

/** A request that certainly did not leave, or whose answer is missing, as a delivery. */
export function withoutAnswer(
  { service, timeoutMs, language }: Called,
  outcome: Exclude<HttpOutcome, { kind: 'answer' }>,
): Delivery {
  const words = deliveryMessages[language];
  const why = outcome.reason ?? words.noAnswerWithin(timeoutMs / 1000);
  if (outcome.kind === 'lost') return { status: 'lost', reason: words.noAnswer(service, why) };
  return { status: 'refused', reason: words.unreachable(service, why), again: true, retryAfterMs: null };
}

/** An answer that says no: 408, 429 and 5xx pass with time, the rest does not. */
export function refusedBy(
  { service, language }: Called,
  { status, retryAfterMs, body }: HttpOutcome & { kind: 'answer' },
): Delivery {
  const again = status === 408 || status === 429 || status >= 500;
  const reason = deliveryMessages[language].answered(service, `${status} ${shortLine(body, 200)}`.trimEnd());
  return { status: 'refused', reason, again, retryAfterMs };
}

const record = z.record(z.string(), z.unknown());

/** A JSON object, or null for anything else. */
export function jsonObject(text: string): Record<string, unknown> | null {
  try {
    return record.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
