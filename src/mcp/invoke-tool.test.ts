import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { fakeContext, fakePorts } from '../capabilities/testing/fake-ports.js';
import { unused } from '../capabilities/testing/fake-stores.js';
import { runRef } from '../contracts/run-ref.js';
import { DandoriError } from '../errors.js';
import type { ExecutionStatus, WorkflowEngine } from '../ports/workflow-engine.js';
import { defineTool, readOnly, type ToolContext, writes } from './define-tool.js';
import { invokeTool } from './invoke-tool.js';

const training = 'train-20260131-093000-1';
const run = { training_id: training, state: 'TrainModel', visit: 1, attempt: 0 };

/** A context whose engine says where one execution stands. */
function contextAt(status: ExecutionStatus, currentState: string | null): ToolContext {
  const engine: WorkflowEngine = {
    ...unused<WorkflowEngine>('engine'),
    async describeExecution({ name }) {
      if (name !== training) throw new DandoriError('not_found', `There is no execution ${name}.`);
      const startedAt = '2026-01-31T09:30:00.000Z';
      return { name, status, currentState, input: {}, startedAt, stoppedAt: null, redriveCount: 0 };
    },
  };
  return { ...fakeContext({ ...fakePorts(), engine }) };
}

function effectTool(states: readonly string[]) {
  const handler = vi.fn<() => Promise<{ done: boolean }>>(async () => ({ done: true }));
  const tool = defineTool({
    name: 'do_it',
    title: 'Do it',
    description: 'Does it.',
    input: z.object({ run: runRef }),
    output: z.object({ done: z.boolean() }),
    annotations: writes,
    effect: { states },
    handler,
  });
  return { tool, handler };
}

const double = defineTool({
  name: 'double',
  title: 'Double',
  description: 'Doubles a number.',
  input: z.object({ value: z.number() }),
  output: z.object({ value: z.number().max(100) }),
  annotations: readOnly,
  effect: null,
  handler: async ({ value }) => ({ value: value * 2 }),
});

describe('a tool that reads', () => {
  it('answers what its handler answers', async () => {
    expect(await invokeTool(double, { value: 4 }, contextAt('RUNNING', null))).toEqual({ value: 8 });
  });

  it('refuses wrong arguments by the field', async () => {
    const refused = invokeTool(double, { value: 'four' }, contextAt('RUNNING', null));
    await expect(refused).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringMatching(/at value/) });
  });

  it('refuses absent arguments', async () => {
    await expect(invokeTool(double, undefined, contextAt('RUNNING', null))).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  it('never answers what its schema does not allow', async () => {
    await expect(invokeTool(double, { value: 99 }, contextAt('RUNNING', null))).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

describe('a call that is cancelled', () => {
  const waits = {
    ...double,
    handler: (_input: unknown, { signal }: ToolContext) =>
      new Promise<{ value: number }>((_resolve, reject) => {
        // As fetch and streams of Node do it.
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  };

  it('ends with "cancelled", whatever the handler throws then', async () => {
    const stop = new AbortController();
    const call = invokeTool(waits, { value: 1 }, { ...contextAt('RUNNING', null), signal: stop.signal });
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled', what: 'The call of double was cancelled.' });
  });

  it('does not begin when it was cancelled before', async () => {
    const { tool, handler } = effectTool(['TrainModel']);
    const context = { ...contextAt('RUNNING', 'TrainModel'), signal: AbortSignal.abort() };
    await expect(invokeTool(tool, { run }, context)).rejects.toMatchObject({ code: 'cancelled' });
    expect(handler).not.toHaveBeenCalled();
  });
});

describe('a tool with an effect', () => {
  it('works for a run in its state', async () => {
    const { tool } = effectTool(['TrainModel']);
    expect(await invokeTool(tool, { run }, contextAt('RUNNING', 'TrainModel'))).toEqual({ done: true });
  });

  it('works for a run that ended well where the state Succeeded allows it', async () => {
    const { tool } = effectTool(['Succeeded']);
    const answer = invokeTool(tool, { run: { ...run, state: 'Succeeded' } }, contextAt('SUCCEEDED', null));
    expect(await answer).toEqual({ done: true });
  });

  it.each<[string, ExecutionStatus, string | null, unknown, string]>([
    ['the run is in another state', 'RUNNING', 'EvaluateModel', run, 'wrong_state'],
    ['the call names another state', 'RUNNING', 'TrainModel', { ...run, state: 'EvaluateModel' }, 'wrong_state'],
    ['the run is between two states', 'RUNNING', null, run, 'wrong_state'],
    ['the run has ended', 'SUCCEEDED', null, run, 'wrong_state'],
    ['the run has failed', 'FAILED', null, run, 'wrong_state'],
    ['the run was cancelled', 'ABORTED', null, run, 'wrong_state'],
    ['no run has that id', 'RUNNING', 'TrainModel', { ...run, training_id: 'train-somebody-else' }, 'not_found'],
    ['no run is named', 'RUNNING', 'TrainModel', undefined, 'invalid_input'],
    ['the run is no run', 'RUNNING', 'TrainModel', { training_id: '../x' }, 'invalid_input'],
  ])('is refused when %s', async (_why, status, state, given, code) => {
    const { tool, handler } = effectTool(['TrainModel']);
    await expect(invokeTool(tool, { run: given }, contextAt(status, state))).rejects.toMatchObject({ code });
    expect(handler).not.toHaveBeenCalled();
  });

  it('is refused without a run even when its own schema forgot to ask for one', async () => {
    const { tool, handler } = effectTool(['TrainModel']);
    const careless = { ...tool, input: z.object({}), handler: async () => handler() };
    await expect(invokeTool(careless, {}, contextAt('RUNNING', 'TrainModel'))).rejects.toMatchObject({
      code: 'not_allowed',
      message: expect.stringMatching(/npx dandori submit/),
    });
    expect(handler).not.toHaveBeenCalled();
  });
});
