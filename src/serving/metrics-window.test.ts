import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MetricsWindow } from './metrics-window.js';

describe('MetricsWindow', () => {
  test('is empty without requests', () => {
    expect(new MetricsWindow(() => 0).summary(60)).toMatchObject({
      invocations: 0,
      error_rate: 0,
      latency_p95_ms: null,
    });
  });

  test('counts 4xx apart from 5xx; only 5xx are in the error rate', () => {
    const window = new MetricsWindow(() => 1_000);
    for (const status of [200, 200, 400, 413, 500]) window.record(status, 1);
    expect(window.summary(60)).toMatchObject({ invocations: 5, errors_4xx: 2, errors_5xx: 1, error_rate: 0.2 });
  });

  test('forgets what is older than the window, also after the ring has gone round', () => {
    let now = 0;
    const window = new MetricsWindow(() => now);
    window.record(200, 1);
    now = 59_999;
    expect(window.summary(60).invocations).toBe(1);
    now = 60_000;
    expect(window.summary(60).invocations).toBe(0);
    now = 3_600_000;
    window.record(200, 1);
    expect(window.summary(3_600).invocations).toBe(1);
  });

  test('divides by the time observed when that is shorter than the window', () => {
    let now = 0;
    const window = new MetricsWindow(() => now);
    for (let request = 0; request < 100; request++) window.record(200, 1);
    now = 10_000;
    expect(window.summary(600).throughput_rps).toBeCloseTo(10);
    now = 20_000;
    expect(window.summary(600).throughput_rps).toBeCloseTo(5);
  });

  test('has quantiles within 1 % of the nearest-rank ones', () => {
    const latencies = fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(latencies, (values) => {
        const window = new MetricsWindow(() => 0);
        for (const value of values) window.record(200, value);
        const sorted = values.toSorted((a, b) => a - b);
        const summary = window.summary(1);
        for (const [share, found] of [
          [0.5, summary.latency_p50_ms],
          [0.95, summary.latency_p95_ms],
          [0.99, summary.latency_p99_ms],
        ] as const) {
          const exact = sorted[Math.ceil(values.length * share) - 1] ?? 0;
          expect(Math.abs((found ?? 0) - exact) / exact).toBeLessThan(0.01);
        }
      }),
    );
  });
});
