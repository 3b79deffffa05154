import type { Database } from '../../../db.js';

interface Change {
  body: () => void;
  resolve: () => void;
  reject: (error: unknown) => void;
}

// Changes in one commit at most, so that other work gets its turn.
const changesPerCommit = 100;

/**
 * Changes that arrive together share a commit, and with it the wait for the disk: answers pile up behind one commit and go
 * into the next. A promise is settled when its own change is on the disk, or was refused.
 */
export class SharedCommit {
  readonly #db: Database;
  readonly #waiting: Change[] = [];
  #scheduled = false;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Runs `body` in a transaction soon; it may be run twice, the first time taken back. Rejects with what it throws. */
  run<T>(body: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T;
      const keep = (): void => {
        result = body();
      };
      this.#waiting.push({ body: keep, resolve: () => resolve(result), reject });
      this.#schedule();
    });
  }

  // After everything that this turn of the event loop brings: the more share a commit, the fewer commits.
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#commit(this.#waiting.splice(0, changesPerCommit));
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  /** Commits at once what waits. */
  flush(): void {
    this.#commit(this.#waiting.splice(0));
  }

  #commit(changes: readonly Change[]): void {
    let running = false;
    try {
      this.#db.transaction(() => {
        running = true;
        for (const { body } of changes) body();
        running = false;
      });
    } catch (error) {
      // One of them was refused: each by itself, so that only its own caller is told.
      if (running && changes.length > 1) for (const change of changes) this.#commit([change]);
      else for (const { reject } of changes) reject(error);
      return;
    }
    for (const { resolve } of changes) resolve();
  }
}
