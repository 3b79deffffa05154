import { z } from 'zod';
import { defineTool, readOnly, type ToolContext } from '../../src/mcp/define-tool.js';
import { DandoriError } from '../../src/errors.js';
import { pause } from '../../src/entry/until-stopped.js';

const text = z.object({ text: z.string() });

function fixture(name: string, work: (context: ToolContext) => Promise<z.input<typeof text>>) {
  return defineTool({
    name,
    title: name,
    description: 'A tool that the conformance suite calls by this name.',
    input: z.object({}),
    output: text,
    annotations: readOnly,
    effect: null,
    handler: (_input, context) => work(context),
  });
}

async function inSteps({ progress, signal }: ToolContext) {
  for (const percent of [0, 50, 100]) {
    progress({ progress: percent });
    await pause(50, signal);
  }
  return { text: 'done in three steps' };
}

/** What the suite expects of a server with tools; mounted beside the product's own. */
export const fixtureTools = [
  fixture('test_simple_text', async () => ({ text: 'a simple text' })),
  fixture('test_error_handling', () => Promise.reject(new DandoriError('unusable_data', 'It fails on purpose.'))),
  fixture('test_tool_with_progress', inSteps),
  fixture('test_streaming_elicitation', inSteps),
  fixture('test_logging_tool', async () => ({ text: 'nothing is logged to the client' })),
] as const;
