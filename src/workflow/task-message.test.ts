import { describe, expect, it } from 'vitest';
import { isTaskMessage, runOf, wrongFields } from './task-message.js';

const message = {
  agent: 'workflow_optimizer',
  state: 'OptimizeWorkflow',
  training_id: 'train-20260131-093000-1',
  visit: 2,
  attempt: 1,
  redrive_count: 3,
  task_token: 'abc',
  input: { counters: {} },
};

describe('a message from the task queue', () => {
  it('is ours with all its fields, and with more', () => {
    expect(isTaskMessage(message)).toBe(true);
    expect(isTaskMessage({ ...message, of_a_later_release: true })).toBe(true);
    expect(wrongFields(message)).toEqual([]);
  });

  it.each([
    ['agent', undefined],
    ['state', 7],
    ['training_id', '../../etc'],
    ['training_id', 'train-1'],
    ['visit', 0],
    ['attempt', -1],
    ['attempt', 1.5],
    ['redrive_count', '3'],
    ['task_token', null],
    ['input', []],
  ])('is none of ours when its %s is %j', (field, value) => {
    const body = { ...message, [field]: value };
    expect(isTaskMessage(body)).toBe(false);
    expect(wrongFields(body)).toEqual([field]);
  });

  it.each([[null], ['text'], [[message]]])('is none of ours when it is %j', (body) => {
    expect(isTaskMessage(body)).toBe(false);
    expect(wrongFields(body)).toEqual(Object.keys(message));
  });

  it('names the run that it is for, with visits of its own for a re-run', () => {
    expect(runOf(message)).toEqual({
      training_id: 'train-20260131-093000-1',
      state: 'OptimizeWorkflow',
      visit: 3002,
      attempt: 1,
    });
  });
});
