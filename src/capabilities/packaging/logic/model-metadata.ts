import { z } from 'zod';
import { sha256 } from '../../../contracts/plan.js';

/** `model_metadata.json` of a package: written last, so a package that has it is whole. */
export const modelMetadata = z.object({
  format: z.literal(1),
  model_name: z.string(),
  version: z.string(),
  training_id: z.string(),
  plan_hash: z.string(),
  algorithm: z.string(),
  task_type: z.enum(['classification', 'regression']),
  hyperparameters: z.record(z.string(), z.json()),
  /** Of the evaluation, on the test split; what could not be computed is left out. */
  metrics: z.record(z.string(), z.number()),
  dataset: z.object({ dataset_id: z.string(), version: z.string(), digest: z.string() }),
  facts: z.record(z.string(), z.string()),
  change: z.enum(['first', 'major', 'minor', 'patch']),
  changed: z.array(z.string()),
  previous_version: z.string().nullable(),
  description: z.string(),
  /** Runtime and packages that made the model; null when the trainer did not say. */
  environment: z.record(z.string(), z.json()).nullable(),
  created_at: z.string(),
  /** Path inside the package -> SHA-256 of every other file. */
  files: z.record(z.string(), sha256),
});
export type ModelMetadata = z.infer<typeof modelMetadata>;

/** Who holds a version number while its package is being written. */
export const versionClaim = z.object({ training_id: z.string(), version: z.string(), model_sha256: sha256 });

/** Folder of a package in the object store. */
export function packagePrefix(modelName: string, version: string): string {
  return `models/${modelName}/${version}`;
}
