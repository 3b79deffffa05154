import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { maxWebhookBytes, type WebhookReceiver } from '../adapters/github/webhook.js';
import { messageOf } from '../errors.js';
import { keepAliveTimeout, listen } from './mcp-http.js';

export interface WebhookListener {
  url: string;
  close: () => Promise<void>;
}

const longestDeliveryMs = 30_000;

/** The bytes of the body; null when they are more than GitHub ever sends. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxWebhookBytes) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > maxWebhookBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: number, message: string): void {
  // What is left of a refused body is not read.
  response.writeHead(status, { 'content-type': 'text/plain', ...(status === 413 ? { connection: 'close' } : {}) });
  response.end(`${message}\n`);
}

async function take(request: IncomingMessage, response: ServerResponse, webhook: WebhookReceiver): Promise<void> {
  const path = (request.url ?? '').split('?')[0];
  if (path === '/healthz') return answer(response, 200, 'ok');
  if (path !== '/webhook' || request.method !== 'POST') {
    return answer(response, 404, 'There is POST /webhook and /healthz here.');
  }
  const rawBody = await bodyOf(request);
  if (rawBody === null) return answer(response, 413, `A delivery has at most ${maxWebhookBytes} bytes.`);
  const { status, message } = await webhook.receive({ headers: request.headers, rawBody });
  answer(response, status, message);
}

/** GitHub's deliveries on 127.0.0.1, on a port of its own: a tunnel to it reaches nothing else of Dandori. */
export async function listenForWebhooks(params: {
  webhook: WebhookReceiver;
  /** 0 takes any free one. */
  port: number;
  log: { error(details: object, message: string): void };
}): Promise<WebhookListener> {
  const { webhook, port, log } = params;
  const server = createServer({ requestTimeout: longestDeliveryMs, keepAliveTimeout }, (request, response) => {
    take(request, response, webhook).catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'a delivery of GitHub could not be taken; polling finds what it told');
      if (response.headersSent) response.destroy();
      else answer(response, 500, 'The delivery could not be taken.');
    });
  });
  const actual = await listen(server, port, 'DANDORI_GITHUB_WEBHOOK_PORT');
  return {
    url: `http://127.0.0.1:${actual}/webhook`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
