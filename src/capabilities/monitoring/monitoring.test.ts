import { describe, expect, test } from 'vitest';
import type { EndpointMetrics } from '../../ports/endpoint-platform.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { runOf } from '../testing/fixtures.js';
import { getEndpointMetrics } from './get-endpoint-metrics.js';
import { startMonitoring } from './start-monitoring.js';

const endpointName = 'churn-staging';

async function setUp(changes: Partial<EndpointMetrics> = {}) {
  const ports = fakePorts();
  const variant = {
    variantName: 'AllTraffic',
    modelName: 'churn',
    version: '1.0.0',
    packagePrefix: 'p',
    digests: {},
    weight: 1,
  };
  await ports.registry.registerVersion({
    modelName: 'churn',
    version: '1.0.0',
    trainingId: runOf('StartMonitoring').training_id,
    packagePrefix: 'p',
    digests: {},
    stage: 'Staging',
    approvalStatus: 'Approved',
    facts: {},
    metrics: {},
    description: '',
  });
  await ports.endpoints.applyEndpoint({ endpointName, variants: [variant] });
  ports.endpoints.endpointMetrics = async ({ endpointName: name, windowSeconds }) => ({
    endpointName: name,
    windowSeconds,
    invocations: 1_000,
    errors_4xx: 5,
    errors_5xx: 20,
    error_rate: 0.02,
    throughput_rps: 12,
    latency_p50_ms: 1,
    latency_p95_ms: 95,
    latency_p99_ms: 120,
    ...changes,
  });
  return { ports, context: fakeContext(ports) };
}

const inputOf = (thresholds: object) =>
  startMonitoring.input.parse({
    run: runOf('StartMonitoring'),
    endpoint_name: endpointName,
    monitoring_config: { intensity: 'high', alert_thresholds: thresholds },
  });

describe('start_monitoring', () => {
  test('keeps the configuration and answers the figures and the thresholds that are exceeded', async () => {
    const { ports, context } = await setUp();
    const input = inputOf({ error_rate: 0.01, latency_p95_ms: 100 });
    const answer = startMonitoring.output.parse(await startMonitoring.handler(input, context));
    expect(answer).toMatchObject({
      system_metrics: { latency_p95_ms: 95, error_rate: 0.02, throughput_rps: 12, window_seconds: 600 },
      model_metrics: null,
      alerts_triggered: [{ metric: 'error_rate', value: 0.02, threshold: 0.01 }],
      dashboard_url: `http://127.0.0.1:7070/endpoints/${endpointName}/metrics`,
    });
    expect(JSON.parse(ports.objects.text(`monitoring/${endpointName}/config.json`))).toMatchObject({
      endpoint_name: endpointName,
      training_id: input.run.training_id,
      intensity: 'high',
      alert_thresholds: { error_rate: 0.01, latency_p95_ms: 100 },
    });
  });

  test('raises no alert without requests', async () => {
    const { context } = await setUp({ invocations: 0, error_rate: 0, latency_p95_ms: null });
    const answer = await startMonitoring.handler(inputOf({ error_rate: 0, latency_p95_ms: 1 }), context);
    expect(answer.alerts_triggered).toEqual([]);
  });

  test('refuses a threshold that cannot be watched yet', () => {
    expect(() => inputOf({ drift_score: 0.3 })).toThrow('drift_score');
  });

  test('refuses a run whose version does not serve any more, and keeps the configuration', async () => {
    const { ports, context } = await setUp();
    const input = { ...inputOf({}), run: runOf('StartMonitoring', 'train-20260101-000001') };
    await expect(startMonitoring.handler(input, context)).rejects.toMatchObject({
      code: 'wrong_state',
      message: expect.stringMatching(/churn-staging.*serves churn 1\.0\.0 of train-20260110-000001/s),
    });
    expect(await ports.objects.list({ prefix: 'monitoring/' })).toEqual([]);
  });

  test('refuses an unknown endpoint', async () => {
    const { context } = await setUp();
    const input = { ...inputOf({}), endpoint_name: 'nothing' };
    await expect(startMonitoring.handler(input, context)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('get_endpoint_metrics', () => {
  test('answers the window that was asked for', async () => {
    const { context } = await setUp();
    const input = getEndpointMetrics.input.parse({ endpoint_name: endpointName, window_seconds: 60 });
    const answer = getEndpointMetrics.output.parse(await getEndpointMetrics.handler(input, context));
    expect(answer).toMatchObject({ endpoint_name: endpointName, window_seconds: 60, invocations: 1_000 });
  });
});
