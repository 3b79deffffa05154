import { z } from 'zod';
import { codeOf, DandoriError, errorCodes, messageOf } from '../errors.js';

/** The one shape in which an error crosses MCP: `structuredContent` of a result with `isError: true`. */
export const errorEnvelope = z.object({
  error: z.object({
    code: z.enum(errorCodes),
    /** What failed, without found / allowed / next. */
    message: z.string(),
    found: z.string().optional(),
    allowed: z.string().optional(),
    next: z.string().optional(),
    /** All of it in Japanese, where there is such a text. */
    ja: z.string().optional(),
    data: z.record(z.string(), z.unknown()).optional(),
  }),
});

export type ErrorEnvelope = z.infer<typeof errorEnvelope>;

const maxMessageLength = 4000;
const cut = (text: string): string => text.slice(0, maxMessageLength);

/** The message of anything thrown, not longer than a reader wants it. */
export function messageFor(error: unknown): string {
  return cut(messageOf(error));
}

/** Anything thrown -> the envelope; what is not a DandoriError is `internal`. */
export function toEnvelope(error: unknown): ErrorEnvelope {
  if (!(error instanceof DandoriError)) return { error: { code: codeOf(error), message: messageFor(error) } };
  const { found, allowed, next, ja, data } = error.details;
  return {
    error: {
      code: error.code,
      message: cut(error.what),
      ...(found === undefined ? {} : { found: cut(found) }),
      ...(allowed === undefined ? {} : { allowed: cut(allowed) }),
      ...(next === undefined ? {} : { next: cut(next) }),
      ...(ja === undefined ? {} : { ja: cut(ja) }),
      ...(data === undefined ? {} : { data }),
    },
  };
}

/** The envelope -> the error it was made from, or null when the value is no envelope. */
export function fromEnvelope(value: unknown): DandoriError | null {
  const parsed = errorEnvelope.safeParse(value);
  if (!parsed.success) return null;
  const { code, message, found, allowed, next, ja, data } = parsed.data.error;
  return new DandoriError(code, message, {
    ...(found === undefined ? {} : { found }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(next === undefined ? {} : { next }),
    ...(ja === undefined ? {} : { ja }),
    ...(data === undefined ? {} : { data }),
  });
}
