import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flatsCsv, loansCsv, requestBody } from './rows.js';
import { isOnGitHub, startWorld, type StoryWorld } from './start-world.js';
import { owner } from './world.js';

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('versions');
});
afterAll(() => world.stop());

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const endpoint = 'loans-staging';
const row = { income: 80, debt: 10, colour: 'red', luck: 0.3 };

/** Asks the endpoint without a pause until it is told to stop; answers every status and version that came back. */
function lightLoad(callers: number): () => Promise<{ statuses: Set<number>; versions: Set<unknown>; count: number }> {
  const stop = new AbortController();
  const seen = { statuses: new Set<number>(), versions: new Set<unknown>(), count: 0 };
  const call = async () => {
    while (!stop.signal.aborted) {
      const { status, body } = await world.predict(endpoint, row);
      seen.statuses.add(status);
      seen.versions.add(body['model_version']);
      seen.count += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const calls = Array.from({ length: callers }, call);
  return async () => {
    stop.abort();
    await Promise.all(calls);
    return seen;
  };
}

describe('from a request to a version in service, and back', () => {
  it('shows a proposal, runs it when it is approved and puts the model into service', async () => {
    const issue = await world.ask();
    const { question, training_id: id } = await world.waiting(issue);
    await world.labelled(issue, ['mlops:train', 'mlops:waiting']);
    expect(await world.heard(issue, /Workflow optimization proposal/)).toContain(question?.plan_hash);
    await world.people.comment(issue, `/approve ${question?.plan_hash?.slice(0, 12)}`, owner);
    const run = await world.inService(issue);

    expect(run).toMatchObject({ training_id: id, status: 'in_service', version: '1.0.0', model_name: 'loans' });
    await world.labelled(issue, ['mlops:train', 'mlops:deployed']);
    expect(await world.list()).toMatchObject([{ training_id: id, issue_number: issue, status: 'in_service' }]);
    const result = await world.lastSaid(issue);
    expect(result).toMatch(/loans 1\.0\.0 is in service/);
    expect(result).toContain('It is the first version of this model.');
    expect(result).toMatch(/`f1_score` \| 0\.\d+ \| >= 0\.7 \| ✅ pass/);
    expect(await world.heard(issue, /Approved by `owner`/)).toContain('runs.');
    expect(result).toMatch(/Training job: local · .+ · no price set/);
    // A link where the record has a page, else how it is shown.
    const shown = isOnGitHub
      ? /History: \[`[0-9a-f]{12}`\]\(<http/
      : /History: `[0-9a-f]{12}` \(`git -C '.+' show [0-9a-f]{12}`\)/;
    expect(result).toMatch(shown);
    const record = await world.record(`training_history/${id}.md`);
    expect(record).toContain('1.0.0');
    expect(record).toMatch(new RegExp(`Issue: \\[?#${issue} `));
    expect(record).toContain((await world.people.issue(issue)).url);
    expect(record).toMatch(/Training job: local · .+ · no price set/);

    const { status, body } = await world.predict(endpoint, row);
    expect(status).toBe(200);
    expect(body).toMatchObject({ model_version: '1.0.0', predictions: [{ label: 'yes' }] });
  });

  it.skipIf(!hasCurl)('runs the curl line of the result comment as it stands, in a shell (needs curl)', async () => {
    const [, curl = ''] = /```sh\n(curl [^\n]+)/.exec(await world.lastSaid(1)) ?? [];
    const { stdout } = await promisify(execFile)('sh', ['-c', curl], { timeout: 30_000 });
    expect(JSON.parse(stdout)).toMatchObject({ model_version: '1.0.0', predictions: [{ label: expect.any(String) }] });
  });

  it('says where the run is on /status, and answers /retry and /approve when nothing waits', async () => {
    await world.people.comment(1, '/status', owner);
    expect(await world.heard(1, /is \*\*in_service\*\*/)).toContain('train-');
    await world.people.comment(1, '/approve', owner);
    await world.heard(1, /Nothing waits for an approval here/);
    await world.people.comment(1, '/retry\n```yaml\nadjusted_hyperparameters: {C: 1}\n```', owner);
    await world.heard(1, /Nothing waits for a retry here/);
    await world.people.comment(1, '/cancel', owner);
    await world.heard(1, /nothing to cancel/);
  });

  it('makes the next version with a comparison, and drops no request while it takes over', async () => {
    world.write('loans.csv', loansCsv({ seed: 8, rows: 360 }));
    const issue = await world.askApproved({ seed: 1 });
    const stopLoad = lightLoad(3);
    const run = await world.inService(issue);
    await expect
      .poll(async () => (await world.predict(endpoint, row)).body['model_version'], { timeout: 20_000 })
      .toBe(run.version);
    const seen = await stopLoad();

    expect(run.version).not.toBe('1.0.0');
    expect([...seen.statuses]).toEqual([200]);
    expect(seen.versions).toEqual(new Set(['1.0.0', run.version]));
    expect(seen.count).toBeGreaterThan(20);
    const result = await world.lastSaid(issue);
    expect(result).toContain('Compared with the version before');
    expect(result).toMatch(/It replaced version 1\.0\.0/);
    await world.heard(1, /🔁 replaced[^]*was replaced by .* of #2/);
    await world.labelled(1, ['mlops:train', 'mlops:replaced']);
  });

  it('goes back a version in one command, and refuses to go back behind the first', async () => {
    await world.people.comment(2, '/rollback', owner);
    expect(await world.heard(2, /Rolled back\./)).toContain('to 1.0.0');
    expect((await world.predict(endpoint, row)).body).toMatchObject({ model_version: '1.0.0' });
    const [rolledBack] = await world.list();
    expect((await world.list()).map(({ status }) => status)).toEqual(['failed', 'in_service']);
    const page = `${rolledBack?.training_id}-rollback-staging.md`;
    expect(await world.record(`training_history/${page}`)).toMatch(
      /Version put back into service: 1\.0\.0[^]*Requested by: owner/,
    );
    await world.labelled(2, ['mlops:train', 'mlops:rolled-back']);
    await world.heard(2, /↩️ rolled back[^]*was rolled back to 1\.0\.0 by `owner`/);
    await world.heard(1, /✅ in service/);
    await world.labelled(1, ['mlops:train', 'mlops:deployed']);
    await world.people.comment(2, '/rollback', owner);
    await world.heard(2, /No model of this issue is in service/);
    await world.people.comment(1, '/rollback', owner);
    const refusal = await world.heard(1, /That did not work: There is no version to go back to/);
    expect(refusal).toContain('version 1.0.0 goes on serving');
    expect((await world.predict(endpoint, row)).body).toMatchObject({ model_version: '1.0.0' });
  });

  it('promotes the version of staging to production at the word of a second person', async () => {
    await world.people.comment(1, '/promote', owner);
    await world.heard(1, /This is not counted as an approval/);
    await world.people.allow('reviewer', 'write');
    await world.people.comment(1, '/promote', 'reviewer');
    expect(await world.heard(1, /Promoted\./)).toContain('`loans-production` serves version 1.0.0');
    const { status, body } = await world.predict('loans-production', row);
    expect([status, body['model_version']]).toEqual([200, '1.0.0']);
    expect((await world.predict(endpoint, row)).body).toMatchObject({ model_version: '1.0.0' });
    await world.people.comment(1, '/rollback production', owner);
    await world.heard(1, /no version to go back to from loans 1\.0\.0 on loans-production/);
  });

  it('trains a regression and predicts a number', async () => {
    world.write('flats.csv', flatsCsv());
    const body = requestBody({
      learning_type: 'supervised',
      task_type: 'regression',
      algorithm: ['linear_regression', 'random_forest'],
      hyperparameters: { random_forest: { n_estimators: 10 } },
      data_source: { path: 'flats.csv' },
      target: 'rent',
      evaluation_threshold: [
        { metric: 'r2', min: 0.9 },
        { metric: 'mae', max: 60 },
      ],
      model_name: 'flats',
      cv_folds: 2,
      workflow_optimization: { auto_approve: true },
    });
    const issue = await world.people.open({ title: 'Flats', body, by: owner });
    await world.inService(issue);
    const answer = await world.predict('flats-staging', { area: 50, rooms: 2, town: 'Kobe' });
    expect(answer.status).toBe(200);
    const [first] = answer.body['predictions'] as { value: number }[];
    expect(first?.value).toBeGreaterThan(600);
    expect(first?.value).toBeLessThan(800);
  });

  it('speaks Japanese when the request asks for it', async () => {
    const issue = await world.ask({ language: 'ja', model_name: 'loans-ja' });
    await world.waiting(issue);
    expect(await world.heard(issue, /## ワークフロー最適化提案/)).toContain('`/approve`');
    await world.people.comment(issue, '/approve', owner);
    const run = await world.inService(issue);
    await world.heard(issue, /`owner` が承認しました/);
    expect(await world.lastSaid(issue)).toMatch(/閾値/);
    expect(await world.record(`training_history/${run.training_id}.md`)).toMatch(/[ぁ-ん]/);
  });
});
