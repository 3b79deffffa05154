const queues = new WeakMap<object, Map<string, Promise<unknown>>>();

/** Runs bodies of the same owner and key one after the other, in the order of the calls; a failed one does not stop the next. */
export async function inTurn<T>(owner: object, key: string, body: () => Promise<T>): Promise<T> {
  const byKey = queues.get(owner) ?? new Map<string, Promise<unknown>>();
  queues.set(owner, byKey);
  const before = byKey.get(key) ?? Promise.resolve();
  const mine = before.then(body, body);
  const settled = mine.catch(() => undefined);
  byKey.set(key, settled);
  try {
    return await mine;
  } finally {
    // Only the last in the line clears the table, so that it does not grow with every model ever named.
    if (byKey.get(key) === settled) byKey.delete(key);
  }
}
