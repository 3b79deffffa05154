import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DoctorLine, RunView } from '../../src/entry/api-types.js';
import { ChildWorld } from './child-world.js';
import { loansCsv } from './rows.js';
import { eventually, owner } from './world.js';

let world: ChildWorld;
let seed = 100;

beforeAll(async () => {
  world = await ChildWorld.start('killed');
  await world.inService(await world.askApproved());
});
beforeEach(async () => {
  await world.ensureUp();
  // What a story that failed left under way would put a version into service in the middle of the next one.
  for (const { issue_number: issue } of (await world.list()).filter((run) => run.ended_at === null)) {
    await world.people.comment(issue, '/cancel', owner);
    await world.ended(issue);
  }
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

/** Looks very often: some states last a tenth of a second. */
async function reached(issue: number, state: string): Promise<void> {
  const look = async () => {
    const run = await world.run(issue);
    const states = run?.states.map((one) => one.state) ?? [];
    // A short state may be over when it is seen: the kill comes a moment later then.
    if (states.includes(state)) return true;
    if (run?.ended_at != null) throw new Error(`It ended as ${run.status} without ${state}.`);
    return null;
  };
  const deadline = Date.now() + 90_000;
  while ((await look()) === null) {
    if (Date.now() > deadline) throw new Error(`${state} was not reached.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a run left behind, where people and programs look. */
async function tracesOf(issue: number, run: RunView): Promise<Record<string, unknown>> {
  const comments = (await world.people.comments(issue)).filter((one) => one.bySelf);
  const count = (pattern: RegExp) => comments.filter((one) => pattern.test(one.body)).length;
  const listed = await world.tool('list_model_versions', { model_name: 'loans' });
  const versions = listed['versions'] as { version: string; training_id: string }[];
  const jobs = join(world.folders.stateDir, 'jobs');
  const unfinishedJobs = () => readdirSync(jobs).filter((name) => existsSync(join(jobs, name, 'ml')));
  // They are tidied beside the run.
  await eventually('the folders of the jobs to be tidied', async () => (unfinishedJobs().length === 0 ? true : null));
  return {
    proposals: count(/## Workflow optimization proposal/),
    results: count(/is in service\n/),
    failures: count(/did not lead to a new model/),
    statuses: count(/\/status -->/),
    commits: world.commitsOf(run.training_id).length,
    labels: await world.labels(issue),
    versions: versions.filter((one) => one.training_id === run.training_id).map((one) => one.version),
    serves: (await world.predict('loans-staging', row)).body['model_version'],
  };
}

/** What a run leaves that nobody killed. */
function tracesOfUnkilled(run: RunView): Record<string, unknown> {
  return {
    proposals: 1,
    results: 1,
    failures: 0,
    statuses: 1,
    commits: 1,
    labels: ['mlops:train', 'mlops:deployed'],
    versions: [run.version],
    serves: run.version,
  };
}

const beforeDeployment = ['OptimizeWorkflow', 'TrainModel', 'EvaluateModel'];
const states = [...beforeDeployment, 'DeployModel', 'WriteHistory', 'NotifySuccess'];
/** `npm run kill-matrix` kills in each; else two states stand for all: one with a job, and the last, after the deployment. */
const chosen = process.env['KILL_MATRIX'] === 'all' ? states : ['TrainModel', 'NotifySuccess'];

describe('a server that is killed', () => {
  it.each(chosen)(
    'in %s ends the run after its restart as if nothing had happened, and a model serves all the time',
    async (state) => {
      const url = await invocationUrl();
      const before = await servedVersion(url);
      const issue = await askNext(true);
      await reached(issue, state);
      await world.kill();
      const meanwhile = await servedVersion(url);
      if (beforeDeployment.includes(state)) expect(meanwhile).toBe(before);
      await world.up();
      const run = await world.inService(issue);
      expect(await tracesOf(issue, run)).toEqual(tracesOfUnkilled(run));
    },
  );

  it('while a proposal waits takes the approval that came meanwhile', async () => {
    const url = await invocationUrl();
    const before = await servedVersion(url);
    const issue = await askNext(false);
    const { question } = await world.waiting(issue);
    await world.kill();
    await world.people.comment(issue, `/approve ${question?.plan_hash}`, owner);
    expect(await servedVersion(url)).toBe(before);
    await world.up();
    const run = await world.inService(issue);
    expect(await tracesOf(issue, run)).toEqual(tracesOfUnkilled(run));
  });

  it('while a job runs takes its result when the job ended meanwhile', async () => {
    const issue = await askNext(true);
    await reached(issue, 'TrainModel');
    const jobs = join(world.folders.stateDir, 'jobs');
    const job = await eventually('the training job', async () => {
      const found = (await world.run(issue))?.job;
      // A job that is still being laid out ends with the server; one that runs has a supervisor of its own.
      return found?.status === 'InProgress' ? found : null;
    });
    expect(job.jobName).toContain('/TrainModel/');
    const running = readdirSync(jobs).filter((name) => existsSync(join(jobs, name, 'state', 'supervisor.json')));
    await world.kill();
    await eventually('the end of the job', async () =>
      running.every((name) => existsSync(join(jobs, name, 'state', 'exit.json'))) ? true : null,
    );
    await world.up();
    const run = await world.inService(issue);
    expect(run.states.find((one) => one.state === 'TrainModel')?.attempts).toBe(1);
    expect(await tracesOf(issue, run)).toEqual(tracesOfUnkilled(run));
  });

  it('again and again gets there all the same', { timeout: 120_000 }, async () => {
    const issue = await askNext(true);
    for (let kills = 0; kills < 5; kills++) {
      await new Promise((resolve) => setTimeout(resolve, 100 + 250 * kills));
      await world.kill();
      await world.up();
    }
    const run = await world.inService(issue);
    expect(await tracesOf(issue, run)).toEqual(tracesOfUnkilled(run));
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
