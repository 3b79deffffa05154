import { basename } from 'node:path';
import type { TrainingRequest } from '../contracts/request.js';

/** Where the user's own program is kept for a run, under its own name: what was planned is what runs. */
export function trainingScriptKey(trainingId: string, path: string): string {
  return `optimizations/${trainingId}/code/${basename(path)}`;
}

/** The keys of the user's own files of a request, for the training tools. */
export function scriptKeys(
  trainingId: string,
  { training_script: program, inference_script: hooks }: TrainingRequest,
): { training_script_key: string | null; inference_script_key?: string } {
  return {
    training_script_key: program === null ? null : trainingScriptKey(trainingId, program.path),
    ...(hooks === undefined ? {} : { inference_script_key: trainingScriptKey(trainingId, hooks.path) }),
  };
}
