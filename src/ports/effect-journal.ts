export type EffectRecord = { key: string; status: 'intended' } | { key: string; status: 'done'; result: unknown };

/** The journal of outside effects: written `intended` before and `done` after, under `training_id/state/visit/effect`. */
export interface EffectJournal {
  find(params: { key: string }): Promise<EffectRecord | null>;
  intend(params: { key: string }): Promise<void>;
  complete(params: { key: string; result: unknown }): Promise<void>;
  /** Every effect whose key begins so, in the order in which they were first intended. */
  list(params: { prefix: string }): Promise<EffectRecord[]>;
}

/**
 * Does an outside effect once: a `done` one answers its recorded result; an `intended` one (we died in between) is looked
 * for on the other side with `find` and only done again when it is not there.
 */
export async function once<T>(
  journal: EffectJournal,
  key: string,
  effect: { find: () => Promise<T | null>; act: () => Promise<T> },
): Promise<T> {
  const record = await journal.find({ key });
  // The journal keeps what `act` or `find` answered for this very key, so the type is theirs.
  if (record?.status === 'done') return record.result as T;
  const found = record === null ? null : await effect.find();
  if (record === null) await journal.intend({ key });
  const result = found ?? (await effect.act());
  await journal.complete({ key, result });
  return result;
}
