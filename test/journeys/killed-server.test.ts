import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorLine, RunView } from '../../src/entry/api-types.js';
import { ChildWorld } from './child-world.js';
import { loansCsv } from './rows.js';
import { eventually, owner } from './world.js';

let world: ChildWorld;
let served = '';
let seed = 100;

beforeAll(async () => {
  world = await ChildWorld.start('killed');
  const run = await world.inService(await world.askApproved());
  served = run.version ?? '';
});
afterAll(() => world.stop());

const row = { income: 80, debt: 10, colour: 'red', luck: 0.3 };

/** Asks the model server itself, whatever the server does. */
async function servedVersion(url: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(row) });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { model_version: unknown }).model_version;
}

async function invocationUrl(): Promise<string> {
  const described = await world.tool('describe_endpoint', { endpoint_name: 'loans-staging' });
  return String(described['invocation_url']);
}

/** Another request for the same model, on other rows. */
function askNext(approved: boolean): Promise<number> {
  seed += 1;
  world.write('loans.csv', loansCsv({ seed, rows: 300 }));
  return approved ? world.askApproved({ seed }) : world.ask({ seed });
}

/** Looks without a pause: some states last a tenth of a second. */
async function reached(issue: number, state: string): Promise<void> {
  const look = async () => {
    const run = await world.run(issue);
    const states = run?.states.map((one) => one.state) ?? [];
    if (run?.ended_at != null && run.current_state !== state) throw new Error(`It ended before ${state} was seen.`);
    return states.includes(state) ? true : null;
  };
  const deadline = Date.now() + 45_000;
  while ((await look()) === null) if (Date.now() > deadline) throw new Error(`${state} was not reached.`);
}

function commitsOf(trainingId: string): string[] {
  const folder = join(world.folders.stateDir, 'history');
  const log = execFileSync('git', ['-C', folder, 'log', '--format=%H', '--', `training_history/${trainingId}.md`]);
  return log.toString().trim().split('\n');
}

/** What an unkilled run leaves, no more and no less. */
async function expectAsIfNothingHappened(issue: number, run: RunView): Promise<void> {
  const comments = (await world.people.comments(issue)).filter((one) => one.bySelf);
  const count = (pattern: RegExp) => comments.filter((one) => pattern.test(one.body)).length;
  expect({
    proposals: count(/## Workflow optimization proposal/),
    results: count(/is in service\n/),
    statuses: count(/\/status -->/),
    failures: count(/did not lead to a new model/),
    commits: commitsOf(run.training_id).length,
  }).toEqual({ proposals: 1, results: 1, statuses: 1, failures: 0, commits: 1 });
  expect(await world.labels(issue)).toEqual(['mlops:train', 'mlops:deployed']);
  const listed = await world.tool('list_model_versions', { model_name: 'loans' });
  const versions = (listed['versions'] as { version: string; training_id: string }[]).filter(
    (one) => one.training_id === run.training_id,
  );
  expect(versions.map((one) => one.version)).toEqual([run.version]);
  expect((await world.predict('loans-staging', row)).body).toMatchObject({ model_version: run.version });
  const jobs = join(world.folders.stateDir, 'jobs');
  const leftOver = readdirSync(jobs).filter((name) => existsSync(join(jobs, name, 'ml')));
  expect(leftOver).toEqual([]);
}

/** Kills the server, asks the previous model, starts the server again. */
async function killAndRestart(url: string, allowed: unknown[]): Promise<void> {
  await world.kill();
  expect(allowed).toContain(await servedVersion(url));
  await world.up();
}

describe('a server that is killed', () => {
  it.each(['OptimizeWorkflow', 'PrepareData', 'TrainModel', 'EvaluateModel', 'PackageModel'])(
    'in %s ends the run after its restart as if nothing had happened',
    async (state) => {
      const url = await invocationUrl();
      const issue = await askNext(true);
      await reached(issue, state);
      await killAndRestart(url, [served]);
      const run = await world.inService(issue);
      await expectAsIfNothingHappened(issue, run);
      served = run.version ?? '';
    },
  );

  it.each(['DeployModel', 'StartMonitoring', 'WriteHistory', 'NotifySuccess'])(
    'in %s deploys one version, writes one record and tells it once',
    async (state) => {
      const url = await invocationUrl();
      const issue = await askNext(true);
      await reached(issue, state);
      await world.kill();
      await servedVersion(url);
      await world.up();
      const run = await world.inService(issue);
      await expectAsIfNothingHappened(issue, run);
      served = run.version ?? '';
    },
  );

  it('while a proposal waits takes the approval that came meanwhile', async () => {
    const url = await invocationUrl();
    const issue = await askNext(false);
    const { question } = await world.waiting(issue);
    await world.kill();
    await world.people.comment(issue, `/approve ${question?.plan_hash}`, owner);
    expect(await servedVersion(url)).toBe(served);
    await world.up();
    const run = await world.inService(issue);
    await expectAsIfNothingHappened(issue, run);
    served = run.version ?? '';
  });

  it('while a job runs takes its result when the job ended meanwhile', async () => {
    const issue = await askNext(true);
    await reached(issue, 'TrainModel');
    const jobs = join(world.folders.stateDir, 'jobs');
    const job = await eventually('the training job', async () => (await world.run(issue))?.job);
    expect(job.jobName).toContain('/TrainModel/');
    const running = readdirSync(jobs).filter((name) => existsSync(join(jobs, name, 'ml')));
    await world.kill();
    await eventually('the end of the job', async () =>
      running.every((name) => existsSync(join(jobs, name, 'exit.json'))) ? true : null,
    );
    await world.up();
    const run = await world.inService(issue);
    expect(run.states.find((one) => one.state === 'TrainModel')?.attempts).toBe(1);
    await expectAsIfNothingHappened(issue, run);
    served = run.version ?? '';
  });

  it('again and again gets there all the same', { timeout: 120_000 }, async () => {
    const issue = await askNext(true);
    for (let kills = 0; kills < 5; kills++) {
      await new Promise((resolve) => setTimeout(resolve, 100 + 250 * kills));
      await world.kill();
      await world.up();
    }
    const run = await world.inService(issue);
    await expectAsIfNothingHappened(issue, run);
  });

  it('leaves a history and a registry that the doctor finds whole', async () => {
    const lines = await world.api.get<DoctorLine[]>('/api/doctor');
    expect(lines.filter((line) => line.status === 'fail' && /history|registry|state/i.test(line.check))).toEqual([]);
  });
});

describe('a second server on the same state directory', () => {
  it('says who has it and ends with exit code 1', async () => {
    const { code, stderr } = await world.command('up');
    expect(code).toBe(1);
    expect(stderr).toMatch(/in use by another Dandori[\s\S]*process \d+ since/);
    expect((await world.predict('loans-staging', row)).status).toBe(200);
  });
});
