import type { ProblemMessages } from '../messages/problems.js';

/** Why a request was not accepted; every text is in the request's language and not escaped yet. */
export interface Problem {
  /** Path such as `data_preprocessing.outliers.method`; empty for the whole text. */
  field: string;
  code: 'missing' | 'unknown_field' | 'wrong_value' | 'not_yet' | 'conflict' | 'syntax' | 'limit';
  found: string;
  allowed: string;
  /** Nearest known field or value; null when nothing is near. */
  nearest: string | null;
  /** Line of the body, from 1; null when unknown. */
  line: number | null;
}

const maxShown = 80;

/** A found value as short JSON text. */
export function shown(value: unknown, messages: ProblemMessages): string {
  if (value === undefined || value === null) return messages.nothing;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const json = JSON.stringify(value);
  return json.length <= maxShown ? json : `${json.slice(0, maxShown)}...`;
}

function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/** The candidate with the least Levenshtein distance, if at most a third of the word (at least 2) is wrong; null otherwise. */
export function nearestOf(word: string, candidates: readonly string[]): string | null {
  if (word.length > 100) return null;
  const plain = word.toLowerCase().replaceAll(/[\s-]+/g, '_');
  let best: { name: string; distance: number } | null = null;
  for (const name of candidates) {
    const found = distance(plain, name.toLowerCase());
    if (best === null || found < best.distance) best = { name, distance: found };
  }
  if (best === null || best.distance > Math.max(2, Math.floor(plain.length / 3))) return null;
  return best.distance < best.name.length ? best.name : null;
}
