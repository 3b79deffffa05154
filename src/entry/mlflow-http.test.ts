import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allTools } from '../capabilities/index.js';
import { App } from './app.js';
import { listenForMcp, type McpListener, toolServers } from './mcp-http.js';
import { freshFolder, quietLog, testConfig } from './testing/state-dir.js';

const token = 'secret-of-this-test';
const folder = freshFolder();
let app: App;
let listener: McpListener;
let origin: string;

const parent = 'train-abcdef_TrainModel_1_0';
const child = `${parent}_random_forest`;
const modelKey = 'trainings/train-abcdef/1/0/model/model.onnx';

beforeAll(async () => {
  app = new App(testConfig(folder.path), quietLog);
  const { experiments, objects } = app.ports;
  await objects.put({ key: modelKey, body: 'graph' });
  const tags = { training_id: 'train-abcdef', visit: '1', attempt: '0' };
  await experiments.createRun({ runId: parent, experiment: 'churn', runName: 'train', tags });
  await experiments.logBatch({
    runId: parent,
    params: { seed: '42' },
    metrics: [0.5, 0.7].map((value, step) => ({ key: 'f1_score', value, timestamp: 1000 + step, step })),
    artifacts: [modelKey],
  });
  await experiments.endRun({ runId: parent, status: 'FINISHED' });
  const childTags = { 'mlflow.parentRunId': parent };
  await experiments.createRun({ runId: child, experiment: 'churn', runName: 'random_forest', tags: childTags });
  await experiments.createRun({ runId: 'other', experiment: 'penguins', runName: 'other', tags: {} });
  listener = await listenForMcp({
    servers: toolServers(allTools, app.environment),
    port: 0,
    token,
    ports: app.ports,
  });
  origin = new URL(listener.url).origin;
});
afterAll(async () => {
  await listener.close();
  await app.close();
  folder.remove();
});

interface Answer {
  status: number;
  body: unknown;
}

async function call(method: string, path: string, body?: unknown, authorization = `Bearer ${token}`): Promise<Answer> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const get = (path: string): Promise<Answer> => call('GET', `/api/2.0/mlflow/${path}`);
const post = (path: string, body: unknown): Promise<Answer> => call('POST', `/api/2.0/mlflow/${path}`, body);

const experiment = {
  experiment_id: 'churn',
  name: 'churn',
  artifact_location: 'mlflow-artifacts:/',
  lifecycle_stage: 'active',
  creation_time: expect.any(Number),
  last_update_time: expect.any(Number),
  tags: [],
};

const run = {
  info: {
    run_id: parent,
    run_uuid: parent,
    run_name: 'train',
    experiment_id: 'churn',
    user_id: '',
    status: 'FINISHED',
    start_time: expect.any(Number),
    end_time: expect.any(Number),
    artifact_uri: `mlflow-artifacts:/${parent}`,
    lifecycle_stage: 'active',
  },
  data: {
    metrics: [{ key: 'f1_score', value: 0.7, timestamp: 1001, step: 1 }],
    params: [{ key: 'seed', value: '42' }],
    tags: expect.arrayContaining([{ key: 'training_id', value: 'train-abcdef' }]),
  },
  inputs: {},
};

describe("what MLflow's clients read", () => {
  it.each([
    ['by id', 'experiments/get?experiment_id=churn'],
    ['by name', 'experiments/get-by-name?experiment_name=churn'],
  ])('is an experiment %s', async (_how, path) => {
    expect(await get(path)).toEqual({ status: 200, body: { experiment } });
  });

  it.each([
    ['POST', '/api/2.0/mlflow/experiments/search', { filter: "name LIKE 'ch%'", max_results: 10 }],
    ['GET', '/api/2.0/mlflow/experiments/search?filter=name%3D%27churn%27', undefined],
    ['POST', '/ajax-api/2.0/mlflow/experiments/search', { filter: "attribute.name = 'churn'" }],
  ])('is a list of experiments: %s %s', async (method, path, body) => {
    expect(await call(method, path, body)).toEqual({ status: 200, body: { experiments: [experiment] } });
  });

  it.each(['run_id', 'run_uuid'])('is a run by its %s', async (name) => {
    expect(await get(`runs/get?${name}=${parent}`)).toEqual({ status: 200, body: { run } });
  });

  it('is a list of runs, filtered and sorted', async () => {
    const search = { experiment_ids: ['churn'], filter: 'metrics.f1_score > 0.6', order_by: ['metrics.f1_score DESC'] };
    expect(await post('runs/search', search)).toEqual({ status: 200, body: { runs: [run] } });
  });

  it('is a list of runs page by page', async () => {
    const search = { experiment_ids: ['churn', 'penguins'], order_by: ['attributes.run_id'], max_results: 2 };
    const ids = (answer: Answer): unknown => answer.body;
    const first = await post('runs/search', search);
    expect(ids(first)).toMatchObject({
      runs: [{ info: { run_id: 'other' } }, { info: { run_id: parent } }],
      next_page_token: '2',
    });
    const second = await post('runs/search', { ...search, page_token: '2' });
    expect(second.body).toEqual({
      runs: [expect.objectContaining({ info: expect.objectContaining({ run_id: child }) })],
    });
  });

  it.each([
    ['no experiment', {}],
    ['an unknown experiment', { experiment_ids: ['none'] }],
    ['deleted runs', { experiment_ids: ['churn'], run_view_type: 'DELETED_ONLY' }],
  ])('is an empty list for %s', async (_what, search) => {
    expect(await post('runs/search', search)).toEqual({ status: 200, body: { runs: [] } });
  });

  it('is no model of MLflow beside the artefacts', async () => {
    expect(await post('logged-models/search', { experiment_ids: ['churn'] })).toEqual({
      status: 200,
      body: { models: [] },
    });
  });

  it('is the history of a metric', async () => {
    expect(await get(`metrics/get-history?run_id=${parent}&metric_key=f1_score`)).toEqual({
      status: 200,
      body: {
        metrics: [
          { key: 'f1_score', value: 0.5, timestamp: 1000, step: 0 },
          { key: 'f1_score', value: 0.7, timestamp: 1001, step: 1 },
        ],
      },
    });
  });

  it('is the tree of artefacts', async () => {
    const rootUri = `mlflow-artifacts:/${parent}`;
    expect(await get(`artifacts/list?run_id=${parent}`)).toEqual({
      status: 200,
      body: { root_uri: rootUri, files: [{ path: 'model', is_dir: true }] },
    });
    expect((await get(`artifacts/list?run_id=${parent}&path=model`)).body).toEqual({
      root_uri: rootUri,
      files: [{ path: 'model/model.onnx', is_dir: false, file_size: 5 }],
    });
    expect((await call('GET', `/api/2.0/mlflow-artifacts/artifacts?path=${parent}/model`)).body).toEqual({
      files: [{ path: 'model.onnx', is_dir: false, file_size: 5 }],
    });
  });

  it('is the file of an artefact', async () => {
    const url = `${origin}/api/2.0/mlflow-artifacts/artifacts/${parent}/model/model.onnx`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(await response.text()).toBe('graph');
  });
});

describe("what MLflow's clients may not", () => {
  const invalid = 'INVALID_PARAMETER_VALUE';
  const absent = 'RESOURCE_DOES_NOT_EXIST';
  it.each<[string, string, string, unknown, number, string]>([
    ['an unknown experiment', 'GET', 'mlflow/experiments/get?experiment_id=0', undefined, 404, absent],
    ['an unknown run', 'GET', 'mlflow/runs/get?run_id=none', undefined, 404, absent],
    ['no run', 'GET', 'mlflow/runs/get', undefined, 400, invalid],
    ['a filter of its own', 'POST', 'mlflow/runs/search', { filter: 'x ~ 1' }, 400, invalid],
    ['too many results', 'POST', 'mlflow/runs/search', { max_results: 50_001 }, 400, invalid],
    ['no JSON', 'POST', 'mlflow/runs/search', '{', 400, invalid],
    ['a long body', 'POST', 'mlflow/runs/search', `"${'x'.repeat(2 ** 20)}"`, 400, invalid],
    ['to write', 'POST', 'mlflow/runs/create', {}, 404, 'ENDPOINT_NOT_FOUND'],
    ['a foreign file', 'GET', `mlflow-artifacts/artifacts/${parent}/..%2Fdandori.db`, undefined, 404, absent],
    ['a broken path', 'GET', `mlflow-artifacts/artifacts/${parent}/%`, undefined, 400, invalid],
  ])('ask for: %s', async (_what, method, path, body, status, code) => {
    expect(await call(method, `/api/2.0/${path}`, body)).toEqual({
      status,
      body: { error_code: code, message: expect.stringMatching(/./) },
    });
  });

  it('read without the token', async () => {
    const path = '/api/2.0/mlflow/experiments/search';
    expect(await call('POST', path, {}, 'Bearer wrong')).toEqual({
      status: 401,
      body: { error_code: 'UNAUTHENTICATED', message: expect.stringMatching(/access-token/) },
    });
  });
});
