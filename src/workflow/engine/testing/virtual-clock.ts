import type { EngineClock } from '../durable/clock.js';

/** A clock that moves only when told; for tests and simulations. */
export interface VirtualClock extends EngineClock {
  /** Moves time on and lets the timers that become due go off, in order of their time. */
  advance(ms: number): void;
  /** Sets the time as an operator or NTP would: no timer moves. */
  jump(toMs: number): void;
}

/** Makes a virtual clock that stands at `startMs`. */
export function virtualClock(startMs: number): VirtualClock {
  let nowMs = startMs;
  const timers = new Map<symbol, { dueMs: number; fn: () => void }>();
  const nextDue = (untilMs: number): symbol | null => {
    let next: symbol | null = null;
    let earliest = untilMs;
    for (const [id, timer] of timers) {
      if (timer.dueMs <= earliest && (next === null || timer.dueMs < earliest)) {
        next = id;
        earliest = timer.dueMs;
      }
    }
    return next;
  };
  return {
    now: () => nowMs,
    setTimer: (ms, fn) => {
      const id = Symbol('timer');
      timers.set(id, { dueMs: nowMs + Math.max(0, ms), fn });
      return () => {
        timers.delete(id);
      };
    },
    advance: (ms) => {
      const untilMs = nowMs + ms;
      for (let id = nextDue(untilMs); id !== null; id = nextDue(untilMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        nowMs = Math.max(nowMs, timer?.dueMs ?? nowMs);
        timer?.fn();
      }
      nowMs = untilMs;
    },
    jump: (toMs) => {
      nowMs = toMs;
    },
  };
}
