import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool, readOnly, type ToolDefinition } from './define-tool.js';
import { argumentNames, findTool, inputSchema, listedTool } from './tool-schemas.js';

function toolOf(name: string, input: z.ZodObject): ToolDefinition {
  const output = z.object({ done: z.boolean().default(true) });
  const handler = async () => ({});
  return defineTool({
    name,
    title: name,
    description: name,
    input,
    output,
    annotations: readOnly,
    effect: null,
    handler,
  });
}

describe('inputSchema', () => {
  it.each([
    ['closes a schema that says nothing about others', z.object({ a: z.string() }), false],
    ['keeps a schema that is closed', z.strictObject({ a: z.string() }), false],
    ['keeps a schema that takes anything', z.looseObject({ a: z.string() }), true],
  ])('%s', (_what, input, takesOthers) => {
    expect(inputSchema(toolOf('x', input)).safeParse({ a: 'a', b: 'b' }).success).toBe(takesOthers);
  });
});

describe('argumentNames', () => {
  it('marks those that may be left out', () => {
    const input = z.object({ a: z.string(), b: z.string().optional(), c: z.number().default(1), d: z.null() });
    expect(argumentNames(toolOf('x', input))).toBe('a, b?, c?, d');
  });

  it('says when there are none', () => {
    expect(argumentNames(toolOf('x', z.object({})))).toBe('no arguments');
  });
});

describe('listedTool', () => {
  it('says what is refused and what is always answered', () => {
    const tool = toolOf('x', z.object({ a: z.string(), b: z.number().default(1) }));
    expect(listedTool(tool)).toMatchObject({
      inputSchema: { type: 'object', required: ['a'], additionalProperties: false },
      outputSchema: { type: 'object', required: ['done'] },
    });
    expect(listedTool(tool)).toBe(listedTool(tool));
  });
});

describe('findTool', () => {
  const tools = ['list_runs', 'list_models', 'train', 'deploy', 'evaluate'].map((name) => toolOf(name, z.object({})));

  it('finds by name', () => {
    expect(findTool(tools, 'train').name).toBe('train');
  });

  it('names the nearest for any other', () => {
    expect(() => findTool(tools, 'list_run')).toThrow(/no tool "list_run".*Allowed: list_runs, .* and 2 more/);
  });

  it.each(['', '__proto__', 'toString'])('knows no "%s"', (name) => {
    expect(() => findTool(tools, name)).toThrow(/no tool/);
  });
});
