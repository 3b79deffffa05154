import { serveStdio, type StdioServerHandle } from '@modelcontextprotocol/server/stdio';
import { allTools } from '../capabilities/index.js';
import { dandoriVersion } from '../installation.js';
import { createToolServer } from '../mcp/tool-server.js';
import type { ToolCall } from './tool-caller.js';

/** Offers every tool on standard input and output; `run` asks the server of the state directory. Standard output is the protocol's. */
export function serveTools(run: (call: ToolCall) => Promise<Record<string, unknown>>): StdioServerHandle {
  return serveStdio(() =>
    createToolServer({
      name: 'dandori',
      version: dandoriVersion,
      tools: allTools,
      call: ({ name }, args, { signal, progress }) => run({ name, args, signal, progress }),
    }),
  );
}
