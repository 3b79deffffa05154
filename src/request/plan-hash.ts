import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { plan as planSchema, type Plan } from '../contracts/plan.js';

/** SHA-256 of the plan's canonical JSON (RFC 8785), lower-case hex: what an approval is for. */
export function planHash(plan: Plan): string {
  // Parsing first drops what is no part of a plan: the same plan has the same hash wherever it was stored.
  const text = canonicalize(planSchema.parse(plan)) ?? '';
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** One file that will run: its path as the plan sees it (relative, `/` between names) and its bytes. */
export interface CodeFile {
  path: string;
  bytes: Uint8Array;
}

/** SHA-256 over names and contents of the files that will run, in any order given; lower-case hex. */
export function codeDigest(files: readonly CodeFile[]): string {
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const lines = files.map(({ path, bytes }) => `${JSON.stringify(path)} ${digest(bytes)}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}

/** Left behind by running the code, not part of it. */
const skipped = new Set(['__pycache__', '.pytest_cache', '.ruff_cache', '.mypy_cache', 'tests', '.venv', '.DS_Store']);

/** The files below `dir` that can run, sorted by path: no caches, no tests. Links are not followed. */
export function readCodeFiles(dir: string, prefix = ''): CodeFile[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name) && !entry.name.endsWith('.pyc') && !entry.name.endsWith('.egg-info'))
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      const full = join(dir, entry.name);
      if (entry.isDirectory()) return readCodeFiles(full, path);
      return entry.isFile() ? [{ path, bytes: readFileSync(full) }] : [];
    });
}
