import { z } from 'zod';
import { runRef, slug } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import type { EndpointDescription } from '../../ports/endpoint-platform.js';
import type { ModelRegistry } from '../../ports/model-registry.js';
import { writeJson } from '../shared/json-objects.js';
import {
  alertThresholds,
  systemMetrics,
  toSystemMetrics,
  triggeredAlert,
  triggeredAlerts,
} from './logic/system-metrics.js';

const windowSeconds = 600;

const input = z.object({
  run: runRef,
  endpoint_name: slug,
  monitoring_config: z.strictObject({
    intensity: z.enum(['high', 'medium', 'low']).default('medium'),
    alert_thresholds: z.strictObject(alertThresholds.shape).prefault({}),
  }),
});

const output = z.object({
  endpoint_name: z.string(),
  system_metrics: systemMetrics,
  model_metrics: z.null().describe('Drift is planned: null until it is measured'),
  model_metrics_note: z.string(),
  alerts_triggered: z.array(triggeredAlert),
  dashboard_url: z.string().describe("The endpoint's figures as JSON; Prometheus reads /metrics of the same address"),
  config_key: z.string(),
});

/** Refuses a run whose version another one has replaced: run again, it would watch the new version by the old plan. */
async function checkServes(endpoint: EndpointDescription, trainingId: string, registry: ModelRegistry): Promise<void> {
  const serving = await Promise.all(
    endpoint.variants.map(({ modelName, version }) => registry.getVersion({ modelName, version })),
  );
  if (serving.some((version) => version.trainingId === trainingId)) return;
  throw new DandoriError('wrong_state', `${trainingId} cannot start to monitor ${endpoint.endpointName}.`, {
    found: `it serves ${serving.map((one) => `${one.modelName} ${one.version} of ${one.trainingId}`).join(', ')}`,
    allowed: 'the run whose version serves',
  });
}

export const startMonitoring = defineTool({
  name: 'start_monitoring',
  title: 'Start to monitor an endpoint',
  description:
    'Keeps the monitoring configuration of an endpoint and answers its first figures: latency p50/p95/p99, errors, throughput of the last ' +
    'ten minutes, and the thresholds that are exceeded. Drift is not measured yet.',
  input,
  output,
  annotations: writes,
  effect: { states: ['StartMonitoring'] },
  handler: async ({ run, endpoint_name: endpointName, monitoring_config: config }, { ports, now }) => {
    const endpoint = await ports.endpoints.describeEndpoint({ endpointName });
    await checkServes(endpoint, run.training_id, ports.registry);
    const metrics = toSystemMetrics(await ports.endpoints.endpointMetrics({ endpointName, windowSeconds }));
    const configKey = `monitoring/${endpointName}/config.json`;
    await writeJson(ports.objects, configKey, {
      format: 1,
      endpoint_name: endpointName,
      training_id: run.training_id,
      ...config,
      started_at: now().toISOString(),
    });
    return {
      endpoint_name: endpointName,
      system_metrics: metrics,
      model_metrics: null,
      model_metrics_note: 'Drift is not measured yet, it is planned.',
      alerts_triggered: triggeredAlerts(metrics, config.alert_thresholds),
      dashboard_url: endpoint.invocationUrl.replace(/\/invocations$/, '/metrics'),
      config_key: configKey,
    };
  },
});
