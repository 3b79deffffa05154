import { z } from 'zod';
import { DandoriError } from '../../../errors.js';

/** Rows that a call may bring along; more belongs into an evaluation job. */
const maxGivenRows = 10_000;

const label = z.string().max(200);
export const givenLabels = z.array(label).min(1).max(maxGivenRows);
export const givenScores = z.array(z.number()).min(1).max(maxGivenRows);

/** Class names in the order of their names, and every label as an index into them. */
export function indexLabels(...lists: readonly (readonly string[])[]): { labels: string[]; ids: number[][] } {
  const labels = [...new Set(lists.flat())].toSorted();
  const idOf = new Map(labels.map((name, id) => [name, id]));
  return { labels, ids: lists.map((list) => list.map((name) => idOf.get(name) ?? -1)) };
}

/** Refuses lists of different lengths: row i of each must be the same row. */
export function requireSameLength(lists: Readonly<Record<string, readonly unknown[]>>): void {
  const lengths = Object.entries(lists).map(([name, list]) => `${name} ${list.length}`);
  if (new Set(Object.values(lists).map((list) => list.length)).size <= 1) return;
  throw new DandoriError('invalid_input', 'The lists must have one value a row, all for the same rows.', {
    found: lengths.join(', '),
  });
}

/** Exactly one of the two ways to call: of a training, or with the rows in the call. */
export function eitherWay(tool: string, lists: string): DandoriError {
  return new DandoriError('invalid_input', `The tool ${tool} needs something to look at.`, {
    allowed: `training_id alone, or ${lists} without it`,
  });
}
