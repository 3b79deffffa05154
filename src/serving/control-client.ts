import { request } from 'node:http';
import type { z } from 'zod';
import { DandoriError } from '../errors.js';
import { controlError } from './control-contract.js';
import { asErrorCode } from './model-worker.js';

/** Nobody listens on the control socket: the router does not run. */
export class RouterAbsentError extends Error {
  override readonly name = 'RouterAbsentError';
}

export interface ControlCall<T extends z.ZodType> {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: unknown;
  answer: T;
  /** Without it the call waits as long as the router lives: applying a model takes what it takes. */
  timeoutMs?: number;
}

/** Calls the router's control socket; its errors come back as they were, `RouterAbsentError` when it is not there or went away. */
export async function callRouter<T extends z.ZodType>(
  controlSocket: string,
  call: ControlCall<T>,
): Promise<z.output<T>> {
  const { status, text } = await send(controlSocket, call);
  const document: unknown = text === '' ? {} : JSON.parse(text);
  if (status < 400) return call.answer.parse(document);
  const error = controlError.safeParse(document);
  // Not our words: the HTTP server refuses calls while it closes.
  if (!error.success) throw new RouterAbsentError(`the router answered ${status} while it was closing`);
  throw new DandoriError(asErrorCode(error.data.error_code), error.data.message);
}

function send(socketPath: string, call: ControlCall<z.ZodType>): Promise<{ status: number; text: string }> {
  const { method, path, body, timeoutMs } = call;
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const outgoing = request({ socketPath, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 500, text }));
      response.on('error', (error) => reject(new RouterAbsentError(error.message)));
    });
    if (timeoutMs !== undefined) {
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    }
    outgoing.on('error', (error) => reject(new RouterAbsentError(error.message)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
