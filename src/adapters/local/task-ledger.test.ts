import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../db.js';
import type { TaskLedger, WaitingTask } from '../../ports/task-ledger.js';
import { createLocalTaskLedger } from './task-ledger.js';

describe('the task ledger', () => {
  let db: Database;
  let ledger: TaskLedger;
  let told: string[];
  beforeEach(() => {
    db = openDatabase(':memory:');
    told = [];
    ledger = createLocalTaskLedger({ db, onChange: (trainingId) => told.push(trainingId) });
  });
  afterEach(() => db.close());

  const task = (name: string, waitingFor: WaitingTask['waitingFor']): WaitingTask => ({
    taskToken: `token-${name}`,
    trainingId: `train-${name}`,
    state: 'TrainModel',
    body: { name },
    waitingFor,
    since: '2026-01-02T03:04:05.000Z',
  });
  const asked = task('asked', { kind: 'person', question: { plan_hash: 'a' } });
  const working = task('working', { kind: 'job', jobName: 'train-working/1' });

  test('finds tasks by run, by job and by kind', async () => {
    await ledger.put(asked);
    await ledger.put(working);
    expect(await ledger.list({ trainingId: 'train-asked' })).toEqual([asked]);
    expect(await ledger.list({ jobName: 'train-working/1' })).toEqual([working]);
    expect(await ledger.list({ kind: 'job' })).toEqual([working]);
    expect(await ledger.list({ kind: 'person' })).toEqual([asked]);
    expect(await ledger.list({})).toHaveLength(2);
    expect(await ledger.list({ trainingId: 'train-asked', kind: 'job' })).toEqual([]);
  });

  test('remembers what was shown until the task is put anew', async () => {
    await ledger.put(asked);
    expect(await ledger.listShownRuns()).toEqual([]);
    await ledger.markShown(asked);
    await ledger.markShown({ taskToken: 'of nobody' });
    expect(await ledger.listShownRuns()).toEqual(['train-asked']);
    await ledger.put({ ...asked, waitingFor: { kind: 'person', question: { plan_hash: null } } });
    expect(await ledger.listShownRuns()).toEqual([]);
  });

  test('tells of every change of what a run waits for, and of nothing else', async () => {
    await ledger.put(asked);
    await ledger.markShown(asked);
    await ledger.list({});
    expect(told).toEqual(['train-asked']);
    await ledger.remove(asked);
    await ledger.remove(asked);
    expect(told).toEqual(['train-asked', 'train-asked']);
  });
});
