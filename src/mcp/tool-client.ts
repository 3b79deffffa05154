import { Client } from '@modelcontextprotocol/client';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { DandoriError } from '../errors.js';
import type { ToolDefinition } from './define-tool.js';
import { fromEnvelope } from './error-envelope.js';
import { createToolServer, type ToolServerOptions } from './tool-server.js';

type ToolNamed<Tools extends readonly ToolDefinition[], Name extends string> = Extract<Tools[number], { name: Name }>;

/** Calls tools by name with the types of their schemas; an error envelope comes back as the DandoriError it was. */
export interface ToolClient<Tools extends readonly ToolDefinition[]> {
  call<Name extends Tools[number]['name']>(
    name: Name,
    args: z.input<ToolNamed<Tools, Name>['input']>,
  ): Promise<z.output<ToolNamed<Tools, Name>['output']>>;
  close(): Promise<void>;
}

const callTimeoutMs = 10 * 60_000;

/** One client and one server in this process, joined by the in-memory pair: agents go the same way as outsiders. */
export async function connectInProcess<const Tools extends readonly ToolDefinition[]>(
  tools: Tools,
  options: Omit<ToolServerOptions, 'tools'>,
): Promise<ToolClient<Tools>> {
  const server = createToolServer({ ...options, tools });
  const client = new Client({ name: `${options.name}-agents`, version: options.version });
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  await client.connect(near);
  return {
    async call(name, args) {
      const result = await client.callTool({ name, arguments: args }, { timeout: callTimeoutMs });
      if (result.isError === true) {
        const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join(' ');
        throw (
          fromEnvelope(result.structuredContent) ?? new DandoriError('internal', `The tool ${name} failed: ${text}`)
        );
      }
      // The server has just checked the answer against this very schema.
      return result.structuredContent as z.output<ToolNamed<Tools, typeof name>['output']>;
    },
    async close() {
      await client.close();
      await server.close();
    },
  };
}
