import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db.js';
import type { AuditLine } from '../../src/entry/api-types.js';
import { createEmbeddedEngine, type EmbeddedEngine } from '../../src/workflow/engine/durable/embedded-engine.js';
import { GitHubWorld } from '../journeys/github-world.js';
import '../journeys/story-time.js';
import { eventually, owner } from '../journeys/world.js';
import { quiet } from './journal.js';

let world: GitHubWorld;
beforeAll(async () => {
  world = await GitHubWorld.start('attacks-load', { limits: false, maxOpenRuns: 2, maxOpenRunsPerAuthor: 1 });
  await world.people.allow('alice', 'write');
  await world.people.allow('ken', 'write');
  await world.people.allow('mia', 'write');
});
afterAll(() => world.stop());

describe('12. one who asks for too much', () => {
  it('has as many open runs as are allowed, and hears what to do; others have their share', async () => {
    const started = (issue: number) => eventually('the run to start', () => world.run(issue));
    const first = await world.ask({ model_name: 'first' }, 'alice');
    await started(first);
    const second = await world.ask({ model_name: 'second' }, 'alice');
    await world.heard(second, /Nothing was started: at most 1 open run of one person/);
    expect(await world.run(second)).toBeNull();
    const other = await world.ask({ model_name: 'other' }, 'ken');
    await started(other);
    const last = await world.ask({ model_name: 'last' }, 'mia');
    await world.heard(last, /Nothing was started: at most 2 open runs are allowed/);

    await world.people.comment(first, '/cancel', 'alice');
    await world.ended(first);
    // GitHub names no event of a label: the same label within two seconds is one happening.
    const { createdAt } = await world.people.issue(second);
    await expect.poll(() => Date.now() - Date.parse(createdAt), { timeout: 20_000 }).toBeGreaterThan(4_000);
    world.fake.asUser('alice').removeLabel(second, 'mlops:train');
    world.fake.asUser('alice').addLabel(second, 'mlops:train');
    await world.waiting(second);
    const audit = await world.api.get<AuditLine[]>(`/api/audit?issue=${second}`);
    expect(audit).toMatchObject([
      { by: 'alice', action: 'submit', outcome: 'refused', detail: expect.stringMatching(/1 open run of one person/) },
      { by: 'alice', action: 'submit', outcome: 'done' },
    ]);
    for (const issue of [second, other]) {
      await world.people.comment(issue, '/cancel', owner);
      await world.ended(issue);
    }
  });

  it('gets one answer to a storm of comments: whoever waits for another one is not held up', async () => {
    const issue = await world.people.open({ title: 'Talk', body: 'Let us talk.', by: 'stranger' });
    const storm = 40;
    await quiet(world);
    const before = world.fake.writesAtMs.length;
    for (let count = 0; count < storm; count += 1) await world.people.comment(issue, '/approve', 'stranger');
    await world.heard(issue, /`stranger` may not \/approve here/);
    await world.people.comment(issue, '/status', owner);
    await world.heard(issue, /This issue has no run/);
    const answers = (await world.said(issue)).filter((text) => /may not \/approve/.test(text));
    expect(answers).toHaveLength(1);
    // The first answer, that of the refused request, and that to the owner; GitHub allows 80 a minute.
    expect(world.fake.writesAtMs.length - before).toBeLessThanOrEqual(10);
    const audit = await world.api.get<AuditLine[]>(`/api/audit?issue=${issue}&by=stranger`);
    expect(audit.filter(({ action, outcome }) => action === 'approve' && outcome === 'refused')).toHaveLength(storm);
  });
});

describe('12. a state machine that asks for too much', () => {
  const opened: (() => void)[] = [];
  afterAll(() => opened.forEach((close) => close()));
  function engineOf(definition: Record<string, unknown>): EmbeddedEngine {
    const db = openDatabase(':memory:');
    const engine = createEmbeddedEngine({ db, definition, stateMachineName: 'attack' });
    opened.push(() => {
      engine.close();
      db.close();
    });
    return engine;
  }

  it('gets no input or output of more than 256 KB, and so no map of a million items', async () => {
    const pass = { StartAt: 'Each', States: { Each: { Type: 'Pass' } } };
    const items = { StartAt: 'Each', States: { Each: { Type: 'Map', ItemProcessor: pass, End: true } } };
    Object.assign(pass.States.Each, { End: true });
    const engine = engineOf(items);
    const million = Array.from({ length: 1_000_000 }, (_, at) => at);
    await expect(engine.startExecution({ name: 'a', input: million })).rejects.toMatchObject({
      code: 'limit_exceeded',
      details: { data: { name: 'States.DataLimitExceeded' } },
    });
    const before = process.memoryUsage.rss();
    await engine.startExecution({ name: 'b', input: Array.from({ length: 100_000 }, () => 1) });
    engine.start();
    await expect
      .poll(async () => (await engine.describeExecution({ name: 'b' })).status, { timeout: 45_000, interval: 100 })
      .not.toBe('RUNNING');
    const { status, error } = await engine.describeExecution({ name: 'b' });
    // 25,000 events are the end of any history.
    expect([status, error]).toEqual(['FAILED', 'States.Runtime']);
    expect((await engine.getExecutionHistory({ name: 'b' })).length).toBeLessThanOrEqual(25_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(500 * 2 ** 20);
  });
});

describe('and a worker that answers too late', () => {
  it('changes nothing: the task is over', async () => {
    const { app } = world.server;
    const issue = await world.ask({ model_name: 'late' }, 'mia');
    const { training_id: trainingId } = await world.waiting(issue);
    const [task] = await app.ledger.list({ trainingId });
    const taskToken = task?.taskToken ?? '';
    await world.people.comment(issue, '/cancel', owner);
    await world.ended(issue);
    const events = (await app.ports.engine.getExecutionHistory({ name: trainingId })).length;
    await expect(
      app.ports.engine.sendTaskSuccess({ taskToken, output: { decision: 'approved' } }),
    ).rejects.toMatchObject({
      code: 'wrong_state',
      details: { data: { name: 'TaskTimedOut' } },
    });
    await expect(app.ports.engine.sendTaskSuccess({ taskToken: 'guess', output: {} })).rejects.toMatchObject({
      details: { data: { name: 'InvalidToken' } },
    });
    expect((await app.ports.engine.getExecutionHistory({ name: trainingId })).length).toBe(events);
    // No comment and no entry of the audit log shows a token.
    expect(JSON.stringify(await world.api.get('/api/audit'))).not.toContain(taskToken);
    expect(
      world.fake
        .commentsOf(issue)
        .map(({ body }) => body)
        .join(),
    ).not.toContain(taskToken);
  });
});

describe('and a page that was rebound to this machine', () => {
  it.each([{ host: 'evil.example' }, { origin: 'https://evil.example' }])('reaches no tool, by %o', async (header) => {
    const token = readFileSync(join(world.folders.stateDir, 'access-token'), 'utf8').trim();
    const url = new URL(world.server.health().mcp_url ?? '');
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...header };
    const status = await new Promise<number>((resolve, reject) => {
      const call = request({ port: url.port, path: '/mcp', method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      call.on('error', reject);
      call.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }));
    });
    expect(status).toBe(403);
  });
});
