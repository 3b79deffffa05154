import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fakeContext, fakePorts } from '../capabilities/testing/fake-ports.js';
import { DandoriError } from '../errors.js';
import { defineTool, readOnly, type ToolContext } from './define-tool.js';
import { fromEnvelope } from './error-envelope.js';
import { connectInProcess } from './tool-client.js';
import { callHere, createToolServer } from './tool-server.js';
import { patientTool } from './testing/patient-tool.js';

const greet = defineTool({
  name: 'greet',
  title: 'Greet',
  description: 'Greets somebody.',
  input: z.object({ name: z.string(), loud: z.boolean().default(false) }),
  output: z.object({ text: z.string() }),
  annotations: readOnly,
  effect: null,
  handler: async ({ name, loud }) => ({ text: loud ? `HELLO ${name}` : `hello ${name}` }),
});

const refuse = defineTool({
  name: 'refuse',
  title: 'Refuse',
  description: 'Refuses everything.',
  input: z.object({ unexpected: z.boolean() }),
  output: z.object({}),
  annotations: readOnly,
  effect: null,
  async handler({ unexpected }) {
    if (unexpected) throw new TypeError('x is not a function');
    throw new DandoriError('unusable_data', 'The file is empty.', {
      found: '0 rows',
      next: 'add some.',
      data: { rows: 0 },
    });
  },
});

const context = fakeContext(fakePorts());
const call = callHere(context);
const options = { name: 'test', version: '1', call };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('the typed client', () => {
  it('answers with defaults filled by the schema', async () => {
    const client = await connectInProcess([greet, refuse], options);
    closing.push(() => client.close());
    expect(await client.call('greet', { name: 'Aya' })).toEqual({ text: 'hello Aya' });
    expect(await client.call('greet', { name: 'Aya', loud: true })).toEqual({ text: 'HELLO Aya' });
  });

  it('throws the very error that the tool threw', async () => {
    const client = await connectInProcess([greet, refuse], options);
    closing.push(() => client.close());
    await expect(client.call('refuse', { unexpected: false })).rejects.toMatchObject({
      name: 'DandoriError',
      code: 'unusable_data',
      what: 'The file is empty.',
      details: { found: '0 rows', next: 'add some.', data: { rows: 0 } },
    });
  });

  it('throws an internal error for what no tool should throw', async () => {
    const client = await connectInProcess([greet, refuse], options);
    closing.push(() => client.close());
    await expect(client.call('refuse', { unexpected: true })).rejects.toMatchObject({ code: 'internal' });
  });
});

async function plainClient(tools: Parameters<typeof createToolServer>[0]['tools']): Promise<Client> {
  const server = createToolServer({ ...options, tools });
  const client = new Client({ name: 'outsider', version: '1' });
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  await client.connect(near);
  closing.push(async () => {
    await client.close();
    await server.close();
  });
  return client;
}

describe('any MCP client', () => {
  it('finds tools with schemas of input and output, and annotations', async () => {
    const { tools } = await (await plainClient([greet])).listTools();
    expect(tools).toEqual([
      expect.objectContaining({
        name: 'greet',
        title: 'Greet',
        annotations: expect.objectContaining({ readOnlyHint: true, destructiveHint: false }),
        inputSchema: expect.objectContaining({ required: ['name'] }),
        outputSchema: expect.objectContaining({ required: ['text'] }),
      }),
    ]);
  });

  it('gets an error as text for a reader and as an envelope for a program', async () => {
    const result = await (await plainClient([refuse])).callTool({ name: 'refuse', arguments: { unexpected: false } });
    expect(result.isError).toBe(true);
    expect(result.content).toEqual([{ type: 'text', text: 'The file is empty. Found: 0 rows. Next: add some.' }]);
    expect(fromEnvelope(result.structuredContent)).toMatchObject({ code: 'unusable_data' });
  });

  it.each([
    ['a value of the wrong type', { name: 7 }, /expected string[^]*at name/],
    ['an argument that is missing', {}, /at name/],
    ['an argument that is misspelt', { name: 'Aya', laud: true }, /"laud"/],
  ])('is told what is wrong with %s and what is allowed', async (_what, args, found) => {
    const result = await (await plainClient([greet])).callTool({ name: 'greet', arguments: args });
    expect(result.isError).toBe(true);
    expect(fromEnvelope(result.structuredContent)).toMatchObject({
      code: 'invalid_input',
      details: { found: expect.stringMatching(found), allowed: 'name, loud?' },
    });
  });

  it('is told the nearest names of a tool that does not exist', async () => {
    const client = await plainClient([greet, refuse]);
    await expect(client.callTool({ name: 'great', arguments: {} })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringMatching(/no tool "great"[^]*greet/),
      data: { error: { code: 'not_found' } },
    });
  });

  it('gets an error instead of an answer that its transport could not carry', async () => {
    const flood = { ...greet, handler: async () => ({ text: 'x'.repeat(4 * 2 ** 20) }) };
    const result = await (await plainClient([flood])).callTool({ name: 'greet', arguments: { name: 'Aya' } });
    expect(fromEnvelope(result.structuredContent)).toMatchObject({
      code: 'limit_exceeded',
      details: { found: expect.stringMatching(/bytes/), allowed: expect.stringMatching(/bytes/) },
    });
  });

  it('gets all progress before the answer', async () => {
    const steps = {
      ...greet,
      async handler(_input: unknown, { progress }: ToolContext) {
        for (const at of [1, 2, 3]) progress({ progress: at, total: 3 });
        return { text: 'done' };
      },
    };
    const seen: number[] = [];
    const client = await plainClient([steps]);
    await client.callTool(
      { name: 'greet', arguments: { name: 'Aya' } },
      { onprogress: ({ progress }) => seen.push(progress) },
    );
    expect(seen).toEqual([1, 2, 3]);
  });

  it('follows the progress of a call and cancels it', async () => {
    const log: string[] = [];
    const client = await plainClient([patientTool(log)]);
    const stop = new AbortController();
    const seen: unknown[] = [];
    const work = client.callTool(
      { name: 'list_datasets', arguments: {} },
      {
        signal: stop.signal,
        onprogress(at) {
          seen.push(at);
          stop.abort();
        },
      },
    );
    await expect(work).rejects.toThrow(/abort/i);
    await expect.poll(() => log, { timeout: 30_000 }).toEqual(['started', 'aborted']);
    expect(seen[0]).toMatchObject({ progress: 10, total: 100, message: 'first' });
  });
});
