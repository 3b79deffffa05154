import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { allTools } from '../capabilities/index.js';
import { dandoriVersion } from '../installation.js';
import { createToolServer } from '../mcp/tool-server.js';
import type { ApiClient } from './api-client.js';

/** Offers every tool on standard input and output; the server of the state directory does the work. */
export function serveTools(api: ApiClient): void {
  const call = (tool: { name: string }, args: unknown) =>
    api.post<Record<string, unknown>>(`/api/tools/${tool.name}`, args ?? {});
  serveStdio(() => createToolServer({ name: 'dandori', version: dandoriVersion, tools: allTools, call }));
}
