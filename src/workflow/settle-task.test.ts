import { describe, expect, it } from 'vitest';
import { createLocalTaskLedger } from '../adapters/local/task-ledger.js';
import { openDatabase } from '../db.js';
import { DandoriError } from '../errors.js';
import { failure } from '../messages/failures.js';
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

  it.each([
    ['en', 'ask', 'It is late.'],
    ['ja', 'ask', '間に合いません。'],
    ['ja', 'execution', '間に合いません。'],
    ['ja', 'approval', '間に合いません。'],
  ])('is told in %s as %s says, and in English in the log', async (language, where, told) => {
    const request = { request: { language } };
    const input = {
      ask: { ask: request },
      execution: { execution: { ask: request } },
      approval: { approval: { plan: request } },
    };
    const causes: unknown[] = [];
    const keep = (fields: object) => void causes.push(Reflect.get(fields, 'cause'));
    const tokens = {
      sendTaskSuccess: async () => undefined,
      sendTaskFailure: async (sent: object) => keep(sent),
      sendTaskHeartbeat: async () => undefined,
    };
    const ledger = createLocalTaskLedger({ db: openDatabase(':memory:') });
    const settler = new TaskSettler({ tokens, ledger, log: { info: keep, error: keep }, now: () => new Date() });
    const late = failure('limit_exceeded', { en: { what: 'It is late.' }, ja: '間に合いません。' });
    await settler.fail({ ...message, input: Object.entries(input).find(([name]) => name === where)?.[1] ?? {} }, late);
    expect(causes).toEqual(['It is late.', told]);
  });
});
