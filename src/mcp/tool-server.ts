import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { messageOf } from '../errors.js';
import type { ToolContext, ToolDefinition } from './define-tool.js';
import { toEnvelope } from './error-envelope.js';
import { invokeTool } from './invoke-tool.js';

/** Everything of a tool call that does not depend on the call; signal and progress are added per call. */
export type ToolEnvironment = Omit<ToolContext, 'signal' | 'progress'>;

export interface ToolServerOptions {
  name: string;
  version: string;
  tools: readonly ToolDefinition[];
  /** Runs one tool: in this process, or by asking the running server. */
  call: (
    tool: ToolDefinition,
    args: unknown,
    extra: Pick<ToolContext, 'signal' | 'progress'>,
  ) => Promise<Record<string, unknown>>;
}

/** Runs tools in this process. */
export function callHere(environment: ToolEnvironment): ToolServerOptions['call'] {
  return (tool, args, extra) => invokeTool(tool, args, { ...environment, ...extra });
}

function failed(error: unknown): CallToolResult {
  const envelope = toEnvelope(error);
  return {
    isError: true,
    content: [{ type: 'text', text: messageOf(error) }],
    structuredContent: { ...envelope },
  };
}

/** An MCP server that offers the given tools; it names none of them. */
export function createToolServer(options: ToolServerOptions): McpServer {
  const server = new McpServer({ name: options.name, version: options.version });
  for (const tool of options.tools) {
    const { name, title, description, input, output, annotations } = tool;
    server.registerTool(
      name,
      { title, description, inputSchema: input, outputSchema: output, annotations },
      async (args, context) => {
        const token = context.mcpReq._meta?.progressToken;
        const progress: ToolContext['progress'] = (at) => {
          if (token === undefined) return;
          // Progress is a courtesy: a client that went away must not fail the work.
          void context.mcpReq
            .notify({ method: 'notifications/progress', params: { progressToken: token, total: 100, ...at } })
            .catch(() => undefined);
        };
        try {
          const result = await options.call(tool, args, { signal: context.mcpReq.signal, progress });
          return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result };
        } catch (error) {
          return failed(error);
        }
      },
    );
  }
  return server;
}
