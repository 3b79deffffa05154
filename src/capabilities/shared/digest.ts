import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { DandoriError } from '../../errors.js';

/** SHA-256 of bytes or of UTF-8 text, lower-case hex. */
export function sha256Of(body: Uint8Array | string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** SHA-256 of a value's canonical JSON (RFC 8785): the same for the same content in any order of keys. */
export function digestOf(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new DandoriError('internal', 'A value without a JSON form cannot be digested.');
  return sha256Of(text);
}
