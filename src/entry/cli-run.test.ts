import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loansFields } from '../request/testing/loans.js';
import type { RunLine } from './api-types.js';
import { main } from './cli.js';
import { type RunningServer, startServer } from './server.js';
import { start } from './start.js';
import { collect } from './testing/collect.js';
import { freshFolder, quietLog, testConfig } from './testing/state-dir.js';
import { stopRouter } from './testing/stop-router.js';

const folder = freshFolder();
const dir = join(folder.path, 'state');
const file = (name: string): string => join(folder.path, name);
let server: RunningServer;

/** 200 rows whose label follows from two columns. */
function rowsCsv(): string {
  const rows = Array.from({ length: 200 }, (_, index) => {
    const [income, debt] = [(index * 37) % 100, (index * 53) % 100];
    return `${income},${debt},${['red', 'blue'][index % 2]},${income > debt ? 'yes' : 'no'}`;
  });
  return ['income,debt,colour,good', ...rows].join('\n');
}

const request = (change: Record<string, unknown> = {}): string =>
  JSON.stringify(loansFields({ evaluation_threshold: 0.6, ...change }));

beforeAll(async () => {
  vi.stubEnv('DANDORI_USER', 'owner');
  writeFileSync(file('loans.csv'), rowsCsv());
  writeFileSync(file('first.json'), request());
  writeFileSync(file('second.json'), request({ seed: 7 }));
  server = await startServer({ config: testConfig(dir), active: true, http: false, log: quietLog });
});
afterAll(async () => {
  await server.app.ports.endpoints.stopRouter();
  await server.close();
  await stopRouter(dir);
  folder.remove();
});

async function dandori(...args: string[]): Promise<{ code: number; out: string; note: string }> {
  const output = collect();
  const code = await main(['node', 'dandori', ...args, '--dir', dir], output);
  return { code, out: output.results(), note: output.notes() };
}

describe('a request, by the command line of a running server', () => {
  it('is refused at once with every problem, and exit code 1', async () => {
    writeFileSync(file('bad.json'), request({ task_type: 'clasification', cv_folds: 'many' }));
    const { code, out } = await dandori('submit', file('bad.json'));
    expect(code).toBe(1);
    expect(out).toMatch(/task_type[^]*classification[^]*cv_folds/);
    expect(await dandori('submit', file('bad.json'), '--wait')).toMatchObject({ code: 1 });
  });

  it('is followed to a model in service', async () => {
    const { code, out, note } = await dandori('submit', file('first.json'), '--yes', '--wait');
    expect(note).toMatch(/✔ TrainModel .* logistic_regression, f1_score in cross-validation/);
    expect(out).toMatch(/loans 1\.0\.0 is in service\.\nReport: .*\nEndpoint: .*\n\nAsk it:\ncurl /);
    expect(code).toBe(0);
  }, 240_000);

  it('is listed with the agreed fields', async () => {
    const runs = JSON.parse((await dandori('list', '--json')).out) as RunLine[];
    expect(runs).toEqual([
      {
        training_id: expect.stringMatching(/^train-/),
        issue_number: 3,
        model_name: 'loans',
        status: 'in_service',
        version: '1.0.0',
        replaced_by: null,
        remark: null,
        created_at: expect.any(String),
        ended_at: expect.any(String),
      },
    ]);
    expect((await dandori('list')).out).toMatch(/#3 +loans +in_service +1\.0\.0/);
    expect((await dandori('list', '--open')).out).toMatch(/No run is open/);
  });

  it('is shown as a run and as an issue', async () => {
    const [run] = JSON.parse((await dandori('list', '--json')).out) as RunLine[];
    const text = (await dandori('show', run?.training_id ?? '')).out;
    expect(text).toMatch(/✔ TrainModel +\S+ \S+ +logistic_regression/);
    expect(text).toMatch(/f1_score +\S+ +>= 0\.6 +pass/);
    expect(text).toMatch(/Ask it:\ncurl/);
    expect(JSON.parse((await dandori('show', run?.training_id ?? '', '--json')).out)).toMatchObject({
      version: '1.0.0',
      graph: {
        states: expect.arrayContaining([expect.objectContaining({ name: 'TrainModel', visit: 1 })]),
        reruns: [],
      },
    });
    expect((await dandori('show', '3', '--mermaid')).out).toMatch(/^```mermaid\nstateDiagram-v2\n[^]*\n```$/);
    const issue = (await dandori('show', '3')).out;
    expect(issue).toMatch(/#3 .*mlops:deployed/);
    expect(issue).not.toMatch(/<!--|mermaid|flowchart/);
  });

  it('has a history for people, and one in the format of Step Functions', async () => {
    const text = (await dandori('history', '3', '--state', 'TrainModel')).out;
    expect(text).toMatch(/TaskScheduled +TrainModel +agent training/);
    expect(text).not.toContain('PrepareData');
    const { events } = JSON.parse((await dandori('history', '3', '--json', '--limit', '2')).out) as {
      events: { type: string; timestamp: number }[];
    };
    expect(events.map(({ type }) => type)).toEqual(['SucceedStateExited', 'ExecutionSucceeded']);
    expect(events[0]?.timestamp).toBeGreaterThan(1e9);
    expect(await dandori('history', '3', '--state', 'TrainModle')).toMatchObject({
      code: 2,
      note: expect.stringMatching(/never entered[^]*did you mean --state TrainModel\?/),
    });
  });

  it('is run again only after its release, and followed to its end', async () => {
    expect(await dandori('rerun', '3')).toMatchObject({
      code: 1,
      note: expect.stringMatching(/its model is in service[^]*WriteHistory/),
    });
    const { code, out, note } = await dandori('rerun', '3', '--from', 'NotifySuccess', '--wait');
    expect(note).toMatch(/Re-run 1 of train-[^]*, from NotifySuccess\.[^]*✔ NotifySuccess/);
    // What was told before is not told again.
    expect(note).not.toContain('✔ TrainModel');
    expect(out).toMatch(/loans 1\.0\.0 is in service/);
    expect(code).toBe(0);
  }, 240_000);

  it.each(['profiling', 'preprocessing', 'training', 'evaluation'])('has a log of %s', async (phase) => {
    const { code, out } = await dandori('logs', '3', '--phase', phase, '--follow');
    expect(code).toBe(0);
    expect(out).toContain('[dandori] progress=');
    expect(JSON.parse((await dandori('logs', '3', '--phase', phase, '--json')).out)).toMatchObject({ ended: true });
  });

  it('answers predictions, and refuses rows by the field', async () => {
    writeFileSync(file('rows.csv'), 'income,debt,colour\n90,10,red\n10,90,blue\n');
    expect((await dandori('predict', 'loans-staging', file('rows.csv'))).out).toMatch(
      /0 +yes[^]*1 +no[^]*loans 1\.0\.0/,
    );
    const row = '{"income": 90, "debt": 10, "colour": "red"}';
    expect(JSON.parse((await dandori('predict', 'loans-staging', row, '--json')).out)).toMatchObject({
      predictions: [{ label: 'yes' }],
    });
    const refused = await dandori('predict', 'loans-staging', '{"income": "much"}');
    expect(refused.code).toBe(1);
    expect(refused.note).toMatch(/refused the rows \(400\)[^]*row 0, income: "?much/);
    expect((await dandori('predict', 'nobody', row)).note).toMatch(
      /There is no endpoint nobody\.\n {2}Allowed: loans-staging/,
    );
    expect((await dandori('predict', 'loans', row)).out).toMatch(/0 +yes[^]*loans 1\.0\.0/);
    expect((await dandori('predict', 'loan', row)).note).toMatch(/did you mean loans\?/);
  });

  it('is reproduced byte for byte', async () => {
    const { code, out } = await dandori('reproduce', '3');
    expect(out).toMatch(/the same model, byte for byte, the same metrics/);
    expect(code).toBe(0);
  }, 240_000);

  it('left its data as a version that can be listed, checked out and compared', async () => {
    writeFileSync(file('more.csv'), `${readFileSync(file('loans.csv'), 'utf8')}\n99,1,green,yes\n`);
    expect((await dandori('data', 'add', 'loans', file('more.csv'))).out).toMatch(
      /^loans 1\.1\.0: 201 rows, 4 columns/,
    );
    expect((await dandori('data', 'list')).out).toMatch(/loans +1\.1\.0 +2/);
    expect((await dandori('data', 'checkout', 'loans', '1.0.0')).out).toBe('loans is now at 1.0.0.');
    expect((await dandori('data', 'list', 'loans')).out).toMatch(/1\.0\.0 +current/);
    const diff = (await dandori('data', 'diff', 'loans', '1.0.0', '1.1.0')).out;
    expect(diff).toMatch(/rows 200 -> 201 \(\+1\)\ncolour: new values green/);
    writeFileSync(file('ragged.csv'), 'a,b\n1,2\n3\n');
    expect(await dandori('data', 'add', 'ragged', file('ragged.csv'))).toMatchObject({
      code: 1,
      note: expect.stringMatching(/ragged/),
    });
  }, 240_000);
});

describe('a second request', () => {
  it('waits for a person, who edits it and approves it once', async () => {
    const { code, out } = await dandori('submit', file('second.json'), '--wait');
    expect(code).toBe(1);
    expect(out).toMatch(/it waits for a person: npx dandori approve/);
    const open = async () => JSON.parse((await dandori('list', '--open', '--json')).out) as RunLine[];
    await expect.poll(open, { timeout: 30_000 }).toMatchObject([{ status: 'waiting' }]);
    const waiting = await open();
    expect((await dandori('show', waiting[0]?.training_id ?? '')).out).toMatch(/answer: npx dandori approve 4/);
    expect((await dandori('approve', '4', 'abcdef0')).code).toBe(1);
    expect(await dandori('edit', '4', file('bad.json'))).toMatchObject({
      code: 1,
      out: expect.stringMatching(/cannot start yet[^]*task_type/),
    });
    writeFileSync(file('third.json'), request({ seed: 7, evaluation_threshold: 0.5 }));
    expect(await dandori('edit', '4', file('third.json'))).toMatchObject({
      code: 0,
      out: expect.stringMatching(/a new proposal follows/),
    });
    const run = async () => (await dandori('show', waiting[0]?.training_id ?? '')).out;
    await expect.poll(run, { timeout: 90_000 }).toMatch(/answer: npx dandori approve 4/);
    expect((await dandori('show', '4')).out).toContain('▸ Replaced by the plan');
    vi.stubEnv('DANDORI_USER', 'alice');
    expect(await dandori('approve', '4', '--react')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Approved by alice/),
    });
    vi.stubEnv('DANDORI_USER', 'owner');
    await expect
      .poll(async () => (JSON.parse((await dandori('list', '--json')).out) as RunLine[])[0]?.status, {
        timeout: 120_000,
      })
      .toBe('in_service');
    expect(await dandori('approve', '4')).toMatchObject({ code: 1, out: expect.stringMatching(/Nothing waits/) });
  }, 240_000);

  it('takes the place of the first, and the list says so', async () => {
    expect(JSON.parse((await dandori('list', '--json')).out)).toMatchObject([
      { issue_number: 4, status: 'in_service', version: '1.0.1', replaced_by: null, remark: null },
      { issue_number: 3, status: 'in_service', version: '1.0.0', replaced_by: '1.0.1', remark: 'replaced by 1.0.1' },
    ]);
    expect((await dandori('list')).out).toMatch(
      /#4 +loans +in_service +1\.0\.1[^]*#3 +loans +replaced by 1\.0\.1 +1\.0\.0/,
    );
    const issue = (await dandori('show', '3')).out;
    const [, trainingId = ''] = /(train-\S+) {2}replaced by 1\.0\.1 {2}1\.0\.0/.exec(issue) ?? [];
    const run = (await dandori('show', trainingId)).out;
    expect(run).toMatch(/loans {2}replaced by 1\.0\.1 {2}version 1\.0\.0/);
    // Its line to paste would ask the other version.
    expect(run).not.toContain('Ask it:');
  });

  it('is put beside the first, with the metrics of both and the parameters that differ', async () => {
    const text = (await dandori('compare', '3', '#4', '--metric', 'test_f1_score')).out;
    expect(text).toMatch(/^ +train-\S+-3 +train-\S+-4\n/);
    expect(text).toMatch(/\nstatus +finished +finished\n/);
    for (const name of ['test_f1_score', 'validation_f1_score', 'cv_f1_score_mean'])
      expect(text).toMatch(new RegExp(`\\n${name} +[01]\\.?\\d* +[01]\\.?\\d*\\n`));
    expect(text).toMatch(/\nseed +42 +7\n[^]*\nBest by test_f1_score: train-/);
    // Single folds, sizes and what comes twice.
    expect(text).not.toMatch(/^(?:cv_f1_score|f1_score|learning_curve\w*|columns|train_rows) /m);
    expect(text).not.toMatch(/^target /m);
    const { out } = await dandori('compare', '4', '3', '--json');
    expect(JSON.parse(out)).toMatchObject({
      training_ids: [expect.stringMatching(/-4$/), expect.stringMatching(/-3$/)],
      differing_params: { seed: ['7', '42'] },
      metrics: { cv_f1_score: [expect.any(Number), expect.any(Number)] },
      best_run_id: null,
    });
    expect((await dandori('compare', '3', '4', '--metric', 'beauty')).note).toMatch(
      /None of the runs has the metric beauty/,
    );
    expect((await dandori('compare', '3', '1')).note).toMatch(/Issue #1 has no run/);
    expect(await dandori('compare', '3')).toMatchObject({
      code: 2,
      note: expect.stringMatching(/Allowed: 2 to 20 training ids/),
    });
  });

  it('is rolled back by one command, and not twice', async () => {
    expect((await dandori('rollback', '3')).note).toMatch(/#3 has no version in service\.\n.*replaced by 1\.0\.1/);
    expect((await dandori('rollback', 'nobody')).note).toMatch(
      /There is no endpoint nobody\.\n {2}Allowed: loans-staging/,
    );
    expect(await dandori('rollback', 'loans')).toMatchObject({ code: 0, out: expect.stringMatching(/1\.0\.0/) });
    expect((await dandori('predict', 'loans-staging', file('rows.csv'))).out).toContain('loans 1.0.0');
    expect((await dandori('rollback', '4')).code).toBe(1);
    expect((await dandori('list')).out).toMatch(
      /#4 +loans +rolled back by owner +1\.0\.1[^]*#3 +loans +in_service +1\.0\.0/,
    );
  });

  it('that was refused is mended by an edit, which ends with 0 though the label goes a moment later', async () => {
    expect(await dandori('edit', '2', file('second.json'))).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Edited/),
    });
    await vi.waitFor(
      async () => expect((await dandori('show', '2')).out).toMatch(/\[mlops:train, mlops:waiting\]/),
      30_000,
    );
    expect((await dandori('comment', '2', '/cancel')).code).toBe(0);
  });

  it('leaves the installation sound', async () => {
    const { code, out } = await dandori('doctor');
    expect(out).toMatch(/✔ server: running[^]*✔ models in service: loans-staging InService/);
    expect(code).toBe(0);
  });

  it('leaves staging to the first, which a second person promotes by the name of the model', async () => {
    expect(await dandori('promote', 'loans')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/owner made this request/),
    });
    vi.stubEnv('DANDORI_USER', 'alice');
    for (const answer of [/^Promoted\. loans-production serves version 1\.0\.0\./, /serves version 1\.0\.0 already/]) {
      expect(await dandori('promote', 'loans')).toMatchObject({ code: 0, out: expect.stringMatching(answer) });
    }
    vi.stubEnv('DANDORI_USER', 'owner');
    expect((await dandori('predict', 'loans-production', file('rows.csv'))).out).toContain('loans 1.0.0');
    expect(await dandori('rollback', 'loans-production')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/no version to go back to from loans 1\.0\.0 on loans-production/),
    });
    expect(await dandori('rollback', 'loans')).toMatchObject({
      code: 2,
      note: expect.stringMatching(/has 2 endpoints\.[^]*loans-staging, loans-production/),
    });
  });
});

describe('npm start', () => {
  const starting = (state: string, signal: AbortSignal, ...args: string[]) => {
    vi.stubEnv('DANDORI_PORT', '0');
    vi.stubEnv('DANDORI_SERVING_PORT', '0');
    const output = collect();
    const code = start(['--dir', file(state), '--request', file('first.json'), ...args], output, signal);
    return { output, code: code.finally(() => vi.unstubAllEnvs()) };
  };

  it('takes a request to a model in service, and stops everything with --exit', async () => {
    const { output, code } = starting('own', new AbortController().signal, '--yes', '--exit');
    expect(await code).toBe(0);
    expect(output.notes()).toMatch(/✔ Dandori is ready[^]*✔ Issue #1 [^]*✔ DeployModel [^]*Stopping/);
    expect(output.results()).toMatch(/loans 1\.0\.0 is in service/);
  }, 240_000);

  it('is stopped at any moment, and says that the run goes on later', async () => {
    const stop = new AbortController();
    const { output, code } = starting('stopped', stop.signal, '--yes');
    await expect.poll(() => output.notes(), { timeout: 90_000 }).toMatch(/✔ OptimizeWorkflow/);
    stop.abort();
    expect(await code).toBe(1);
    expect(output.results()).toMatch(/stopped here[^]*npx dandori up/);
    const later = collect();
    vi.stubEnv('DANDORI_PORT', '0');
    vi.stubEnv('DANDORI_SERVING_PORT', '0');
    expect(await main(['node', 'dandori', 'up', '--until-idle', '--dir', file('stopped')], later)).toBe(0);
    vi.unstubAllEnvs();
    await main(['node', 'dandori', 'list', '--json', '--dir', file('stopped')], later);
    expect(later.results()).toContain('"status": "in_service"');
    await stopRouter(file('stopped'));
  }, 240_000);
});

describe('a second server', () => {
  it('is refused on the same state directory', async () => {
    await expect(startServer({ config: testConfig(dir), active: true, http: false })).rejects.toMatchObject({
      code: 'locked',
    });
  });
});
