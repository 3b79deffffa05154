import { createServer } from 'node:http';
import { createServer as createNetServer, type Server } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createApiClient, isListening, overSocket } from './api-client.js';

const folder = mkdtempSync(join(tmpdir(), 'dandori-api-'));
let server: Server | null = null;

afterEach(async () => {
  await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  server = null;
  rmSync(join(folder, 'x.sock'), { force: true });
});

/** A server that answers every call alike, and keeps what it was asked. */
async function answering(statusCode: number, text: string): Promise<{ socket: string; asked: string[] }> {
  const asked: string[] = [];
  const socket = join(folder, 'x.sock');
  const made = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${body}`.trim());
      response.writeHead(statusCode).end(text);
    });
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(socket, () => resolve()));
  return { socket, asked };
}

describe('the client of the socket', () => {
  it('asks and answers JSON', async () => {
    const { socket, asked } = await answering(200, '{"a":1}');
    const api = createApiClient(overSocket(socket));
    expect(await api.get('/api/x')).toEqual({ a: 1 });
    expect(await api.post('/api/y', { text: 'ü' })).toEqual({ a: 1 });
    expect(asked).toEqual(['GET /api/x', 'POST /api/y {"text":"ü"}']);
  });

  it('throws the error that the server sent', async () => {
    const { socket } = await answering(
      404,
      '{"error":{"code":"not_found","message":"There is no run.","next":"look."}}',
    );
    await expect(createApiClient(overSocket(socket)).get('/')).rejects.toMatchObject({
      code: 'not_found',
      what: 'There is no run.',
      details: { next: 'look.' },
    });
  });

  it.each([
    [500, '{"other":1}', /answered 500/],
    [200, '<html>', /not JSON/],
  ])('says what came when a server answers %i with %s', async (status, text, message) => {
    const { socket } = await answering(status, text);
    await expect(createApiClient(overSocket(socket)).get('/')).rejects.toThrow(message);
  });
});

describe('isListening', () => {
  it.each([
    [200, true],
    [404, false],
  ])('takes an answer of %i as %s', async (status, listening) => {
    const { socket } = await answering(status, '{}');
    expect(await isListening(socket)).toBe(listening);
  });

  it('is false where nobody listens', async () => {
    expect(await isListening(join(folder, 'nobody.sock'))).toBe(false);
  });

  it('throws what is neither: somebody else who listens there', async () => {
    const made = createNetServer((connection) => {
      connection.on('error', () => undefined).resume();
      connection.write('220 mail\r\n', () => connection.destroySoon());
    });
    server = made;
    await new Promise<void>((resolve) => made.listen(join(folder, 'x.sock'), () => resolve()));
    await expect(isListening(join(folder, 'x.sock'))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
