import type { z } from 'zod';
import type { Ports } from '../ports/ports.js';
import type { Redactor } from '../redact.js';

/** Hints of the MCP specification; `openWorldHint` = it talks to something outside this installation. */
export interface ToolAnnotations {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

export interface ToolProgress {
  progress: number;
  /** 100 when left out. */
  total?: number | undefined;
  message?: string | undefined;
}

export interface ToolContext {
  ports: Ports;
  /** Folders from which local files may be read as data. */
  dataRoots: readonly string[];
  /** Aborted when the caller cancelled or went away; a handler that works for long listens to it and throws. */
  signal: AbortSignal;
  /** Reports progress to whoever called; what does not rise is not passed on. */
  progress: (progress: ToolProgress) => void;
  now: () => Date;
  /** Takes secrets out of arguments, answers and errors. */
  redact: Redactor;
}

/** One tool = one definition; dependencies arrive as the context. */
export interface ToolDefinition<
  Name extends string = string,
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
> {
  /** `verb_noun` in snake_case; part of the public surface. */
  name: Name;
  title: string;
  /** For a model or a person choosing a tool: what it does, what it answers, what it changes. */
  description: string;
  input: I;
  output: O;
  annotations: ToolAnnotations;
  /** Null for reads. A tool with an effect takes `run` in its input and is refused unless the execution is in one of these states. */
  effect: { states: readonly string[] } | null;
  handler: (input: z.output<I>, context: ToolContext) => Promise<z.input<O>>;
}

export function defineTool<const Name extends string, I extends z.ZodObject, O extends z.ZodObject>(
  definition: ToolDefinition<Name, I, O>,
): ToolDefinition<Name, I, O> {
  return definition;
}

/** Annotations of a tool that only reads. */
export const readOnly: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Annotations of a tool that writes, safely repeated under the same `run`. */
export const writes: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
