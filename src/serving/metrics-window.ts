/** What a window of one endpoint adds up to; latencies in milliseconds, null without requests. */
export interface WindowSummary {
  windowSeconds: number;
  invocations: number;
  errors_4xx: number;
  errors_5xx: number;
  /** errors_5xx / invocations: a client's own mistakes are not the model's. */
  error_rate: number;
  throughput_rps: number;
  latency_p50_ms: number | null;
  latency_p95_ms: number | null;
  latency_p99_ms: number | null;
}

interface SecondBucket {
  second: number;
  invocations: number;
  errors4xx: number;
  errors5xx: number;
  /** Histogram cell -> count. */
  latencies: Map<number, number>;
}

/** The longest window that can be asked for. */
export const maxWindowSeconds = 3_600;

/** Cells grow by 1 %, so a quantile is at most 0.5 % off. */
const growth = Math.log(1.01);
/** Everything faster is one cell. */
const smallestMs = 0.001;

function cellOf(latencyMs: number): number {
  return latencyMs <= smallestMs ? 0 : Math.ceil(Math.log(latencyMs / smallestMs) / growth);
}

/** Middle of a cell in milliseconds. */
function latencyOf(cell: number): number {
  return smallestMs * Math.exp((cell - 0.5) * growth);
}

/** Counts and latencies of the last hour by second. */
export class MetricsWindow {
  readonly #ring: (SecondBucket | undefined)[] = [];
  readonly #nowMs: () => number;
  readonly #startedAtMs: number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
  }

  record(status: number, latencyMs: number): void {
    const bucket = this.#bucket(Math.floor(this.#nowMs() / 1000));
    bucket.invocations += 1;
    if (status >= 500) bucket.errors5xx += 1;
    else if (status >= 400) bucket.errors4xx += 1;
    const cell = cellOf(latencyMs);
    bucket.latencies.set(cell, (bucket.latencies.get(cell) ?? 0) + 1);
  }

  /** Sums the last `windowSeconds` (at most an hour), the running second included; throughput is over the time that was observed. */
  summary(windowSeconds: number): WindowSummary {
    const now = this.#nowMs();
    const last = Math.floor(now / 1000);
    const first = last - Math.min(windowSeconds, maxWindowSeconds) + 1;
    const sum: SecondBucket = { second: last, invocations: 0, errors4xx: 0, errors5xx: 0, latencies: new Map() };
    for (const bucket of this.#ring) {
      if (bucket === undefined || bucket.second < first || bucket.second > last) continue;
      sum.invocations += bucket.invocations;
      sum.errors4xx += bucket.errors4xx;
      sum.errors5xx += bucket.errors5xx;
      for (const [cell, count] of bucket.latencies) sum.latencies.set(cell, (sum.latencies.get(cell) ?? 0) + count);
    }
    const observedSeconds = Math.max(1, Math.min(windowSeconds, (now - this.#startedAtMs) / 1000));
    const [p50 = null, p95 = null, p99 = null] = quantiles(sum.latencies, sum.invocations, [0.5, 0.95, 0.99]);
    return {
      windowSeconds,
      invocations: sum.invocations,
      errors_4xx: sum.errors4xx,
      errors_5xx: sum.errors5xx,
      error_rate: sum.invocations === 0 ? 0 : sum.errors5xx / sum.invocations,
      throughput_rps: sum.invocations / observedSeconds,
      latency_p50_ms: p50,
      latency_p95_ms: p95,
      latency_p99_ms: p99,
    };
  }

  #bucket(second: number): SecondBucket {
    const slot = second % maxWindowSeconds;
    const found = this.#ring[slot];
    if (found?.second === second) return found;
    const fresh: SecondBucket = { second, invocations: 0, errors4xx: 0, errors5xx: 0, latencies: new Map() };
    this.#ring[slot] = fresh;
    return fresh;
  }
}

/** Nearest-rank quantiles. */
function quantiles(
  latencies: ReadonlyMap<number, number>,
  total: number,
  shares: readonly number[],
): (number | null)[] {
  const cells = [...latencies].sort(([a], [b]) => a - b);
  return shares.map((share) => {
    let seen = 0;
    for (const [cell, count] of cells) {
      seen += count;
      if (seen >= Math.ceil(total * share)) return Number(latencyOf(cell).toPrecision(4));
    }
    return null;
  });
}
