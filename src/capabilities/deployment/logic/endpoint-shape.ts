import { z } from 'zod';
import type { EndpointDescription } from '../../../ports/endpoint-platform.js';

/** An endpoint as the tools answer it. */
export const endpointShape = z.object({
  endpoint_name: z.string(),
  endpoint_arn: z.string(),
  endpoint_status: z.string(),
  failure_reason: z.string().nullable(),
  variants: z.array(
    z.object({
      variant_name: z.string(),
      model_name: z.string(),
      version: z.string(),
      weight: z.number(),
      workers: z.number().int().describe('Model server processes that are ready'),
    }),
  ),
  traffic_distribution: z
    .record(z.string(), z.number())
    .describe('Percent of the traffic by version, e.g. {"v1.2.0": 100}'),
  invocation_url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type EndpointShape = z.infer<typeof endpointShape>;

/** Name of an endpoint of this machine in the form of an ARN. */
export function endpointArn(endpointName: string): string {
  return `arn:dandori:local:endpoint/${endpointName}`;
}

/** Percent of the traffic by version: weight / sum of weights. */
export function trafficDistribution(variants: readonly { version: string; weight: number }[]): Record<string, number> {
  const total = variants.reduce((sum, variant) => sum + variant.weight, 0);
  return Object.fromEntries(
    variants.map(({ version, weight }): [string, number] => [`v${version}`, total === 0 ? 0 : (100 * weight) / total]),
  );
}

export function toEndpointShape(endpoint: EndpointDescription): EndpointShape {
  return {
    endpoint_name: endpoint.endpointName,
    endpoint_arn: endpointArn(endpoint.endpointName),
    endpoint_status: endpoint.status,
    failure_reason: endpoint.failureReason,
    variants: endpoint.variants.map(({ variantName, modelName, version, weight, workers }) => ({
      variant_name: variantName,
      model_name: modelName,
      version,
      weight,
      workers,
    })),
    traffic_distribution: trafficDistribution(endpoint.variants),
    invocation_url: endpoint.invocationUrl,
    created_at: endpoint.createdAt,
    updated_at: endpoint.updatedAt,
  };
}
