import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLocalEffectJournal } from '../../src/adapters/local/effect-journal.js';
import { createLocalExperimentTracker } from '../../src/adapters/local/experiment-tracker.js';
import { createLocalIssueTracker } from '../../src/adapters/local/issue-tracker.js';
import { platformEnd } from '../../src/adapters/local/jobs/outcome.js';
import { createJobStore } from '../../src/adapters/local/jobs/store.js';
import { createLocalRunIndex } from '../../src/adapters/local/run-index.js';
import { createLocalTaskLedger } from '../../src/adapters/local/task-ledger.js';
import { type Database, openDatabase } from '../../src/db.js';
import { createEmbeddedEngine } from '../../src/workflow/engine/durable/embedded-engine.js';
import { definitionFor } from '../../src/workflow/state-machine.js';

// What is asked while runs wait must cost what is found, not what is there: every statement of the ports that are on the
// way of a run is looked at with SQLite's own explanation.

let db: Database;
const statements = new Set<string>();

function recording(inner: Database): Database {
  const seen = (sql: string): string => {
    statements.add(sql);
    return sql;
  };
  return {
    ...inner,
    all: (sql, ...params) => inner.all(seen(sql), ...params),
    first: (sql, ...params) => inner.first(seen(sql), ...params),
    run: (sql, ...params) => inner.run(seen(sql), ...params),
  };
}

beforeAll(() => {
  db = openDatabase(':memory:');
});
afterAll(() => db.close());

async function useEngine(spy: Database): Promise<void> {
  const engine = createEmbeddedEngine({
    db: spy,
    definition: definitionFor('local'),
    stateMachineName: 'dandori',
    silenceAfterStartMs: 1000,
  });
  engine.start();
  const input = { training_id: 'train-1', issue_number: 1, ask: {}, counters: { visit: 1, current_retry: 0 } };
  await engine.startExecution({ name: 'train-1', input });
  const [message] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 1000 });
  if (message === undefined) throw new Error('There is no message.');
  const { task_token: taskToken } = message.body as { task_token: string };
  await engine.sendTaskHeartbeat({ taskToken });
  await engine.sendTaskSuccess({ taskToken, output: {} });
  await engine.delete({ receiptHandle: message.receiptHandle });
  await engine.waitForMessages({ timeoutMs: 1 });
  await engine.getExecutionHistory({ name: 'train-1' });
  await engine.listExecutions({ status: 'RUNNING' });
  await engine.listExecutions({});
  await engine.stopExecution({ name: 'train-1' });
  await engine.redriveExecution({ name: 'train-1' });
  engine.nextWakeup();
  engine.close();
}

async function useLists(spy: Database): Promise<void> {
  const runs = createLocalRunIndex({ db: spy });
  const of = { trainingId: 'train-1', issueNumber: 1, modelName: 'm', requestedBy: 'a', eventId: '1' };
  await runs.add({ ...of, status: 'running', createdAt: '2026-01-02T03:04:05Z' });
  await runs.update({ trainingId: 'train-1', status: 'waiting', endedAt: null, version: null, modelName: 'n' });
  for (const like of [{}, { open: true }, { issueNumber: 1 }, { status: 'running' as const, limit: 1 }])
    await runs.list(like);
  await runs.setValue({ key: 'k', value: 'v' });
  await runs.getValue({ key: 'k' });
  const ledger = createLocalTaskLedger({ db: spy });
  const task = { taskToken: 't', trainingId: 'train-1', state: 's', body: {}, since: '2026-01-02T03:04:05Z' };
  await ledger.put({ ...task, waitingFor: { kind: 'job', jobName: 'train-1/1' } });
  for (const like of [{ trainingId: 'train-1' }, { jobName: 'train-1/1' }, { kind: 'job' as const }])
    await ledger.list(like);
  await ledger.markShown(task);
  await ledger.listShownRuns();
  await ledger.requestCancel({ trainingId: 'train-1', by: 'a', reason: 'r' });
  await ledger.cancelRequest({ trainingId: 'train-1' });
  await ledger.remove(task);
}

function useJobs(spy: Database): void {
  const store = createJobStore(spy);
  const limits = { maxRuntimeSeconds: 1, maxMemoryMb: 1 };
  const job = { jobName: 'train-1/1', trainingId: 'train-1', logName: 'l', program: 'trainer' as const, limits };
  const at = '2026-01-02T03:04:05Z';
  store.add({ ...job, hyperparameters: {}, channels: {}, documents: [], outputPrefix: 'p' }, at);
  store.takeNext(1, at);
  for (const like of [{ trainingId: 'train-1' }, { status: 'Pending' as const }]) store.list(like);
  store.active();
  store.unended();
  store.markStopping('train-1/1');
  store.dropPending('train-1/1', platformEnd('x', at));
  store.finish('train-1/1', platformEnd('x', at));
}

async function useTracker(spy: Database): Promise<void> {
  const tracker = createLocalIssueTracker({ db: spy, user: 'a' });
  const { number } = await tracker.createIssue({ title: 't', body: 'b', labels: ['x'], author: 'a' });
  const { id } = await tracker.createComment({ issueNumber: number, body: 'c', author: 'a' });
  await tracker.updateComment({ id, body: 'd', actor: 'a' });
  await tracker.addReaction({ commentId: id, content: '+1', user: 'a' });
  await tracker.updateIssue({ number, labels: ['y'], actor: 'a' });
  await tracker.listComments({ issueNumber: number });
  await tracker.listEvents({ cursor: '0' });
  await tracker.getPermission({ user: 'b' });
  const effects = createLocalEffectJournal({ db: spy });
  await effects.intend({ key: 'k' });
  await effects.complete({ key: 'k', result: 1 });
  await effects.find({ key: 'k' });
  const experiments = createLocalExperimentTracker({ db: spy });
  for (const like of [{ experiment: 'e' }, { tag: { key: 'k', value: 'v' } }]) await experiments.searchRuns(like);
}

test('no statement on the way of a run passes through a table that grows with the runs', async () => {
  const spy = recording(db);
  await useEngine(spy);
  await useLists(spy);
  useJobs(spy);
  await useTracker(spy);
  const texts = [...statements].filter((sql) => /^\s*(?:SELECT|UPDATE|DELETE|WITH)\b/i.test(sql));
  const slow = texts.flatMap((sql) => {
    const holes = sql.split('?').length - 1;
    const plan = db
      .all(`EXPLAIN QUERY PLAN ${sql}`, ...Array.from({ length: holes }, () => 1))
      .map((row) => String(row['detail']));
    // An index that holds just what is asked for, or that gives the order in which it stops, is no pass through the table.
    const scans = plan.filter((step) => /^SCAN \w+$/.test(step) && !/SCAN (?:running|CONSTANT)/.test(step));
    const text = sql.replaceAll(/\s+/g, ' ').trim();
    return scans.length === 0 ? [] : [`${scans.join(', ')}: ${text}`];
  });
  expect(texts.length).toBeGreaterThan(40);
  expect(slow).toEqual([]);
});
