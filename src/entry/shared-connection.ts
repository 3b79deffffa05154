import { codeOf } from '../errors.js';
import type { Connection } from './connect.js';
import { pause } from './until-stopped.js';

const patienceMs = 10_000;
const pauseMs = 200;

/** Another process that is starting or ending on the directory holds its lock for a moment without answering. */
async function openPatiently(open: () => Promise<Connection>): Promise<Connection> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (codeOf(error) !== 'locked' || Date.now() > until) throw error;
      await pause(pauseMs);
    }
  }
}

/**
 * Runs work that overlaps on one connection and closes it when the last has ended: a long-lived process that is idle keeps no
 * state directory from a server, and finds the server that is there now.
 */
export class SharedConnection {
  readonly #open: () => Promise<Connection>;
  readonly #working = new Set<Promise<unknown>>();
  #current: Promise<Connection> | null = null;
  #closed: Promise<void> = Promise.resolve();

  constructor(open: () => Promise<Connection>) {
    this.#open = open;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    this.#current ??= this.#closed.then(() => openPatiently(this.#open));
    const current = this.#current;
    const working = current.then(work);
    this.#working.add(working);
    try {
      return await working;
    } finally {
      this.#working.delete(working);
      if (this.#working.size === 0) {
        this.#current = null;
        this.#closed = current.then((connection) => connection.close()).catch(() => undefined);
      }
    }
  }

  /** Resolves when no work is left and the connection is closed. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.allSettled(this.#working);
    await this.#closed;
  }
}
