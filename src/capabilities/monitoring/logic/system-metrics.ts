import { z } from 'zod';
import type { EndpointMetrics } from '../../../ports/endpoint-platform.js';

/** M1's figures of a window; latencies are null without requests. */
export const systemMetrics = z.object({
  window_seconds: z.number(),
  invocations: z.number().int(),
  errors_4xx: z.number().int().describe('Requests that were wrong'),
  errors_5xx: z.number().int().describe('Requests that the endpoint failed'),
  error_rate: z.number().describe('errors_5xx / invocations'),
  throughput_rps: z.number(),
  latency_p50_ms: z.number().nullable(),
  latency_p95_ms: z.number().nullable(),
  latency_p99_ms: z.number().nullable(),
});
export type SystemMetrics = z.infer<typeof systemMetrics>;

export function toSystemMetrics({ endpointName: _name, windowSeconds, ...metrics }: EndpointMetrics): SystemMetrics {
  return { window_seconds: windowSeconds, ...metrics };
}

export const alertThresholds = z.object({
  error_rate: z.number().min(0).max(1).nullable().default(null),
  latency_p95_ms: z.number().positive().nullable().default(null),
});
export type AlertThresholds = z.infer<typeof alertThresholds>;

export const triggeredAlert = z.object({ metric: z.string(), value: z.number(), threshold: z.number() });

/** Thresholds that the window is over; a window without requests is over none. */
export function triggeredAlerts(metrics: SystemMetrics, thresholds: AlertThresholds): z.infer<typeof triggeredAlert>[] {
  return (['error_rate', 'latency_p95_ms'] as const).flatMap((metric) => {
    const value = metrics[metric];
    const threshold = thresholds[metric];
    return value !== null && threshold !== null && value > threshold ? [{ metric, value, threshold }] : [];
  });
}
