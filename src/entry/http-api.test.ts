import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../db.js';
import type { HealthAnswer } from './api-types.js';
import { App } from './app.js';
import { createHttpApi } from './http-api.js';
import { freshFolder, quietLog, testConfig } from './testing/state-dir.js';

const health: HealthAnswer = { status: 'ok', version: '1', pid: 1, active: false, serving_url: null, mcp_url: null };
const folder = freshFolder();
let app: App;
let api: FastifyInstance;

beforeAll(() => {
  app = new App(testConfig(folder.path), quietLog);
  api = createHttpApi(app, () => health);
});
afterAll(async () => {
  await api.close();
  await app.close();
  folder.remove();
});

async function ask(
  method: 'GET' | 'POST',
  url: string,
  body?: unknown,
  as: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
  const headers = { 'content-type': 'application/json', ...as };
  const answer = await api.inject({ method, url, headers, ...payload });
  return { status: answer.statusCode, body: answer.json() };
}

const submission = { title: 'A request', body: 'target: x', base_dir: null, yes: false };

describe('the routes of the command line', () => {
  it('tell that the server is well', async () => {
    expect(await ask('GET', '/api/health')).toEqual({ status: 200, body: health });
  });

  it('take a request, show it and take a comment on it', async () => {
    const made = await ask('POST', '/api/requests', { ...submission, base_dir: folder.path, yes: true });
    expect(made).toEqual({ status: 200, body: { issue_number: 1, url: expect.any(String) } });
    expect(await ask('POST', '/api/issues/1/comments', { body: '/status' })).toMatchObject({
      status: 200,
      body: { replies: [] },
    });
    expect(await ask('GET', '/api/issues/1')).toMatchObject({
      status: 200,
      body: {
        issue: { title: 'A request', author: 'owner', labels: ['mlops:train'] },
        comments: [{ body: '/status', author: 'owner', bySelf: false }],
        runs: [],
      },
    });
    expect(await ask('GET', '/api/runs?open=true')).toEqual({ status: 200, body: [] });
    expect(await ask('GET', '/api/idle')).toEqual({ status: 200, body: { idle: true } });
  });

  it('show a run that is recorded and not started yet', async () => {
    const run = { trainingId: 'train-20260131-093000-9', issueNumber: 9, modelName: 'm', requestedBy: 'owner' };
    await app.runs.add({ ...run, createdAt: '2026-01-31T09:30:00.000Z', status: 'running', eventId: 'e-9' });
    expect(await ask('GET', `/api/runs/${run.trainingId}/graph`)).toMatchObject({
      status: 200,
      body: { training_id: run.trainingId, status: 'running', current_state: null, states: [], error: null },
    });
  });

  it('edit an issue, and give a comment its 👍', async () => {
    const body = 'target: y';
    expect(await ask('POST', '/api/issues/1/edit', { body, base_dir: folder.path })).toEqual({
      status: 200,
      body: { comment_id: null, replies: [] },
    });
    const { id = '' } = (await app.ports.issues.listComments({ issueNumber: 1 }))[0] ?? {};
    expect(await ask('POST', '/api/issues/1/reactions', { comment_id: id })).toMatchObject({ status: 200 });
    expect(await ask('GET', '/api/issues/1')).toMatchObject({
      body: { issue: { body }, comments: [{ reactions: [{ content: '+1', user: 'owner' }] }] },
    });
    const events = await app.ports.issues.listEvents({ cursor: null });
    expect(events.map(({ kind, actor }) => `${kind} by ${actor}`)).toEqual([
      'issue_opened by owner',
      'issue_labeled by owner',
      'comment_created by owner',
      'issue_edited by owner',
      'reaction_added by owner',
    ]);
  });

  it('act under the name that the command gives, with the permission that it has', async () => {
    const as = (name: string) => ({ 'x-dandori-user': encodeURIComponent(name) });
    const { issues } = app.ports;
    await ask('POST', '/api/requests', submission, as('aya'));
    await ask('POST', '/api/issues/2/comments', { body: 'Fine.' }, as('花子'));
    expect((await issues.getIssue({ number: 2 })).author).toBe('aya');
    expect((await issues.listComments({ issueNumber: 2 })).map(({ author }) => author)).toEqual(['花子']);
    expect(await issues.getPermission({ user: '花子' })).toBe('write');
    expect(await issues.getPermission({ user: 'mallory' })).toBe('none');
    const events = (await issues.listEvents({ cursor: null })).slice(-3);
    expect(events.map(({ actor }) => actor)).toEqual(['aya', 'aya', '花子']);
    expect(await ask('POST', '/api/issues/2/comments', { body: 'x' }, as('two words'))).toMatchObject({ status: 400 });
    const unreadable = await ask('POST', '/api/issues/2/comments', { body: 'x' }, { 'x-dandori-user': '%' });
    expect(unreadable).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } });
  });

  it.each<['GET' | 'POST', string, unknown, number, string]>([
    ['GET', '/api/runs/train-nobody', undefined, 404, 'not_found'],
    ['GET', '/api/runs/train-nobody/history', undefined, 404, 'not_found'],
    ['GET', '/api/runs/train-nobody/graph', undefined, 404, 'not_found'],
    ['POST', '/api/runs/train-nobody/rerun', { from: null }, 404, 'not_found'],
    ['POST', '/api/runs/train-nobody/rerun', { from: 7 }, 400, 'invalid_input'],
    ['GET', '/api/runs/train-nobody/log?phase=training', undefined, 404, 'not_found'],
    ['POST', '/api/runs/train-nobody/reproduce', { attempt: '1' }, 404, 'not_found'],
    ['POST', '/api/runs/train-nobody/reproduce', { attempt: '../x' }, 400, 'invalid_input'],
    ['GET', '/api/issues/99', undefined, 404, 'not_found'],
    ['GET', '/api/issues/zero', undefined, 400, 'invalid_input'],
    ['GET', '/api/runs?limit=0', undefined, 400, 'invalid_input'],
    ['POST', '/api/issues/1/comments', { body: '' }, 400, 'invalid_input'],
    ['POST', '/api/issues/1/comments', { body: 'x'.repeat(70_000) }, 400, 'invalid_input'],
    ['POST', '/api/issues/99/edit', { body: 'x', base_dir: null }, 404, 'not_found'],
    ['POST', '/api/issues/1/edit', { body: 7, base_dir: null }, 400, 'invalid_input'],
    ['POST', '/api/issues/1/reactions', { comment_id: '99' }, 404, 'not_found'],
    ['POST', '/api/issues/1/reactions', { comment_id: 'x' }, 400, 'invalid_input'],
    ['POST', '/api/requests', { ...submission, title: '' }, 400, 'invalid_input'],
    ['POST', '/api/tools/no_such_tool', {}, 404, 'not_found'],
    ['POST', '/api/tools/train_reinforcement', {}, 501, 'not_yet'],
    ['POST', '/api/tools/list_datasets', { dataset_id: '../etc' }, 400, 'invalid_input'],
    ['POST', '/api/tools/load_dataset', { dataset_id: 'x', path: '/nowhere/x.csv' }, 404, 'not_found'],
    ['POST', '/api/tools/deploy_model', {}, 400, 'invalid_input'],
  ])('%s %s with %j is refused', async (method, url, body, status, code) => {
    expect(await ask(method, url, body)).toMatchObject({ status, body: { error: { code } } });
  });

  it('refuse a body that is no JSON', async () => {
    const answer = await api.inject({
      method: 'POST',
      url: '/api/requests',
      headers: { 'content-type': 'application/json' },
      payload: '{',
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toHaveProperty('error.message');
  });

  it('list the tools and run one that reads', async () => {
    expect((await ask('GET', '/api/tools')).body).toContain('list_datasets');
    expect(await ask('POST', '/api/tools/list_datasets', {})).toEqual({
      status: 200,
      body: { datasets: [], versions: null },
    });
  });

  it('answer no secret that came in by another way than ours, and JSON all the same', async () => {
    const secret = `ghp_${'x'.repeat(36)}`;
    const body = `-----BEGIN RSA PRIVATE KEY-----\n${'A'.repeat(60)} and no end, ${secret}`;
    const { number } = await app.ports.issues.createIssue({ title: 'Talk', body: 'x', labels: [], author: 'owner' });
    const db = openDatabase(join(folder.path, 'dandori.db'));
    db.run('UPDATE issues SET title = ?, body = ? WHERE number = ?', secret, body, number);
    db.close();
    const { status, body: answer } = await ask('GET', `/api/issues/${number}`);
    expect({ status, answer }).toMatchObject({
      status: 200,
      answer: { issue: { title: '[redacted]', body: '[redacted]' }, comments: [], runs: [] },
    });
    const refused = await ask('GET', `/api/runs/${secret}`);
    expect(refused).toMatchObject({ status: 404, body: { error: { message: expect.stringContaining('[redacted]') } } });
  });
});

describe('a tool with an effect', () => {
  const run = { training_id: 'train-20260131-093000-1', state: 'WriteHistory', visit: 1, attempt: 0 };

  it('is refused for a run that does not exist', async () => {
    const body = { run, issue_number: 1, effect: 'x', body: 'Deployed!' };
    expect(await ask('POST', '/api/tools/create_issue_comment', body)).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
    expect(await app.ports.issues.listComments({ issueNumber: 1 })).toHaveLength(1);
  });
});
