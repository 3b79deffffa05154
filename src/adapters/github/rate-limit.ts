import type { Database } from '../../db.js';
import type { Clock } from './clock.js';

/** Results come before answers, answers before progress. */
export type Priority = 'result' | 'answer' | 'status';

/**
 * Content-creating requests that GitHub allows in a window (docs.github.com, "Rate limits for the REST API"), and how much
 * of it each priority may fill: progress leaves room for answers, answers for results.
 */
export interface WriteWindow {
  ms: number;
  most: Record<Priority, number>;
}

export const defaultWindows: readonly WriteWindow[] = [
  { ms: 60_000, most: { result: 80, answer: 70, status: 50 } },
  { ms: 3_600_000, most: { result: 500, answer: 450, status: 300 } },
];

const secondaryPauseMs = 60_000;
const longestSecondaryPauseMs = 15 * 60_000;

function retryAfterMs(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/**
 * How long GitHub wants to be left alone after this answer; null when it does not say so. The order is GitHub's: `retry-after`,
 * then an empty primary budget, then at least a minute that doubles with each `strike` (refusals one after another).
 */
export function rateLimitPauseMs(
  answer: { status: number; headers: Record<string, string>; message: string },
  nowMs: number,
  strikes: number,
): number | null {
  const { status, headers, message } = answer;
  const refused = status === 403 || status === 429;
  const retry = refused ? retryAfterMs(headers['retry-after'], nowMs) : null;
  if (retry !== null) return retry;
  const ofCore = (headers['x-ratelimit-resource'] ?? 'core') === 'core';
  if (headers['x-ratelimit-remaining'] === '0' && (refused || ofCore)) {
    const resetMs = Number(headers['x-ratelimit-reset']) * 1000;
    // A second on top: both clocks are cut to seconds.
    if (Number.isFinite(resetMs)) return Math.max(0, resetMs - nowMs) + 1000;
  }
  if (status !== 429 && !(status === 403 && /rate limit|abuse/i.test(message))) return null;
  return Math.min(longestSecondaryPauseMs, secondaryPauseMs * 2 ** strikes);
}

const migrations = [
  `CREATE TABLE github_writes (id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, under_way INTEGER NOT NULL);
  CREATE TABLE github_pause (one INTEGER PRIMARY KEY, until_ms INTEGER NOT NULL);
`,
];

/** GitHub's limits as we keep to them: sliding windows over our writes and the pauses that it asks for; both survive a restart. */
export class RateLimits {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #windows: readonly WriteWindow[];
  readonly #writes = new Map<number, number>();
  #pausedUntilMs: number;
  #strikes = 0;

  constructor({
    db,
    clock,
    windows = defaultWindows,
  }: {
    db: Database;
    clock: Clock;
    windows?: readonly WriteWindow[];
  }) {
    this.#db = db;
    this.#clock = clock;
    this.#windows = windows;
    db.migrate('github-limits', migrations);
    // A write that a killed process had under way may have arrived at any time until now.
    db.run('UPDATE github_writes SET at_ms = ?, under_way = 0 WHERE under_way = 1', clock.nowMs());
    for (const row of db.all('SELECT id, at_ms FROM github_writes')) {
      this.#writes.set(Number(row['id']), Number(row['at_ms']));
    }
    this.#pausedUntilMs = Number(db.first('SELECT until_ms FROM github_pause')?.['until_ms'] ?? 0);
  }

  /** How long nothing at all may be asked. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.#clock.nowMs());
  }

  /** Every answer of GitHub passes here. */
  note(answer: { status: number; headers: Record<string, string>; message: string }): void {
    const nowMs = this.#clock.nowMs();
    const pauseMs = rateLimitPauseMs(answer, nowMs, this.#strikes);
    if (pauseMs !== null && answer.status >= 400) this.#strikes += 1;
    else if (answer.status < 400) this.#strikes = 0;
    if (pauseMs === null || nowMs + pauseMs <= this.#pausedUntilMs) return;
    this.#pausedUntilMs = nowMs + pauseMs;
    const sql =
      'INSERT INTO github_pause (one, until_ms) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET until_ms = excluded.until_ms';
    this.#db.run(sql, this.#pausedUntilMs);
  }

  /** How long until one more write of this priority fits into every window; 0 for now. */
  waitMs(priority: Priority): number {
    const nowMs = this.#clock.nowMs();
    const times = [...this.#writes.values()].sort((a, b) => a - b);
    const waits = this.#windows.map(({ ms, most }) => {
      const inside = times.filter((atMs) => atMs > nowMs - ms);
      const leaves = inside[inside.length - most[priority]];
      return leaves === undefined ? 0 : leaves + ms - nowMs;
    });
    return Math.max(this.pauseMs, ...waits);
  }

  /** Counts a write before it is sent. */
  begin(): number {
    const nowMs = this.#clock.nowMs();
    this.#forget(nowMs);
    const row = this.#db.first('INSERT INTO github_writes (at_ms, under_way) VALUES (?, 1) RETURNING id', nowMs);
    const id = Number(row?.['id']);
    this.#writes.set(id, nowMs);
    return id;
  }

  /** Counts it from its end on: GitHub saw it at some moment before, so the windows here are never shorter than GitHub's. */
  end(id: number): void {
    const nowMs = this.#clock.nowMs();
    this.#writes.set(id, nowMs);
    this.#db.run('UPDATE github_writes SET at_ms = ?, under_way = 0 WHERE id = ?', nowMs, id);
  }

  #forget(nowMs: number): void {
    const longestMs = Math.max(...this.#windows.map(({ ms }) => ms));
    for (const [id, atMs] of this.#writes) if (atMs <= nowMs - longestMs) this.#writes.delete(id);
    this.#db.run('DELETE FROM github_writes WHERE at_ms <= ? AND under_way = 0', nowMs - longestMs);
  }
}
