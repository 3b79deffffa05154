import type { z } from 'zod';
import { DandoriError, messageOf } from '../../errors.js';
import type { ObjectStore } from '../../ports/object-store.js';

/** A JSON document of the object store, checked by its schema; null when there is none, `corrupt` when it is not what it should be. */
export async function findJson<T>(objects: ObjectStore, key: string, schema: z.ZodType<T>): Promise<T | null> {
  if ((await objects.head({ key })) === null) return null;
  const text = Buffer.from(await objects.get({ key })).toString('utf8');
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new DandoriError('corrupt', `The document ${key} is not what it should be.`, {
      found: messageOf(error),
      next: 'run "npx dandori doctor"; the step that wrote it can be run again.',
      cause: error,
    });
  }
}

/** Like `findJson`, for a document that must be there; `what` names it for people. */
export async function readJson<T>(objects: ObjectStore, key: string, schema: z.ZodType<T>, what: string): Promise<T> {
  const found = await findJson(objects, key, schema);
  if (found !== null) return found;
  throw new DandoriError('not_found', `${what} is missing.`, {
    found: `no object ${key}`,
    next: 'run the step that writes it again.',
  });
}

/** Writes a document as indented JSON with a final newline. */
export async function writeJson(objects: ObjectStore, key: string, value: unknown): Promise<void> {
  await objects.put({ key, body: `${JSON.stringify(value, null, 2)}\n` });
}
