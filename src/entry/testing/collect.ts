import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../output.js';

export interface Collected extends Output {
  results: () => string;
  notes: () => string;
}

/** An output that keeps what it is given, without colours. */
export function collect(width: number = Number.POSITIVE_INFINITY): Collected {
  const results: string[] = [];
  const notes: string[] = [];
  return {
    out: (text) => void results.push(stripVTControlCharacters(text)),
    note: (text) => void notes.push(stripVTControlCharacters(text)),
    width,
    results: () => results.join('\n'),
    notes: () => notes.join('\n'),
  };
}
