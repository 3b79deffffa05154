import { basename } from 'node:path';

/** Where the user's own program is kept for a run, under its own name: what was planned is what runs. */
export function trainingScriptKey(trainingId: string, path: string): string {
  return `optimizations/${trainingId}/code/${basename(path)}`;
}
