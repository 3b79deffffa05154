import { DandoriError } from '../../../errors.js';

/** What is stored of an execution cannot be read. */
export function corrupt(name: string, what: string, cause?: unknown): DandoriError {
  return new DandoriError('corrupt', `The stored execution ${name} cannot be read: ${what}.`, {
    next: 'restore the state directory from a backup; "npx dandori doctor" checks the rest.',
    cause,
  });
}

/** The value of a stored JSON text. */
export function parse(name: string, text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch (error) {
    throw corrupt(name, 'a value is no JSON', error);
  }
}
