import { describe, expect, it } from 'vitest';
import { createLocalTaskLedger } from '../adapters/local/task-ledger.js';
import { openDatabase } from '../db.js';
import { DandoriError } from '../errors.js';
import { TaskSettler } from './settle-task.js';
import { taskMessageOf } from './testing/task-message-of.js';

const message = taskMessageOf({
  agent: 'training',
  state: 'TrainModel',
  training_id: 'train-20260131-093000-1',
  visit: 1,
  attempt: 0,
  redrive_count: 0,
  task_token: 'token',
  input: {},
});

describe('a task that fails', () => {
  it.each([
    ['info', new DandoriError('unusable_data', 'The target is no column.')],
    ['info', new DandoriError('cancelled', 'Cancelled by ken.')],
    ['error', new DandoriError('corrupt', 'The database is damaged.')],
    ['error', new Error('undefined is not a function')],
  ])('is logged as %s: %s', async (level, error) => {
    const logged: string[] = [];
    const failed: string[] = [];
    const log = { info: () => void logged.push('info'), error: () => void logged.push('error') };
    const tokens = {
      sendTaskSuccess: async () => undefined,
      sendTaskFailure: async (failure: { error: string }) => void failed.push(failure.error),
      sendTaskHeartbeat: async () => undefined,
    };
    const ledger = createLocalTaskLedger({ db: openDatabase(':memory:') });
    await new TaskSettler({ tokens, ledger, log, now: () => new Date() }).fail(message, error);
    expect(logged).toEqual([level]);
    expect(failed).toHaveLength(1);
  });
});
