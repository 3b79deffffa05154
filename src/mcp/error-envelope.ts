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
    data: z.record(z.string(), z.unknown()).optional(),
  }),
});

export type ErrorEnvelope = z.infer<typeof errorEnvelope>;

const maxMessageLength = 4000;

/** Anything thrown -> the envelope; what is not a DandoriError is `internal`. */
export function toEnvelope(error: unknown): ErrorEnvelope {
  if (!(error instanceof DandoriError))
    return { error: { code: codeOf(error), message: messageOf(error).slice(0, maxMessageLength) } };
  const { found, allowed, next, data } = error.details;
  return {
    error: {
      code: error.code,
      message: error.what.slice(0, maxMessageLength),
      ...(found === undefined ? {} : { found }),
      ...(allowed === undefined ? {} : { allowed }),
      ...(next === undefined ? {} : { next }),
      ...(data === undefined ? {} : { data }),
    },
  };
}

/** The envelope -> the error it was made from, or null when the value is no envelope. */
export function fromEnvelope(value: unknown): DandoriError | null {
  const parsed = errorEnvelope.safeParse(value);
  if (!parsed.success) return null;
  const { code, message, found, allowed, next, data } = parsed.data.error;
  return new DandoriError(code, message, {
    ...(found === undefined ? {} : { found }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(next === undefined ? {} : { next }),
    ...(data === undefined ? {} : { data }),
  });
}
