import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { systemMetrics, toSystemMetrics } from './logic/system-metrics.js';

export const getEndpointMetrics = defineTool({
  name: 'get_endpoint_metrics',
  title: 'Read the metrics of an endpoint',
  description:
    'Answers latency p50/p95/p99, 4xx and 5xx, error rate and throughput of an endpoint over the last seconds.',
  input: z.object({ endpoint_name: slug, window_seconds: z.number().int().min(1).max(3_600).default(600) }),
  output: z.object({ endpoint_name: z.string(), ...systemMetrics.shape }),
  annotations: readOnly,
  effect: null,
  handler: async ({ endpoint_name: endpointName, window_seconds: windowSeconds }, { ports }) => ({
    endpoint_name: endpointName,
    ...toSystemMetrics(await ports.endpoints.endpointMetrics({ endpointName, windowSeconds })),
  }),
});
