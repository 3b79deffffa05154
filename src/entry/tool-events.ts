import { z } from 'zod';
import { errorEnvelope } from '../mcp/error-envelope.js';

/** Newline-delimited JSON: how the server's socket tells a tool call that is followed while it runs. */
export const toolEventsType = 'application/x-ndjson';

/** One line: progress any number of times, then the answer or the error. */
export const toolEvent = z.union([
  z.object({
    progress: z.object({ progress: z.number(), total: z.number().optional(), message: z.string().optional() }),
  }),
  z.object({ result: z.record(z.string(), z.unknown()) }),
  errorEnvelope,
]);
export type ToolEvent = z.input<typeof toolEvent>;
