import { z } from 'zod';

/** Raised when the control interface or the state file changes; a router of another number is replaced. */
export const controlProtocol = 1;

/** SageMaker's rule for endpoint and variant names. */
const name = z.string().regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/, 'letters, digits and hyphens, 1 to 63 characters');

/**
 * One variant as the router keeps it; `package_id` names the folder below `packages` that holds signature.json and
 * model.onnx or python_model.json (the state directory may be moved), `digests` is by file name.
 */
export const routerVariant = z.object({
  variant_name: name,
  model_name: z.string(),
  version: z.string(),
  package_prefix: z.string(),
  digests: z.record(z.string(), z.string()),
  weight: z.number().min(0),
  package_id: z.string().regex(/^[0-9a-f]{64}$/),
});
export type RouterVariant = z.infer<typeof routerVariant>;

export const applyBody = z.object({ endpoint_name: name, variants: z.array(routerVariant).min(1) });
export type ApplyBody = z.infer<typeof applyBody>;

/** `endpoints.json`: what the router is to serve, in whatever life it is. */
export const routerState = z.object({
  format: z.literal(1),
  endpoints: z.array(
    z.object({
      ...applyBody.shape,
      created_at: z.string(),
      updated_at: z.string(),
      instance_count: z.number().int().min(1),
    }),
  ),
});
export type RouterState = z.infer<typeof routerState>;
export type EndpointState = RouterState['endpoints'][number];

export const endpointView = z.object({
  endpoint_name: z.string(),
  endpoint_status: z.enum(['Creating', 'Updating', 'InService', 'RollingBack', 'Deleting', 'Failed']),
  failure_reason: z.string().nullable(),
  variants: z.array(routerVariant.extend({ workers: z.number().int() })),
  invocation_url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type EndpointView = z.infer<typeof endpointView>;

export const metricsView = z.object({
  endpoint_name: z.string(),
  window_seconds: z.number(),
  invocations: z.number(),
  errors_4xx: z.number(),
  errors_5xx: z.number(),
  error_rate: z.number(),
  throughput_rps: z.number(),
  latency_p50_ms: z.number().nullable(),
  latency_p95_ms: z.number().nullable(),
  latency_p99_ms: z.number().nullable(),
});
export type MetricsView = z.infer<typeof metricsView>;

/** What a router says about itself; `build` changes with every change of its programs. */
export const routerInfo = z.object({
  protocol: z.number(),
  build: z.string(),
  pid: z.number().int(),
  started_at: z.string(),
  url: z.string(),
});
export type RouterInfo = z.infer<typeof routerInfo>;

export const controlError = z.object({ error_code: z.string(), message: z.string() });
