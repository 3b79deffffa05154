import { request } from 'node:http';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allTools } from '../capabilities/index.js';
import { fromEnvelope } from '../mcp/error-envelope.js';
import { App } from './app.js';
import { listenForMcp, type McpListener, toolServers } from './mcp-http.js';
import { freshFolder, quietLog, testConfig } from './testing/state-dir.js';

const token = 'secret-of-this-test';
const folder = freshFolder();
let app: App;
let listener: McpListener;
let port: number;

beforeAll(async () => {
  app = new App(testConfig(folder.path), quietLog);
  listener = await listenForMcp({ servers: toolServers(allTools, app.environment), port: 0, token });
  port = Number(new URL(listener.url).port);
});
afterAll(async () => {
  await listener.close();
  await app.close();
  folder.remove();
});

async function connected(url = listener.url, mode: 'legacy' | 'auto' = 'legacy'): Promise<Client> {
  const client = new Client({ name: 'outsider', version: '1' }, { versionNegotiation: { mode } });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return client;
}

describe('MCP over Streamable HTTP', () => {
  it('offers every tool to who has the token', async () => {
    const client = await connected();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual(allTools.map(({ name }) => name).toSorted());
    const result = await client.callTool({ name: 'list_datasets', arguments: {} });
    expect(result.structuredContent).toEqual({ datasets: [], versions: null });
    await client.close();
  });

  it('lets nobody go round the approval', async () => {
    const client = await connected();
    const run = { training_id: 'train-20260131-093000-1', state: 'WriteHistory', visit: 1, attempt: 0 };
    const args = { run, issue_number: 1, effect: 'x', body: 'Deployed!' };
    const result = await client.callTool({ name: 'create_issue_comment', arguments: args });
    expect(result.isError).toBe(true);
    expect(fromEnvelope(result.structuredContent)).toMatchObject({ code: 'not_found' });
    await client.close();
  });

  it.each(['legacy', 'auto'] as const)(
    'says which tools and arguments there are, to a client of mode %s',
    async (mode) => {
      const client = await connected(listener.url, mode);
      await expect(client.callTool({ name: 'list_dataset', arguments: {} })).rejects.toMatchObject({
        code: -32602,
        message: expect.stringMatching(/no tool "list_dataset".*list_datasets/),
      });
      const result = await client.callTool({ name: 'list_datasets', arguments: { dataset: 'x' } });
      expect(fromEnvelope(result.structuredContent)).toMatchObject({
        code: 'invalid_input',
        details: { found: expect.stringMatching(/dataset/), allowed: expect.stringMatching(/dataset_id\?/) },
      });
      await client.close();
    },
  );

  it('stops although a client listens for changes', async () => {
    const other = await listenForMcp({ servers: toolServers(allTools, app.environment), port: 0, token });
    const client = await connected(other.url, 'auto');
    await client.listen({ toolsListChanged: true });
    await expect(other.close()).resolves.toBeUndefined();
    await client.close();
  });
});

const listTools = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });

/**
 * The status of one call with the given headers; `host` cannot be set by fetch. A large body is only announced: it is refused by
 * its length, and who sends on meanwhile may be cut off before the answer is read.
 */
function statusOf(path: string, headers: Record<string, string>, body = listTools): Promise<number> {
  return new Promise((resolve, reject) => {
    const about = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const all = { ...about, accept: 'application/json, text/event-stream', ...headers };
    const isLarge = body.length > 2 ** 20;
    const call = request({ host: '127.0.0.1', port, path, method: 'POST', headers: all }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
      if (isLarge) call.destroy();
    });
    call.on('error', reject);
    if (isLarge) call.flushHeaders();
    else call.end(body);
  });
}

const authorization = `Bearer ${token}`;

describe('a call over HTTP', () => {
  it.each<[string, string, Record<string, string>, number]>([
    ['without a token', '/mcp', {}, 401],
    ['with a wrong token', '/mcp', { authorization: 'Bearer wrong' }, 401],
    ['with a token of the same length', '/mcp', { authorization: `Bearer ${'x'.repeat(token.length)}` }, 401],
    ['for another host (DNS rebinding)', '/mcp', { authorization, host: 'evil.example' }, 403],
    ['from a foreign page', '/mcp', { authorization, origin: 'https://evil.example' }, 403],
    ['to another path', '/other', { authorization }, 404],
  ])('%s is refused', async (_what, path, headers, status) => {
    expect(await statusOf(path, headers)).toBe(status);
  });

  it('from a page of this machine is answered', async () => {
    expect(await statusOf('/mcp', { authorization, origin: `http://localhost:${port}` })).toBe(200);
  });

  it.each([
    ['that is no JSON', '{', 400],
    ['of more than 4 MiB', `"${'x'.repeat(4 * 2 ** 20)}"`, 413],
  ])('with a body %s is refused', async (_what, body, status) => {
    expect(await statusOf('/mcp', { authorization }, body)).toBe(status);
  });

  it('to /healthz needs no token', async () => {
    expect(await statusOf('/healthz', {})).toBe(200);
  });

  it('leaves a connection that is kept longer than a proxy keeps it, so that no call meets its end', async () => {
    const { headers } = await fetch(new URL('/healthz', listener.url));
    expect(headers.get('keep-alive')).toBe('timeout=72');
  });
});

describe('listenForMcp', () => {
  it('says which port is taken and what to do', async () => {
    await expect(listenForMcp({ servers: toolServers([], app.environment), port, token })).rejects.toMatchObject({
      code: 'unavailable',
      details: { next: expect.stringMatching(/DANDORI_PORT/) },
    });
  });
});
