import { z } from 'zod';
import type { ProblemMessages } from '../messages/problems.js';

/** Why a request was not accepted; every text is in the request's language and not escaped yet. */
export const problem = z.object({
  /** Path such as `data_preprocessing.outliers.method`; empty for the whole text. */
  field: z.string(),
  /** `unfit`: it does not fit the data; `allowed` says why, with names and values of the data. */
  code: z.enum(['missing', 'unknown_field', 'wrong_value', 'not_yet', 'conflict', 'syntax', 'limit', 'unfit']),
  found: z.string(),
  allowed: z.string(),
  /** Nearest known field or value; null when nothing is near. */
  nearest: z.string().nullable(),
  /** Line of the body, from 1; null when unknown. */
  line: z.number().int().nullable(),
});
export type Problem = z.infer<typeof problem>;

const maxShown = 80;

/** A found value as short JSON text. */
export function shown(value: unknown, messages: ProblemMessages): string {
  if (value === undefined || value === null) return messages.nothing;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const json = JSON.stringify(value);
  return json.length <= maxShown ? json : `${json.slice(0, maxShown)}...`;
}
