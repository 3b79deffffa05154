import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { promotionKey } from '../../contracts/promotion.js';
import { fixtureFolder, type FixtureName } from '../../serving/fixtures/load-signature.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { runOf } from '../testing/fixtures.js';
import { logRollback } from '../shared/deployment-log.js';
import { recordInService } from '../shared/in-service.js';
import { deployModel } from './deploy-model.js';
import { describeEndpoint } from './describe-endpoint.js';
import { invokeEndpoint } from './invoke-endpoint.js';
import { listEndpoints } from './list-endpoints.js';
import { promoteModel } from './promote-model.js';
import { curlLine } from './logic/deployment-log.js';

const run = runOf('DeployModel');
const endpointName = 'churn-staging';

/** Fake ports whose endpoint answers as the deployed version, or as `answer` says. */
function setUp() {
  const ports = fakePorts();
  const context = fakeContext(ports);
  const state = { answer: null as { statusCode: number; body: string } | null, deleted: [] as string[], asked: 0 };
  ports.endpoints.invokeEndpoint = async (asked) => {
    state.asked += 1;
    const served = (await ports.endpoints.describeEndpoint({ endpointName: asked.endpointName })).variants[0];
    const body = JSON.stringify({
      predictions: [{ label: 'Yes' }],
      model_name: 'churn',
      model_version: served?.version,
    });
    return { statusCode: 200, body, variantName: 'AllTraffic', ...state.answer };
  };
  ports.endpoints.deleteEndpoint = async ({ endpointName: name }) => void state.deleted.push(name);
  return { ports, context, state };
}

async function register(
  ports: ReturnType<typeof fakePorts>,
  version: string,
  changes: { status?: 'Rejected'; trainingId?: string } = {},
) {
  const fixture: FixtureName = 'churn';
  const packagePrefix = `models/churn/${version}`;
  const digests: Record<string, string> = {};
  for (const file of ['model.onnx', 'signature.json']) {
    const body = readFileSync(`${fixtureFolder(fixture)}/${file}`);
    await ports.objects.put({ key: `${packagePrefix}/${file}`, body });
    digests[`${packagePrefix}/${file}`] = createHash('sha256').update(body).update(version).digest('hex');
  }
  await ports.registry.registerVersion({
    modelName: 'churn',
    version,
    trainingId: changes.trainingId ?? run.training_id,
    approvalStatus: changes.status ?? 'Approved',
    stage: 'None',
    packagePrefix,
    digests,
    facts: {},
    metrics: {},
    description: '',
  });
}

const inputOf = (version: string, changes: object = {}) =>
  deployModel.input.parse({ run, model_name: 'churn', version, endpoint_name: endpointName, ...changes });

describe('deploy_model', () => {
  test('puts the version into service, asks it once and writes the documents', async () => {
    const { ports, context, state } = setUp();
    await register(ports, '1.0.0');
    const answer = deployModel.output.parse(await deployModel.handler(inputOf('1.0.0'), context));
    expect(answer).toMatchObject({
      endpoint_name: endpointName,
      endpoint_arn: 'arn:dandori:local:endpoint/churn-staging',
      deployment_status: 'InService',
      deployment_strategy_applied: 'all_at_once',
      traffic_distribution: { 'v1.0.0': 100 },
      previous_version: null,
      health_check: { status_code: 200, request: '{"tenure":36,"plan":"free","charge":69}' },
    });
    expect(answer.curl).toContain(`curl -s ${answer.invocation_url}`);
    expect(state.asked).toBe(1);
    expect(JSON.parse(ports.objects.text('models/churn/1.0.0/deployment_log.json'))).toMatchObject({
      format: 1,
      entries: [{ training_id: run.training_id, version: '1.0.0', deploy_to: 'staging' }],
    });
    const document = ports.objects.text('models/churn/1.0.0/deployment.md');
    expect(document).toContain('# Deployment of churn 1.0.0');
    expect(document).toContain('There is no earlier version');
  });

  test('names the version before and how to go back to it, in Japanese too', async () => {
    const { ports, context } = setUp();
    await register(ports, '1.0.0');
    await deployModel.handler(inputOf('1.0.0'), context);
    await register(ports, '1.1.0');
    const second = inputOf('1.1.0', { run: { ...run, visit: 2 }, language: 'ja' });
    const answer = await deployModel.handler(second, context);
    expect(answer.previous_version).toBe('1.0.0');
    const document = ports.objects.text('models/churn/1.1.0/deployment.md');
    expect(document).toContain('ロールバック計画');
    expect(document).toContain(`npx dandori rollback ${run.training_id}`);
  });

  test('does nothing twice under the same run', async () => {
    const { ports, context, state } = setUp();
    await register(ports, '1.0.0');
    const first = await deployModel.handler(inputOf('1.0.0'), context);
    expect(await deployModel.handler(inputOf('1.0.0'), context)).toEqual(first);
    expect(ports.endpoints.applied).toHaveLength(1);
    expect(state.asked).toBe(1);
    const { entries } = JSON.parse(ports.objects.text('models/churn/1.0.0/deployment_log.json')) as {
      entries: unknown[];
    };
    expect(entries).toHaveLength(1);
  });

  test('keeps what a rollback wrote into the log', async () => {
    const { ports, context } = setUp();
    await register(ports, '1.0.0');
    const facts = {
      training_id: 'train-later',
      model_name: 'churn',
      endpoint_name: endpointName,
      deploy_to: 'staging',
    };
    const rolledBack = {
      ...facts,
      kind: 'rollback' as const,
      action: 'put_back' as const,
      version: '1.0.0',
      from_version: '1.0.1',
      to_version: '1.0.0',
      requested_by: null,
      reason: '',
      rolled_back_at: '2026-01-10T12:00:00.000Z',
    };
    for (let times = 0; times < 2; times++) await logRollback(ports.objects, 'models/churn/1.0.0', rolledBack);
    await deployModel.handler(inputOf('1.0.0'), context);
    expect(JSON.parse(ports.objects.text('models/churn/1.0.0/deployment_log.json'))).toMatchObject({
      entries: [rolledBack, { training_id: run.training_id, deployment_strategy: 'all_at_once' }],
    });
    expect(ports.objects.text('models/churn/1.0.0/deployment.md')).not.toContain('train-later');
  });

  test('finds its deployment again after a crash before the journal was written', async () => {
    const { ports, context } = setUp();
    await register(ports, '1.0.0');
    ports.effects.crashNextComplete();
    await expect(deployModel.handler(inputOf('1.0.0'), context)).rejects.toThrow('killed');
    await deployModel.handler(inputOf('1.0.0'), context);
    expect(ports.endpoints.applied).toHaveLength(1);
  });

  test.each([
    ['an error', { statusCode: 503, body: '{}' }],
    ['another version', { statusCode: 200, body: '{"predictions":[{}],"model_name":"churn","model_version":"9.9.9"}' }],
    ['no JSON', { statusCode: 200, body: '<html>' }],
    ['no prediction', { statusCode: 200, body: '{"predictions":[],"model_name":"churn","model_version":"1.1.0"}' }],
  ])('puts the version before back when the health check answers %s', async (_name, wrong) => {
    const { ports, context, state } = setUp();
    await register(ports, '1.0.0');
    await deployModel.handler(inputOf('1.0.0'), context);
    await register(ports, '1.1.0');
    state.answer = wrong;
    const second = deployModel.handler(inputOf('1.1.0', { run: { ...run, visit: 2 } }), context);
    await expect(second).rejects.toMatchObject({ code: 'unavailable' });
    expect((await ports.endpoints.describeEndpoint({ endpointName })).variants[0]?.version).toBe('1.0.0');
    expect(state.deleted).toEqual([]);
  });

  test('takes a first version down again when its health check fails', async () => {
    const { ports, context, state } = setUp();
    await register(ports, '1.0.0');
    state.answer = { statusCode: 500, body: '' };
    await expect(deployModel.handler(inputOf('1.0.0'), context)).rejects.toMatchObject({ code: 'unavailable' });
    expect(state.deleted).toEqual([endpointName]);
  });

  test.each([
    ['a version that is not approved', { status: 'Rejected' as const }, {}, 'not_allowed'],
    ['a version of another run', { trainingId: 'train-20260110-999999' }, {}, 'not_allowed'],
    ['a strategy that is planned', {}, { deployment_strategy: 'canary' }, 'not_yet'],
  ])('refuses %s', async (_name, registered, changes, code) => {
    const { ports, context } = setUp();
    await register(ports, '1.0.0', registered);
    await expect(deployModel.handler(inputOf('1.0.0', changes), context)).rejects.toMatchObject({ code });
    expect(ports.endpoints.applied).toEqual([]);
  });

  test('refuses an unknown version', async () => {
    const { context } = setUp();
    await expect(deployModel.handler(inputOf('3.0.0'), context)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the reading tools', () => {
  test('describe, list and ask an endpoint', async () => {
    const { ports, context } = setUp();
    await register(ports, '1.0.0');
    await deployModel.handler(inputOf('1.0.0'), context);
    const described = describeEndpoint.output.parse(
      await describeEndpoint.handler({ endpoint_name: endpointName }, context),
    );
    expect(described).toMatchObject({ endpoint_status: 'InService', traffic_distribution: { 'v1.0.0': 100 } });
    expect(await listEndpoints.handler({}, context)).toEqual({ endpoints: [described] });
    const input = invokeEndpoint.input.parse({ endpoint_name: endpointName, body: '{}' });
    expect(invokeEndpoint.output.parse(await invokeEndpoint.handler(input, context))).toMatchObject({
      status_code: 200,
    });
    const unknown = invokeEndpoint.input.parse({ endpoint_name: 'nothing', body: '{}' });
    await expect(invokeEndpoint.handler(unknown, context)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('curlLine', () => {
  test('is safe against quotes in a category', () => {
    const health_check = { status_code: 200, latency_ms: 1, request: `{"plan":"it's $(rm)"}`, response: '' };
    const line = curlLine({ invocation_url: 'http://127.0.0.1:7070/x', health_check });
    expect(line).toContain(String.raw`-d '{"plan":"it'\''s $(rm)"}'`);
  });
});

describe('promote_model', () => {
  const promoted = {
    run: runOf('Succeeded'),
    model_name: 'churn',
    issue_number: 7,
    language: 'en' as const,
  };
  const approval = { by: 'ken', at: '2026-11-21T12:00:00Z', comment_id: '3' };

  /** The version serves staging. */
  async function staged(given: ReturnType<typeof setUp>, version: string, changes: { trainingId?: string } = {}) {
    await register(given.ports, version, changes);
    await recordInService(given.ports, { modelName: 'churn', version, endpointName, deployTo: 'staging' });
    const key = promotionKey(changes.trainingId ?? run.training_id);
    await given.ports.effects.complete({ key, result: approval });
  }

  test('puts the package of staging into production, asks it once, and records it', async () => {
    const given = setUp();
    await staged(given, '1.0.0');
    const answer = promoteModel.output.parse(await promoteModel.handler(promoted, given.context));
    expect(answer).toMatchObject({
      endpoint_name: 'churn-production',
      version: '1.0.0',
      previous_version: null,
      changed: true,
    });
    expect(given.state.asked).toBe(1);
    const version = await given.ports.registry.getVersion({ modelName: 'churn', version: '1.0.0' });
    expect(version).toMatchObject({ stage: 'Production', aliases: ['Staging', 'Production'] });
    expect(JSON.parse(given.ports.objects.text('models/churn/1.0.0/deployment_log.json'))).toMatchObject({
      entries: [{ deploy_to: 'production', requested_by: 'ken', endpoint_name: 'churn-production' }],
    });
    const page = await given.ports.history.readFile({ path: `training_history/${run.training_id}-promotion.md` });
    expect(page).toMatch(/# Promotion to production[^]*1\.0\.0[^]*Approved by: ken/);
    expect(await promoteModel.handler(promoted, given.context)).toMatchObject({ changed: false, version: '1.0.0' });
    expect(given.state.asked).toBe(1);
  });

  test('names the version that gave way, which goes on in staging', async () => {
    const given = setUp();
    await staged(given, '1.0.0', { trainingId: 'train-before1' });
    await promoteModel.handler({ ...promoted, run: runOf('Succeeded', 'train-before1') }, given.context);
    await staged(given, '1.1.0');
    expect(await given.ports.registry.getVersion({ modelName: 'churn', version: '1.0.0' })).toMatchObject({
      stage: 'Production',
    });
    expect(await promoteModel.handler(promoted, given.context)).toMatchObject({ previous_version: '1.0.0' });
    const document = given.ports.objects.text('models/churn/1.1.0/deployment.md');
    expect(document).toContain('npx dandori rollback churn-production');
    expect(await given.ports.registry.getVersion({ modelName: 'churn', version: '1.0.0' })).toMatchObject({
      stage: 'Archived',
    });
  });

  test('takes a version back that answers wrongly', async () => {
    const given = setUp();
    await staged(given, '1.0.0');
    given.state.answer = { statusCode: 500, body: 'no' };
    await expect(promoteModel.handler(promoted, given.context)).rejects.toThrow(/does not answer with churn 1\.0\.0/);
    expect(given.state.deleted).toEqual(['churn-production']);
    expect(await given.ports.registry.getVersion({ modelName: 'churn', version: '1.0.0' })).toMatchObject({
      aliases: ['Staging'],
    });
  });

  test('refuses a run whose version does not serve staging, and a rejected version', async () => {
    const given = setUp();
    await expect(promoteModel.handler(promoted, given.context)).rejects.toThrow(/Nobody has approved/);
    await given.ports.effects.complete({ key: promotionKey(run.training_id), result: approval });
    await expect(promoteModel.handler(promoted, given.context)).rejects.toThrow(/nothing serves there/);
    await staged(given, '1.0.0', { trainingId: 'train-other01' });
    await expect(promoteModel.handler(promoted, given.context)).rejects.toThrow(/version 1\.0\.0 of train-other01/);
    await staged(given, '1.1.0');
    await given.ports.registry.setApprovalStatus({ modelName: 'churn', version: '1.1.0', status: 'Rejected' });
    await expect(promoteModel.handler(promoted, given.context)).rejects.toThrow(/Rejected/);
  });
});
