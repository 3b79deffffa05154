import { z } from 'zod';
import type { ObjectStore } from '../../../ports/object-store.js';
import { findJson, writeJson } from '../../shared/json-objects.js';

/** `rollbacks/{endpoint_name}/{training_id}.json`: written before anything changes, so that a repetition goes to the same version. */
export const rollbackRecord = z.object({
  format: z.literal(1),
  endpoint_name: z.string(),
  model_name: z.string(),
  training_id: z.string(),
  /** `rollback`: a person asked; `restore`: a failed run left another version than the registry's in service. */
  kind: z.enum(['rollback', 'restore']),
  from_version: z.string().nullable(),
  to_version: z.string(),
  status: z.enum(['intended', 'done']),
  requested_by: z.string().nullable(),
  reason: z.string(),
  started_at: z.string(),
  done_at: z.string().nullable(),
});
export type RollbackRecord = z.infer<typeof rollbackRecord>;

export function rollbackKey(record: Pick<RollbackRecord, 'endpoint_name' | 'training_id' | 'kind'>): string {
  const suffix = record.kind === 'restore' ? '-restore' : '';
  return `rollbacks/${record.endpoint_name}/${record.training_id}${suffix}.json`;
}

export async function findRollback(
  objects: ObjectStore,
  which: Pick<RollbackRecord, 'endpoint_name' | 'training_id' | 'kind'>,
): Promise<RollbackRecord | null> {
  return findJson(objects, rollbackKey(which), rollbackRecord);
}

export async function writeRollback(objects: ObjectStore, record: RollbackRecord): Promise<void> {
  await writeJson(objects, rollbackKey(record), record);
}

/** Every recorded rollback of an endpoint, in the order of their keys. */
export async function listRollbacks(objects: ObjectStore, endpointName: string): Promise<RollbackRecord[]> {
  const keys = await objects.list({ prefix: `rollbacks/${endpointName}/` });
  const found = await Promise.all(keys.map(({ key }) => findJson(objects, key, rollbackRecord)));
  return found.filter((record) => record !== null);
}
