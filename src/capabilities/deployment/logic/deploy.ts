import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { codeOf } from '../../../errors.js';
import { failure } from '../../../messages/failures.js';
import { runFailures } from '../../../messages/run-failures.js';
import type { EndpointDescription, EndpointPlatform, VariantSpec } from '../../../ports/endpoint-platform.js';

/** What one real request to the endpoint showed. */
export const healthCheck = z.object({
  status_code: z.number().int(),
  latency_ms: z.number(),
  request: z.string().describe('Body of the request: a sample row by the signature'),
  response: z.string(),
});
type HealthCheck = z.infer<typeof healthCheck>;

/** How a version came into service; kept in the effect journal and in the deployment log. */
export const deployment = z.object({
  endpoint_name: z.string(),
  invocation_url: z.string(),
  endpoint_status: z.string(),
  previous_model_name: z.string().nullable(),
  previous_version: z.string().nullable(),
  health_check: healthCheck,
  deployed_at: z.string(),
});
export type Deployment = z.infer<typeof deployment>;

export interface DeployParams {
  endpoints: EndpointPlatform;
  endpointName: string;
  variant: VariantSpec;
  /** Body of the health check's request. */
  sampleBody: string;
  now: () => Date;
}

/** The endpoint, or null when there is none. */
async function findEndpoint(endpoints: EndpointPlatform, endpointName: string): Promise<EndpointDescription | null> {
  try {
    return await endpoints.describeEndpoint({ endpointName });
  } catch (error) {
    if (codeOf(error) === 'not_found') return null;
    throw error;
  }
}

/** True when the endpoint serves exactly this package. */
function serves(endpoint: EndpointDescription, variant: VariantSpec): boolean {
  const [served] = endpoint.variants;
  return (
    endpoint.status === 'InService' &&
    served?.modelName === variant.modelName &&
    served.version === variant.version &&
    isDeepStrictEqual(served.digests, variant.digests)
  );
}

/** Applies the version and asks it one real question; a version that answers wrongly is taken back before this rejects. */
export async function deploy(params: DeployParams): Promise<Deployment> {
  const { endpoints, endpointName, variant } = params;
  const before = await findEndpoint(endpoints, endpointName);
  const applied = await endpoints.applyEndpoint({ endpointName, variants: [variant] });
  try {
    return await checked(params, applied, before);
  } catch (error) {
    await restore(endpoints, endpointName, before, variant);
    throw error;
  }
}

/** The deployment as found after a restart, checked by a request; what served before is not known any more. */
export async function findDeployment(params: DeployParams): Promise<Deployment | null> {
  const found = await findEndpoint(params.endpoints, params.endpointName);
  return found !== null && serves(found, params.variant) ? checked(params, found, null) : null;
}

async function checked(
  params: DeployParams,
  endpoint: EndpointDescription,
  before: EndpointDescription | null,
): Promise<Deployment> {
  const previous = before?.variants.find(({ version }) => version !== params.variant.version) ?? null;
  return {
    endpoint_name: params.endpointName,
    invocation_url: endpoint.invocationUrl,
    endpoint_status: endpoint.status,
    previous_model_name: previous?.modelName ?? null,
    previous_version: previous?.version ?? null,
    health_check: await askOnce(params),
    deployed_at: params.now().toISOString(),
  };
}

async function askOnce({ endpoints, endpointName, variant, sampleBody }: DeployParams): Promise<HealthCheck> {
  const start = performance.now();
  const contentType = 'application/json';
  const answer = await endpoints.invokeEndpoint({ endpointName, body: sampleBody, contentType });
  const latencyMs = Number((performance.now() - start).toFixed(2));
  if (answer.statusCode === 200 && isAnswerOf(answer.body, variant)) {
    return { status_code: 200, latency_ms: latencyMs, request: sampleBody, response: answer.body.slice(0, 2_000) };
  }
  const { modelName, version } = variant;
  const said = { status: answer.statusCode, body: answer.body.slice(0, 300) };
  throw failure('unavailable', runFailures.noAnswer({ endpointName, modelName, version, ...said }));
}

const answerShape = z.object({
  predictions: z.array(z.unknown()).length(1),
  model_name: z.string(),
  model_version: z.string(),
});

function isAnswerOf(body: string, variant: VariantSpec): boolean {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return false;
  }
  const answer = answerShape.safeParse(document);
  return (
    answer.success && answer.data.model_name === variant.modelName && answer.data.model_version === variant.version
  );
}

async function restore(
  endpoints: EndpointPlatform,
  endpointName: string,
  before: EndpointDescription | null,
  failed: VariantSpec,
): Promise<void> {
  if (before === null) return endpoints.deleteEndpoint({ endpointName });
  if (serves(before, failed)) return;
  const variants = before.variants.map(({ workers: _workers, ...variant }) => variant);
  await endpoints.applyEndpoint({ endpointName, variants });
}
