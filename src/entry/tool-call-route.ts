import { PassThrough } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ToolContext } from '../mcp/define-tool.js';
import { toEnvelope } from '../mcp/error-envelope.js';
import { toolEventsType, type ToolEvent } from './tool-events.js';

export type RunTool = (
  name: string,
  args: unknown,
  extra: Pick<ToolContext, 'signal' | 'progress'> & {
    /** True when a person named the file to read on the command line: it need not lie in a data root. */
    anyFile: boolean;
    /** Who calls. */
    by: string;
  },
) => Promise<Record<string, unknown>>;

const params = z.object({ name: z.string() });

async function tellEvents(events: PassThrough, run: (tell: ToolContext['progress']) => ReturnType<RunTool>) {
  const tell = (event: ToolEvent) => {
    if (!events.destroyed) events.write(`${JSON.stringify(event)}\n`);
  };
  try {
    tell({ result: await run((progress) => tell({ progress })) });
  } catch (error) {
    tell(toEnvelope(error));
  }
  events.end();
}

/**
 * Runs one tool; a caller that goes away cancels it. The command line gets the answer alone; who accepts `application/x-ndjson` -
 * MCP on standard input and output - gets a line for each progress and a last one with the answer or the error.
 */
export function addToolCall(
  server: FastifyInstance,
  { run, by: byOf }: { run: RunTool; by: (request: FastifyRequest) => Promise<string> },
): void {
  server.post('/api/tools/:name', async (request, reply) => {
    const { name } = params.parse(request.params);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const { signal } = gone;
    const by = await byOf(request);
    if (request.headers.accept !== toolEventsType) {
      return run(name, request.body, { signal, progress: () => undefined, anyFile: true, by });
    }
    const events = new PassThrough();
    void tellEvents(events, (progress) => run(name, request.body, { signal, progress, anyFile: false, by }));
    return reply.type(toolEventsType).send(events);
  });
}
