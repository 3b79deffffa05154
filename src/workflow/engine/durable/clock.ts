/** Time as the engine sees it; tests put a virtual clock here. */
export interface EngineClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once after `ms`; answers a function that cancels it. */
  setTimer(ms: number, fn: () => void): () => void;
}

/** Chance as the engine sees it. */
export interface EngineRandom {
  /** Uniform in [0, 1). */
  random(): number;
  /** `count` unguessable bytes. */
  bytes(count: number): Uint8Array;
}

// Node fires at once when a delay does not fit 31 bits.
const longestTimerMs = 2 ** 31 - 1;

/** The machine's clock; its timers do not keep the process alive. */
export const systemClock: EngineClock = {
  now: () => Date.now(),
  setTimer: (ms, fn) => {
    const timer = setTimeout(fn, Math.min(Math.max(0, ms), longestTimerMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
