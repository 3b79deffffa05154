import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { algorithmCatalogue, type AlgorithmCatalogue } from '../contracts/algorithm-catalogue.js';
import { DandoriError, messageOf } from '../errors.js';
import { projectRoot } from '../root.js';

const known = new Map<string, AlgorithmCatalogue>();

/** The trainer's list of algorithms and hyperparameters; read once a process, `corrupt` when it is not as it should be. */
export function loadAlgorithms(path = join(projectRoot, 'trainer', 'algorithms.json')): AlgorithmCatalogue {
  const cached = known.get(path);
  if (cached !== undefined) return cached;
  try {
    const catalogue = algorithmCatalogue.parse(JSON.parse(readFileSync(path, 'utf8')));
    known.set(path, catalogue);
    return catalogue;
  } catch (error) {
    throw new DandoriError('corrupt', `The list of algorithms ${path} cannot be read.`, {
      found: messageOf(error),
      next: 'restore the file from the repository.',
      cause: error,
    });
  }
}

/** Names of the algorithms for a task, in the list's order. */
export function algorithmsFor(catalogue: AlgorithmCatalogue, taskType: string): string[] {
  return Object.entries(catalogue.algorithms)
    .filter(([, algorithm]) => algorithm.task_types.some((task) => task === taskType))
    .map(([name]) => name);
}
