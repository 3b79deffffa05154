import type { RequestId } from '@modelcontextprotocol/server';

/**
 * Tool calls in progress, by session and request. Over HTTP a client of 2025 cancels by a request of its own, which reaches another
 * server instance than the call did; here they meet. Nothing else of a session is kept, so any session id is good after a restart.
 */
export class SessionCalls {
  readonly #cancels = new Map<string, () => void>();

  /** Runs `work`; a `cancel` of the same session and request calls `onCancel` meanwhile. */
  async track<T>(session: string, request: RequestId, onCancel: () => void, work: () => Promise<T>): Promise<T> {
    const key = JSON.stringify([session, request]);
    this.#cancels.set(key, onCancel);
    try {
      return await work();
    } finally {
      if (this.#cancels.get(key) === onCancel) this.#cancels.delete(key);
    }
  }

  /** Cancels one call; a call that has ended, or was never there, is left alone. */
  cancel(session: string, request: RequestId): void {
    this.#cancels.get(JSON.stringify([session, request]))?.();
  }
}
