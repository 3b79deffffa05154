import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Client,
  type ClientOptions,
  type Progress,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { fakeContext, fakePorts } from '../capabilities/testing/fake-ports.js';
import { readFileSync } from 'node:fs';
import type { ToolDefinition } from '../mcp/define-tool.js';
import { invokeTool } from '../mcp/invoke-tool.js';
import { patientTool } from '../mcp/testing/patient-tool.js';
import { findTool } from '../mcp/tool-schemas.js';
import { projectRoot } from '../root.js';
import { listenForMcp, toolServers } from './mcp-http.js';
import { startServer } from './server.js';
import { socketPath } from './socket-path.js';
import { freshFolder, freshStateDir, quietLog, testConfig } from './testing/state-dir.js';
import { addToolCall } from './tool-call-route.js';
import { pause } from './until-stopped.js';

const token = 'secret-of-this-test';
const watchdog = { timeout: 30_000, interval: 50 };
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const overHttp = (url: string, secret: string): Transport =>
  new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${secret}` } } });

/** The compiled `dandori mcp`, in a process of its own. */
const overStdio = (dir: string): Transport =>
  new StdioClientTransport({
    command: process.execPath,
    args: [join(projectRoot, 'bin', 'dandori.js'), 'mcp', '--dir', dir],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
    stderr: 'inherit',
  });

/** The given tools behind HTTP as the product mounts them. */
async function toolsOverHttp(tools: readonly ToolDefinition[]): Promise<Transport> {
  const listener = await listenForMcp({ servers: toolServers(tools, fakeContext(fakePorts())), port: 0, token });
  closing.push(() => listener.close());
  return overHttp(listener.url, token);
}

/** A server on the socket of a state directory that answers tool calls with the given tools; `dandori mcp` asks it. */
async function toolsOverStdio(tools: readonly ToolDefinition[]): Promise<Transport> {
  const folder = freshFolder();
  closing.push(folder.remove);
  const server = fastify({ forceCloseConnections: true });
  server.get('/api/health', async () => ({}));
  addToolCall(server, {
    run: (name, args, extra) => invokeTool(findTool(tools, name), args, { ...fakeContext(fakePorts()), ...extra }),
    by: async () => 'somebody',
  });
  await server.listen({ path: socketPath(folder.path) });
  closing.push(() => server.close());
  return overStdio(folder.path);
}

const eras: Record<string, ClientOptions> = {
  '2025-11-25': {},
  '2026-07-28': { versionNegotiation: { mode: { pin: '2026-07-28' } } },
};

async function connected(transport: Transport, era: string): Promise<Client> {
  const client = new Client({ name: 'outsider', version: '1' }, eras[era]);
  await client.connect(transport);
  closing.push(() => client.close());
  expect(client.getNegotiatedProtocolVersion()).toBe(era);
  return client;
}

const ways = [
  ['Streamable HTTP', '2025-11-25', toolsOverHttp],
  ['Streamable HTTP', '2026-07-28', toolsOverHttp],
  ['standard input and output', '2025-11-25', toolsOverStdio],
  ['standard input and output', '2026-07-28', toolsOverStdio],
] as const;

describe.each(ways)('a tool call over %s in the era %s', (_way, era, mount) => {
  it('is followed by its progress, upwards only, and cancelled in the server', async () => {
    const log: string[] = [];
    const client = await connected(await mount([patientTool(log)]), era);
    const stop = new AbortController();
    const seen: Progress[] = [];
    const call = client.callTool(
      { name: 'list_datasets', arguments: {} },
      { signal: stop.signal, onprogress: (at) => seen.push(at) },
    );
    const ended = call.then(
      () => 'answered',
      () => 'given up',
    );
    await expect.poll(() => seen, watchdog).toHaveLength(2);
    expect(seen).toEqual([
      expect.objectContaining({ progress: 10, total: 100, message: 'first' }),
      expect.objectContaining({ progress: 55, total: 100, message: 'second' }),
    ]);
    expect(log).toEqual(['started']);
    stop.abort();
    expect(await ended).toBe('given up');
    await expect.poll(() => log, watchdog).toEqual(['started', 'aborted']);
  });

  it('is cancelled when the client goes away', async () => {
    const log: string[] = [];
    const client = await connected(await mount([patientTool(log)]), era);
    const call = client.callTool({ name: 'list_datasets', arguments: {} }).catch(() => 'gone');
    await expect.poll(() => log, watchdog).toEqual(['started']);
    await client.close();
    expect(await call).toBe('gone');
    await expect.poll(() => log, watchdog).toEqual(['started', 'aborted']);
  });
});

describe('a cancellation over HTTP in the era 2025-11-25', () => {
  it('reaches the call of its own session only', async () => {
    const logs = [[], []] as [string[], string[]];
    const servers = toolServers([patientTool(logs[0])], fakeContext(fakePorts()));
    let made = 0;
    const listener = await listenForMcp({ servers, port: 0, token });
    closing.push(() => listener.close());
    const first = await connected(overHttp(listener.url, token), '2025-11-25');
    const second = await connected(overHttp(listener.url, token), '2025-11-25');
    const stop = new AbortController();
    for (const client of [first, second]) {
      const options = client === first ? { signal: stop.signal } : {};
      void client.callTool({ name: 'list_datasets', arguments: {} }, options).catch(() => (made += 1));
    }
    await expect.poll(() => logs[0], watchdog).toEqual(['started', 'started']);
    stop.abort();
    await expect.poll(() => logs[0], watchdog).toEqual(['started', 'started', 'aborted']);
    // Both calls have the same request id; the second one is still at work.
    expect(made).toBe(1);
  });
});

/** `load_dataset` is called again until its job has ended, as a client does. */
async function loadWithProgress(client: Client, path: string): Promise<{ seen: Progress[]; result: unknown }> {
  const seen: Progress[] = [];
  const until = Date.now() + 60_000;
  for (;;) {
    const answer = await client.callTool(
      { name: 'load_dataset', arguments: { dataset_id: 'flowers', path } },
      { onprogress: (at) => seen.push(at) },
    );
    const content = answer.structuredContent as { status?: string; result?: unknown };
    if (content.status === 'Completed') return { seen, result: content.result };
    expect(content).toMatchObject({ status: expect.stringMatching(/Pending|InProgress/) });
    expect(Date.now()).toBeLessThan(until);
    await pause(100);
  }
}

// Two loads, each with a watchdog of its own.
describe('load_dataset, a tool of the product', { timeout: 150_000 }, () => {
  it.each(Object.keys(eras))(
    'tells its progress over HTTP and standard input and output in the era %s',
    async (era) => {
      const dir = freshStateDir(closing);
      const data = freshFolder();
      closing.push(data.remove);
      const rows = Array.from({ length: 60 }, (_, row) => `${row},${row % 2 === 0 ? 'a' : 'b'}`);
      for (const name of ['one', 'two']) {
        writeFileSync(
          join(data.path, `${name}.csv`),
          ['size,kind', ...rows, `${name.length + 1000},a`, `${name},b`].join('\n'),
        );
      }
      const config = testConfig(dir, { dataRoots: [data.path] });
      const server = await startServer({ config, active: false, http: true, log: quietLog });
      closing.push(() => server.close());
      const secret = readFileSync(join(dir, 'access-token'), 'utf8').trim();
      const transports = { one: overHttp(server.health().mcp_url ?? '', secret), two: overStdio(dir) };
      for (const [name, transport] of Object.entries(transports)) {
        const client = await connected(transport, era);
        const { seen, result } = await loadWithProgress(client, `${name}.csv`);
        expect(result).toMatchObject({ dataset_id: 'flowers', rows: 62 });
        expect(seen.at(-1)).toMatchObject({ progress: 100, total: 100 });
      }
    },
  );
});
