import {
  type CallToolResult,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type RequestId,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { DandoriError } from '../errors.js';
import type { ToolContext, ToolDefinition } from './define-tool.js';
import { messageFor, toEnvelope } from './error-envelope.js';
import { invokeTool } from './invoke-tool.js';
import { findTool, listedTool } from './tool-schemas.js';

/** Everything of a tool call that does not depend on the call; signal and progress are added per call. */
export type ToolEnvironment = Omit<ToolContext, 'signal' | 'progress'>;

/** What a tool call brings with it. */
export interface CallExtra extends Pick<ToolContext, 'signal' | 'progress'> {
  /** The id of the JSON-RPC request. */
  requestId: RequestId;
}

export interface ToolServerOptions {
  name: string;
  version: string;
  tools: readonly ToolDefinition[];
  /** Runs one tool: in this process, or by asking the running server. */
  call: (tool: ToolDefinition, args: unknown, extra: CallExtra) => Promise<Record<string, unknown>>;
}

/**
 * Bytes of an answer as JSON. It travels twice in one message, as text and as structure, and clients on standard input give up
 * at 10 MiB.
 */
const maxAnswerBytes = 3 * 2 ** 20;

/** Runs tools in this process. */
export function callHere(environment: ToolEnvironment): ToolServerOptions['call'] {
  return (tool, args, { signal, progress }) => invokeTool(tool, args, { ...environment, signal, progress });
}

function answered(tool: ToolDefinition, answer: Record<string, unknown>): CallToolResult {
  const text = JSON.stringify(answer);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxAnswerBytes) {
    throw new DandoriError('limit_exceeded', `The answer of ${tool.name} is too large to be sent.`, {
      found: `${bytes} bytes`,
      allowed: `${maxAnswerBytes} bytes`,
      next: 'ask for less: a narrower filter, or one item instead of the list.',
    });
  }
  return { content: [{ type: 'text', text }], structuredContent: answer };
}

function failed(error: unknown): CallToolResult {
  return {
    isError: true,
    content: [{ type: 'text', text: messageFor(error) }],
    structuredContent: { ...toEnvelope(error) },
  };
}

/** Sends a call's progress in order, only upwards as the specification asks; `flushed` resolves when all that was told is sent. */
function progressOf(context: ServerContext): { tell: ToolContext['progress']; flushed: () => Promise<void> } {
  const token = context.mcpReq._meta?.progressToken;
  let last = Number.NEGATIVE_INFINITY;
  let sent = Promise.resolve();
  return {
    tell(at) {
      if (token === undefined || at.progress <= last || context.mcpReq.signal.aborted) return;
      last = at.progress;
      const { progress, total = 100, message } = at;
      const params = { progressToken: token, progress, total, ...(message === undefined ? {} : { message }) };
      // Progress is a courtesy: a client that went away must not fail the work.
      sent = sent
        .then(() => context.mcpReq.notify({ method: 'notifications/progress', params }))
        .catch(() => undefined);
    },
    flushed: () => sent,
  };
}

function toolNamed(tools: readonly ToolDefinition[], name: string): ToolDefinition {
  try {
    return findTool(tools, name);
  } catch (error) {
    // The specification wants a protocol error for a tool that does not exist.
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, messageFor(error), { ...toEnvelope(error) });
  }
}

/** An MCP server that offers the given tools; it names none of them. Arguments and answers are checked where the tool runs, once. */
export function createToolServer(options: ToolServerOptions): McpServer {
  const { name, version, tools } = options;
  const mcp = new McpServer({ name, version }, { capabilities: { tools: {} } });
  mcp.server.setRequestHandler('tools/list', () => ({ tools: tools.map(listedTool) }));
  mcp.server.setRequestHandler('tools/call', async ({ params }, context) => {
    const tool = toolNamed(tools, params.name);
    const { id: requestId, signal } = context.mcpReq;
    const progress = progressOf(context);
    try {
      const answer = await options.call(tool, params.arguments, { requestId, signal, progress: progress.tell });
      return answered(tool, answer);
    } catch (error) {
      return failed(error);
    } finally {
      // The specification allows no progress behind the answer.
      await progress.flushed();
    }
  });
  return mcp;
}
