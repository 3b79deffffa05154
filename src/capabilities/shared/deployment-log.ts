import { z } from 'zod';
import type { ObjectStore } from '../../ports/object-store.js';
import { findJson, writeJson } from './json-objects.js';

/** How a rollback moved a version; the other entries of the log are deployments. */
export const rollbackEntry = z.object({
  /** `rollback`: a person asked; `restore`: a failed run had left another version in service. */
  kind: z.enum(['rollback', 'restore']),
  /** What happened to the version whose log this is. */
  action: z.enum(['taken_out', 'put_back']),
  /** The run whose version gave way. */
  training_id: z.string(),
  model_name: z.string(),
  version: z.string(),
  endpoint_name: z.string(),
  deploy_to: z.string(),
  from_version: z.string().nullable(),
  to_version: z.string(),
  requested_by: z.string().nullable(),
  reason: z.string(),
  rolled_back_at: z.string(),
});
export type RollbackEntry = z.infer<typeof rollbackEntry>;

const anyLog = z.object({ format: z.literal(1), entries: z.array(z.looseObject({})) });

/** Where the log of a release is. */
export function deploymentLogKey(packagePrefix: string): string {
  return `${packagePrefix}/deployment_log.json`;
}

/** Adds a rollback to a release's log, once. */
export async function logRollback(objects: ObjectStore, packagePrefix: string, entry: RollbackEntry): Promise<void> {
  const key = deploymentLogKey(packagePrefix);
  const before = (await findJson(objects, key, anyLog))?.entries ?? [];
  const isSame = (other: Record<string, unknown>): boolean =>
    (['kind', 'action', 'training_id', 'endpoint_name', 'rolled_back_at'] as const).every(
      (name) => other[name] === entry[name],
    );
  await writeJson(objects, key, { format: 1, entries: [...before.filter((other) => !isSame(other)), entry] });
}
