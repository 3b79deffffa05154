export type EndpointStatus = 'Creating' | 'Updating' | 'InService' | 'RollingBack' | 'Deleting' | 'Failed';

export interface VariantSpec {
  /** e.g. `AllTraffic`. */
  variantName: string;
  modelName: string;
  /** Version in the registry. */
  version: string;
  /** Prefix in the object store that holds `signature.json` and `model.onnx` or `python_model.json`. */
  packagePrefix: string;
  /** SHA-256 of these files; a mismatch is refused before anything is loaded. */
  digests: Record<string, string>;
  /** Share = weight / sum of weights. */
  weight: number;
}

export interface EndpointDescription {
  endpointName: string;
  status: EndpointStatus;
  /** Why it is Failed; null otherwise. */
  failureReason: string | null;
  variants: (VariantSpec & { workers: number })[];
  /** Address for people and curl, e.g. `http://127.0.0.1:7070/endpoints/churn-staging/invocations`. */
  invocationUrl: string;
  createdAt: string;
  updatedAt: string;
}

/** Measured over the last `windowSeconds`; latencies in milliseconds, null without requests. */
export interface EndpointMetrics {
  endpointName: string;
  windowSeconds: number;
  invocations: number;
  errors_4xx: number;
  errors_5xx: number;
  /** errors_5xx / invocations: a client's own mistakes are not the endpoint's. */
  error_rate: number;
  /** Over the window, or over the time since the endpoint was made known when that is shorter. */
  throughput_rps: number;
  latency_p50_ms: number | null;
  latency_p95_ms: number | null;
  latency_p99_ms: number | null;
}

/** Model servers behind a router (SageMaker endpoints). Everything is declarative: the wanted variants in, the state out. */
export interface EndpointPlatform {
  /** Creates or updates; the old variants serve until the new ones answer. Resolves at `InService`, rejects (old ones still serving) when the new model does not load or does not answer. Applying the same again is harmless. */
  applyEndpoint(params: { endpointName: string; variants: VariantSpec[] }): Promise<EndpointDescription>;
  /** `not_found` for an unknown name. */
  describeEndpoint(params: { endpointName: string }): Promise<EndpointDescription>;
  listEndpoints(): Promise<EndpointDescription[]>;
  deleteEndpoint(params: { endpointName: string }): Promise<void>;
  /** Sends one request as a client would. */
  invokeEndpoint(params: { endpointName: string; body: string; contentType: string; accept?: string }): Promise<{
    statusCode: number;
    body: string;
    variantName: string | null;
  }>;
  endpointMetrics(params: { endpointName: string; windowSeconds: number }): Promise<EndpointMetrics>;
}
