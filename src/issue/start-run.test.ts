import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executionInput, type Ask } from '../contracts/execution.js';
import { issueValue } from './controller-parts.js';
import { mortal } from './testing/mortal.js';
import { bodyOf } from './testing/people.js';
import { IssueWorld } from './testing/world.js';

let world: IssueWorld;
beforeEach(async () => {
  world = await IssueWorld.make();
});
afterEach(() => world.close());

async function askOf(issue: number): Promise<Ask> {
  const { trainingId } = await world.lastRun(issue);
  const { input } = await world.engine.describeExecution({ name: trainingId });
  return executionInput.parse(input).ask;
}

const executions = async () => (await world.engine.listExecutions({})).length;

/** A process that is killed in this method. */
async function killIn(end: string, after = false): Promise<void> {
  const life = { end, after, over: false };
  const { tracker, engine, runs, ledger, effects } = world.parts;
  await world.restart({
    tracker: mortal(tracker, life),
    engine: mortal(engine, life),
    runs: mortal(runs, life),
    ledger: mortal(ledger, life),
    effects: mortal(effects, life),
  });
}

describe('the start of a run', () => {
  it('carries the time of the request and the number of its issue', async () => {
    const issue = await world.people.open();
    const run = await world.lastRun(issue);
    expect(run.trainingId).toMatch(/^train-20260131-0930\d\d-1$/);
    expect(run).toMatchObject({ modelName: 'churn', requestedBy: 'aya', status: 'running', endedAt: null });
  });

  it('has a name of its own, though two requests of an issue come in one moment', async () => {
    await world.close();
    world = await IssueWorld.make(() => new Date('2026-01-31T09:30:00Z'));
    const issue = await world.people.open();
    await world.work();
    await world.people.say(issue, '/cancel');
    await world.work();
    await world.people.label(issue, 'mlops:failed');
    await world.people.say(issue, bodyOf({ model_name: 'second' }));
    const runs = await world.runsOf(issue);
    expect(runs.map((run) => run.trainingId)).toEqual(['train-20260131-093000-1-2', 'train-20260131-093000-1']);
  });

  it.each([
    ['before the run is listed', 'add', false],
    ['when the run is listed', 'add', true],
    ['before its execution is started', 'startExecution', false],
    ['when its execution is started', 'startExecution', true],
  ])('that is killed %s is one run of one execution after the next start', async (_, end, after) => {
    await killIn(end, after);
    const issue = await world.people.open();
    await world.restart();
    await world.restart();
    expect(await world.runsOf(issue)).toHaveLength(1);
    expect(await executions()).toBe(1);
    await world.work();
    expect(await world.stateOf(issue)).toBe('WaitForOptimizationApproval');
    expect(await world.people.heard(issue)).toEqual([]);
  });

  it('from a corrected block of a comment that is killed before its execution is done from that block', async () => {
    const issue = await world.people.open('What is wanted follows.');
    await killIn('startExecution');
    await world.people.say(issue, bodyOf({ cv_folds: 7 }));
    await world.restart();
    expect(await askOf(issue)).toMatchObject({ request: { cv_folds: 7 } });
    expect(await executions()).toBe(1);
  });

  it('is tried again while the engine cannot say whether it began', async () => {
    await killIn('startExecution');
    const issue = await world.people.open();
    await killIn('describeExecution');
    expect(await executions()).toBe(0);
    await world.restart();
    expect(await executions()).toBe(1);
    expect(await world.runsOf(issue)).toHaveLength(1);
  });
});

describe('the files of a request', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'issue-files-'));
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data/churn.csv'), 'a\n1\n');
    writeFileSync(join(folder, 'train.py'), '');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const submit = async (fields: Record<string, unknown>) => {
    await world.parts.runs.setValue({ key: issueValue.baseDir(1), value: folder });
    return askOf(await world.people.open(bodyOf(fields)));
  };
  const source = (path: string) => ({ data_source: { type: 'file', path } });

  it('are found beside the file that was submitted', async () => {
    const ask = await submit(source('data/churn.csv'));
    expect(ask).toMatchObject({ source_path: join(folder, 'data/churn.csv'), script_path: null });
  });

  it('are found beside it for the script too', async () => {
    const ask = await submit({ algorithm: undefined, training_script: { path: 'train.py' } });
    expect(ask).toMatchObject({ source_path: null, script_path: join(folder, 'train.py') });
  });

  it.each([
    ['an absolute path', () => join(folder, 'data/churn.csv')],
    ['a path that is not there, for whoever looks in the data roots', () => 'elsewhere.csv'],
  ])('stay as they are: %s', async (_, path) => {
    expect(await submit(source(path()))).toMatchObject({ source_path: path() });
  });
});

describe('an approval with the asking', () => {
  const auto = bodyOf({ workflow_optimization: { auto_approve: true } });

  it('counts for who submitted with --yes, for the first run', async () => {
    await world.parts.runs.setValue({ key: issueValue.yes(1), value: 'aya' });
    const issue = await world.people.open();
    expect(await askOf(issue)).toMatchObject({ pre_approval: { by: 'aya', how: 'yes', comment_id: null } });
    world.decisions.push('fail');
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'failed' });
    await world.people.say(issue, bodyOf());
    expect(await world.runsOf(issue)).toHaveLength(2);
    expect(await askOf(issue)).toMatchObject({ pre_approval: null });
  });

  it('counts not when somebody else labels the issue', async () => {
    await world.parts.runs.setValue({ key: issueValue.yes(1), value: 'ken' });
    expect(await askOf(await world.people.open())).toMatchObject({ pre_approval: null });
  });

  it('counts where the request says auto_approve', async () => {
    const issue = await world.people.open(auto);
    expect(await askOf(issue)).toMatchObject({ pre_approval: { by: 'aya', how: 'auto_approve' } });
    await world.work();
    expect(await world.lastRun(issue)).toMatchObject({ status: 'in_service', version: '1.0.0' });
  });

  it('counts not for production, which somebody else approves: the plan waits, and the issue is told why', async () => {
    const body = bodyOf({ workflow_optimization: { auto_approve: true }, deploy_to: 'production' });
    const issue = await world.people.open(body);
    expect(await world.people.heard(issue)).toEqual([
      expect.stringMatching(/^This is not counted as an approval: `aya` made this request/),
    ]);
    await world.work();
    expect(await world.stateOf(issue)).toBe('WaitForOptimizationApproval');
  });
});
