import type { z } from 'zod';
import { codeOf, DandoriError } from '../errors.js';
import type { AgentContext } from './agent.js';

/** A JSON document of the object store, checked; through the same tool that outsiders have. */
export async function readJson<T>(tools: AgentContext['tools'], key: string, schema: z.ZodType<T>): Promise<T> {
  const { text } = await tools.call('read_document', { key });
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new DandoriError('corrupt', `The document ${key} is not what it should be.`, {
    found: parsed.error.message.slice(0, 500),
  });
}

/** The same, or null when the run did not get as far as writing it. */
export async function findJson<T>(tools: AgentContext['tools'], key: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return await readJson(tools, key, schema);
  } catch (error) {
    if (codeOf(error) === 'not_found') return null;
    throw error;
  }
}
