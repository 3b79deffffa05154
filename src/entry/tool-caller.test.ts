import { createServer, type RequestListener, type Server } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToolProgress } from '../mcp/define-tool.js';
import { createApiClient, overSocket } from './api-client.js';
import { startServer } from './server.js';
import { socketPath } from './socket-path.js';
import { freshFolder, quietLog, testConfig } from './testing/state-dir.js';
import { callTool } from './tool-caller.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const signal = new AbortController().signal;
const progress = () => undefined;

async function running() {
  const folder = freshFolder();
  closing.push(folder.remove);
  const dir = join(folder.path, 'state');
  const server = await startServer({ config: testConfig(dir), active: false, http: false, log: quietLog });
  closing.push(() => server.close());
  return { socket: socketPath(dir), folder };
}

describe('a tool called over the socket', () => {
  it('answers', async () => {
    const { socket } = await running();
    const answer = await callTool(socket, { name: 'list_datasets', args: undefined, signal, progress });
    expect(answer).toEqual({ datasets: [], versions: null });
  });

  it.each([
    ['no_such_tool', {}, 'not_found'],
    ['train_reinforcement', {}, 'not_yet'],
    ['list_datasets', { dataset_id: '../etc' }, 'invalid_input'],
    ['list_datasets', { dataset_id: 'x'.repeat(33 * 2 ** 20) }, 'internal'],
  ])('%s throws the error of the server (%#)', async (name, args, code) => {
    const { socket } = await running();
    await expect(callTool(socket, { name, args, signal, progress })).rejects.toMatchObject({ code });
  });

  it('reads no file outside the data roots, which the command line may', async () => {
    const { socket, folder } = await running();
    const path = join(folder.path, 'private.csv');
    writeFileSync(path, 'size,kind\n1,a\n2,b\n');
    const args = { dataset_id: 'mine', path };
    await expect(callTool(socket, { name: 'load_dataset', args, signal, progress })).rejects.toMatchObject({
      details: { allowed: expect.stringMatching(/no data root/) },
    });
    const api = createApiClient(overSocket(socket));
    const load = () => api.post<{ status: string }>('/api/tools/load_dataset', args);
    await expect.poll(load, { timeout: 30_000, interval: 200 }).toMatchObject({ status: 'Completed' });
  });
});

/** A server whose answer to a tool call is made by hand. */
async function answering(listener: RequestListener): Promise<string> {
  const folder = freshFolder();
  closing.push(folder.remove);
  const server: Server = createServer(listener);
  const socket = join(folder.path, 'x.sock');
  await new Promise<void>((resolve) => server.listen(socket, () => resolve()));
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return socket;
}

const type = { 'content-type': 'application/x-ndjson' };
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

describe('a server that answers by events', () => {
  it('is followed line by line, however the lines are cut', async () => {
    const all = line({ progress: { progress: 10 } }) + line({ progress: { progress: 50, message: 'ü' } });
    const bytes = Buffer.from(all + line({ result: { done: true } }));
    const socket = await answering((_request, response) => {
      response.writeHead(200, type);
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end();
    });
    const seen: ToolProgress[] = [];
    const answer = await callTool(socket, { name: 'x', args: {}, signal, progress: (at) => seen.push(at) });
    expect(answer).toEqual({ done: true });
    expect(seen).toEqual([{ progress: 10 }, { progress: 50, message: 'ü' }]);
  });

  it.each<[string, RequestListener]>([
    [
      'ends without an answer',
      (_request, response) => response.writeHead(200, type).end(line({ progress: { progress: 1 } })),
    ],
    ['breaks off', (_request, response) => response.writeHead(200, type).write('{', () => response.destroy())],
    ['breaks off before it answers', (request) => request.socket.destroy()],
    ['tells no event', (_request, response) => response.writeHead(200, type).end(line({ other: 1 }))],
    ['tells no JSON', (_request, response) => response.writeHead(200, type).end('<html>\n')],
    ['tells no events at all', (_request, response) => response.writeHead(200).end('{"datasets":[]}')],
  ])('is unavailable when it %s', async (_what, listener) => {
    const socket = await answering(listener);
    await expect(callTool(socket, { name: 'x', args: {}, signal, progress })).rejects.toMatchObject({
      code: 'unavailable',
      details: { next: expect.stringMatching(/call again/) },
    });
  });

  it('is left when the call is cancelled', async () => {
    let left = false;
    const socket = await answering((request, response) => {
      response.on('close', () => (left = true));
      response.writeHead(200, type).write(line({ progress: { progress: 1 } }));
      request.resume();
    });
    const stop = new AbortController();
    const call = callTool(socket, { name: 'x', args: {}, signal: stop.signal, progress: () => stop.abort() });
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => left, { timeout: 30_000 }).toBe(true);
  });

  it('is not asked when nobody listens', async () => {
    const nobody = callTool(join('/tmp', 'dandori-nobody.sock'), { name: 'x', args: {}, signal, progress });
    await expect(nobody).rejects.toMatchObject({ code: 'unavailable' });
  });
});
