import { z } from 'zod';
import { DandoriError } from '../errors.js';
import type { HistoryRepository } from '../ports/history-repository.js';
import { readSeal } from './seal.js';

/** Folder of the history in its repository. */
export const historyFolder = 'training_history';
/** Index of the chain: one line a record, in order. */
export const chainPath = `${historyFolder}/chain.jsonl`;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const chainEntry = z.object({
  sequence: z.number().int().min(1),
  training_id: z.string(),
  file: z.string(),
  previous: digest.nullable(),
  record: digest,
  /** File -> SHA-256 (hex) of the pictures beside it. */
  pictures: z.record(z.string(), z.string()),
  written_at: z.string(),
});
export type ChainEntry = z.infer<typeof chainEntry>;

export interface ChainProblem {
  /** File that the problem is in. */
  file: string;
  problem: string;
}

function parseLine(line: string): ChainEntry | null {
  try {
    return chainEntry.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** Entries of the chain, oldest first; an unreadable line is null. */
function parseChain(text: string | null): (ChainEntry | null)[] {
  return (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

/** The chain as it is, for adding to it; `corrupt` when it cannot be continued. */
export async function readChain(history: HistoryRepository): Promise<ChainEntry[]> {
  const entries = parseChain(await history.readFile({ path: chainPath }));
  const whole = entries.filter((entry) => entry !== null);
  if (whole.length === entries.length) return whole;
  throw new DandoriError('corrupt', `The index of the history, ${chainPath}, cannot be read.`, {
    found: `line ${entries.indexOf(null) + 1} is not an entry`,
    next: 'restore it from an earlier commit ("git log" in the history repository), then try again.',
  });
}

/** The index with one more entry. */
export function appendEntry(entries: readonly ChainEntry[], entry: ChainEntry): string {
  return [...entries, entry].map((each) => `${JSON.stringify(each)}\n`).join('');
}

function linkProblems(entries: readonly (ChainEntry | null)[]): ChainProblem[] {
  return entries.flatMap((entry, index) => {
    const at = (problem: string) => [{ file: chainPath, problem: `line ${index + 1}: ${problem}` }];
    if (entry === null) return at('is not an entry of the chain');
    const before = index === 0 ? null : entries[index - 1];
    if (entry.sequence !== index + 1) return at(`has the number ${entry.sequence}: entries were taken out or moved`);
    if (before === null && index > 0) return [];
    const expected = before?.record ?? null;
    return entry.previous === expected
      ? []
      : at(`does not follow the entry before it (${entry.previous} instead of ${expected})`);
  });
}

async function recordProblems(
  history: HistoryRepository,
  entry: ChainEntry,
  files: ReadonlySet<string>,
): Promise<ChainProblem[]> {
  const at = (problem: string, file = entry.file) => ({ file, problem });
  const text = await history.readFile({ path: entry.file });
  if (text === null) return [at('is missing')];
  const seal = readSeal(text);
  if (seal === null) return [at('does not end with "Previous record:" and "This record:"')];
  const problems: ChainProblem[] = [];
  if (seal.computed !== seal.digest) problems.push(at('was changed: its text does not have the digest that it names'));
  if (seal.digest !== entry.record)
    problems.push(at(`is not the record that was written (${seal.digest} instead of ${entry.record})`));
  if (seal.previous !== entry.previous) problems.push(at(`names another previous record than ${chainPath}`));
  const lost = Object.keys(entry.pictures).filter((path) => !files.has(path));
  return [...problems, ...lost.map((path) => at('the picture is missing', path))];
}

async function allProblems(history: HistoryRepository, index: string | null): Promise<ChainProblem[]> {
  const files = new Set(await history.listFiles({ prefix: `${historyFolder}/` }));
  const entries = parseChain(index);
  const newest = new Map<string, ChainEntry>();
  for (const entry of entries) if (entry !== null) newest.set(entry.file, entry);
  const problems = linkProblems(entries);
  for (const entry of newest.values()) problems.push(...(await recordProblems(history, entry, files)));
  const foreign = [...files].filter((path) => /^training_history\/[^/]+\.md$/.test(path) && !newest.has(path));
  return [...problems, ...foreign.map((file) => ({ file, problem: `is not in ${chainPath}` }))];
}

/**
 * Everything that is wrong with the history: changed, lost, moved or foreign records. Empty = whole. A run that wrote a second
 * record (after it was run again) is checked by its last one. Records cut off at the end of both files and index do not show.
 */
export async function verifyChain(history: HistoryRepository): Promise<ChainProblem[]> {
  for (;;) {
    const index = await history.readFile({ path: chainPath });
    const problems = await allProblems(history, index);
    // What was committed while we read does not fit the index of before: look again.
    if (problems.length === 0 || (await history.readFile({ path: chainPath })) === index) return problems;
  }
}
