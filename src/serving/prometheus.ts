import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The router's Prometheus metrics, labelled by endpoint and variant. */
export interface RouterPrometheus {
  observe(endpoint: string, variant: string, status: number, seconds: number): void;
  setWorkers(endpoint: string, variant: string, count: number): void;
  remove(endpoint: string): void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** A registry of its own: two routers in one process (tests) do not meet. */
export function createRouterPrometheus(): RouterPrometheus {
  const registry = new Registry();
  const labelNames = ['endpoint', 'variant'] as const;
  const duration = new Histogram({
    name: 'dandori_endpoint_request_duration_seconds',
    help: 'Time from the request to the end of the answer, as the router sees it.',
    labelNames,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers: [registry],
  });
  const requests = new Counter({
    name: 'dandori_endpoint_requests_total',
    help: 'Answered requests by status code.',
    labelNames: [...labelNames, 'code'],
    registers: [registry],
  });
  const workers = new Gauge({
    name: 'dandori_endpoint_workers',
    help: 'Model server processes that are ready.',
    labelNames,
    registers: [registry],
  });
  const variants = new Map<string, Set<string>>();
  return {
    observe(endpoint, variant, status, seconds) {
      duration.observe({ endpoint, variant }, seconds);
      requests.inc({ endpoint, variant, code: String(status) });
    },
    setWorkers(endpoint, variant, count) {
      variants.set(endpoint, (variants.get(endpoint) ?? new Set()).add(variant));
      workers.set({ endpoint, variant }, count);
    },
    remove(endpoint) {
      for (const variant of variants.get(endpoint) ?? []) workers.remove({ endpoint, variant });
      variants.delete(endpoint);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
