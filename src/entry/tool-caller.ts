import { type IncomingMessage, request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { DandoriError, messageOf } from '../errors.js';
import type { ToolContext } from '../mcp/define-tool.js';
import { fromEnvelope } from '../mcp/error-envelope.js';
import { jsonOf } from './api-client.js';
import { type ToolEvent, toolEvent, toolEventsType } from './tool-events.js';

export interface ToolCall extends Pick<ToolContext, 'signal' | 'progress'> {
  name: string;
  args: unknown;
}

function lost(found: string, cause?: unknown): DandoriError {
  return new DandoriError('unavailable', 'The Dandori server went away before the tool had answered.', {
    found,
    next: 'see whether it runs ("npx dandori doctor"), then call again: a job that was started is found.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function open(socketPath: string, { name, args, signal }: ToolCall): Promise<IncomingMessage> {
  const body = JSON.stringify(args ?? {});
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    accept: toolEventsType,
  };
  const path = `/api/tools/${encodeURIComponent(name)}`;
  return new Promise((resolve, reject) => {
    // A connection each: ending it is how the server learns that the call was cancelled.
    const request = httpRequest({ socketPath, method: 'POST', path, headers, agent: false, signal }, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

function eventOf(line: string): ToolEvent {
  const parsed = toolEvent.safeParse(JSON.parse(line));
  if (parsed.success) return parsed.data;
  throw lost(`a line that is no event: ${line.slice(0, 200)}`);
}

async function follow(response: IncomingMessage, progress: ToolCall['progress']): Promise<Record<string, unknown>> {
  for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
    const event = eventOf(line);
    if ('result' in event) return event.result;
    if ('error' in event) throw fromEnvelope(event) ?? lost('an error that cannot be read');
    progress(event.progress);
  }
  throw lost('the end of its answer');
}

/** Refused before the tool ran, e.g. a body that is too large: one JSON document. */
async function refused(response: IncomingMessage): Promise<never> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  const answer = await jsonOf({ statusCode: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
  throw lost(`an answer that is no stream of events: ${JSON.stringify(answer).slice(0, 200)}`);
}

/** Runs a tool in the server that listens on the socket: its progress comes here, our abort goes there. */
export async function callTool(socketPath: string, call: ToolCall): Promise<Record<string, unknown>> {
  try {
    const response = await open(socketPath, call);
    const streamed = response.headers['content-type']?.startsWith(toolEventsType) === true;
    return await (streamed ? follow(response, call.progress) : refused(response));
  } catch (error) {
    if (call.signal.aborted) throw new DandoriError('cancelled', `The call of ${call.name} was cancelled.`);
    throw error instanceof DandoriError ? error : lost(messageOf(error), error);
  }
}
