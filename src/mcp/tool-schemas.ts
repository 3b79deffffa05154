import type { Tool } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { DandoriError } from '../errors.js';
import { nearestNames } from '../nearest.js';
import type { ToolDefinition } from './define-tool.js';

const closed = new WeakMap<ToolDefinition, z.ZodObject>();
const listed = new WeakMap<ToolDefinition, Tool>();

function kept<V>(cache: WeakMap<ToolDefinition, V>, tool: ToolDefinition, make: () => V): V {
  const known = cache.get(tool);
  if (known !== undefined) return known;
  const made = make();
  cache.set(tool, made);
  return made;
}

/** The tool's input schema, unknown arguments refused unless it asks for them: a misspelt optional one is never dropped in silence. */
export function inputSchema(tool: ToolDefinition): z.ZodObject {
  return kept(closed, tool, () => (tool.input.def.catchall === undefined ? tool.input.strict() : tool.input));
}

/** The names of a tool's arguments for an error message, `?` behind those that may be left out. */
export function argumentNames(tool: ToolDefinition): string {
  const names = Object.entries(tool.input.shape).map(([name, schema]) => {
    const optional = z.safeParse(schema, undefined).success;
    return optional ? `${name}?` : name;
  });
  return names.length === 0 ? 'no arguments' : names.join(', ');
}

/** What `tools/list` says of a tool; made once, since a server over HTTP lives for one request. */
export function listedTool(tool: ToolDefinition): Tool {
  return kept(listed, tool, () => {
    const { name, title, description, annotations } = tool;
    // Zod's type of a JSON Schema is narrower than the SDK's, which says "any JSON".
    const inputJson = z.toJSONSchema(inputSchema(tool), { io: 'input' }) as Tool['inputSchema'];
    const outputJson = z.toJSONSchema(tool.output, { io: 'output' }) as Tool['outputSchema'];
    return { name, title, description, annotations, inputSchema: inputJson, outputSchema: outputJson };
  });
}

/** The tool of that name; `not_found` with the nearest names for any other. */
export function findTool<T extends ToolDefinition>(tools: readonly T[], name: string): T {
  const tool = tools.find((one) => one.name === name);
  if (tool !== undefined) return tool;
  const names = tools.map((one) => one.name);
  throw new DandoriError('not_found', `There is no tool "${name.slice(0, 100)}".`, {
    allowed: `${nearestNames(name, names).join(', ')} and ${Math.max(0, names.length - 3)} more`,
    next: 'list them all ("tools/list").',
  });
}
