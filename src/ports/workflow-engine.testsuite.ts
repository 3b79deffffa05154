import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TaskQueue } from './task-queue.js';
import type { TaskTokens, WorkflowEngine } from './workflow-engine.js';

/** What an adapter gives to be tested; it runs `contractDefinition` as its state machine. */
export interface WorkflowEngineRig {
  engine: WorkflowEngine & TaskTokens;
  queue: TaskQueue;
  /** Lets time pass for the engine. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const task = {
  Type: 'Task',
  Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
  Parameters: {
    QueueUrl: '${TaskQueueUrl}',
    MessageBody: { 'task_token.$': '$$.Task.Token', 'state.$': '$$.State.Name', 'input.$': '$' },
  },
};

/** The state machine that the contract is about: retry, catch, time-out, heartbeat, choice. */
export const contractDefinition = {
  StartAt: 'Work',
  States: {
    Work: {
      ...task,
      TimeoutSeconds: 600,
      HeartbeatSeconds: 60,
      ResultPath: '$.work',
      Retry: [{ ErrorEquals: ['Transient'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 }],
      Catch: [{ ErrorEquals: ['Refused'], ResultPath: '$.failure', Next: 'Tell' }],
      Next: 'Good?',
    },
    'Good?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.work.score', NumericGreaterThanEquals: 0.5, Next: 'Good' }],
      Default: 'Bad',
    },
    Good: { Type: 'Succeed' },
    Bad: { Type: 'Fail', Error: 'TooLow', Cause: 'the score is below 0.5' },
    Tell: { ...task, End: true },
  },
} as const;

/** What the service under an adapter lacks in the tests, each with the reason that the skipped test's name shows. */
export interface EngineLacks {
  /** `advance` moves no clock. */
  virtualTime?: string;
  redrive?: string;
  /** Nobody can stop an execution whose task waits. */
  stop?: string;
}

/** What every workflow engine must do; a remote one does it soon, not at once. */
export function workflowEngineSuite(
  adapter: string,
  makeRig: () => Promise<WorkflowEngineRig>,
  lacks: EngineLacks = {},
): void {
  const why = (lack: string | undefined): string => (lack === undefined ? '' : ` (skipped: ${lack})`);
  const soon = { timeout: 15_000, interval: 20 };

  describe(`workflow engine: ${adapter}`, () => {
    let rig: WorkflowEngineRig;
    beforeEach(async () => {
      rig = await makeRig();
    });
    afterEach(async () => {
      await rig.close();
    });

    async function take(state = 'Work'): Promise<string> {
      const receive = () => rig.queue.receive({ maxMessages: 1, visibilityTimeoutMs: 3_600_000 });
      const [message] = await vi.waitUntil(async () => {
        const messages = await receive();
        return messages.length > 0 ? messages : null;
      }, soon);
      expect(message?.body).toMatchObject({ state });
      await rig.queue.delete({ receiptHandle: message?.receiptHandle ?? '' });
      const body = (message?.body ?? {}) as Record<string, unknown>;
      return String(body['task_token']);
    }
    const types = async (): Promise<string[]> =>
      (await rig.engine.getExecutionHistory({ name: 'x' })).map((event) => event.type);
    const start = (input: unknown = { a: 1 }) => rig.engine.startExecution({ name: 'x', input });
    const describeIt = () => rig.engine.describeExecution({ name: 'x' });

    test('runs to the end with the history of Step Functions', async () => {
      expect(await start()).toMatchObject({ name: 'x', status: 'RUNNING', input: { a: 1 } });
      await expect.poll(describeIt, soon).toMatchObject({ currentState: 'Work' });
      await rig.engine.sendTaskSuccess({ taskToken: await take(), output: { score: 0.9 } });
      await expect
        .poll(describeIt, soon)
        .toMatchObject({ status: 'SUCCEEDED', output: { a: 1, work: { score: 0.9 } } });
      expect(await types()).toEqual([
        'ExecutionStarted',
        'TaskStateEntered',
        'TaskScheduled',
        'TaskStarted',
        'TaskSubmitted',
        'TaskSucceeded',
        'TaskStateExited',
        'ChoiceStateEntered',
        'ChoiceStateExited',
        'SucceedStateEntered',
        'SucceedStateExited',
        'ExecutionSucceeded',
      ]);
    });

    test('ends FAILED with the error of a Fail state', async () => {
      await start();
      await rig.engine.sendTaskSuccess({ taskToken: await take(), output: { score: 0.1 } });
      await expect
        .poll(describeIt, soon)
        .toMatchObject({ status: 'FAILED', error: 'TooLow', cause: 'the score is below 0.5' });
    });

    test('retries what is transient, with a new token each time', async () => {
      await start();
      const first = await take();
      await rig.engine.sendTaskFailure({ taskToken: first, error: 'Transient', cause: 'busy' });
      await rig.advance(1000);
      const second = await take();
      expect(second).not.toBe(first);
      await rig.engine.sendTaskSuccess({ taskToken: second, output: { score: 1 } });
      await expect.poll(describeIt, soon).toMatchObject({ status: 'SUCCEEDED' });
    });

    test('catches what is named', async () => {
      await start();
      await rig.engine.sendTaskFailure({ taskToken: await take(), error: 'Refused', cause: 'no' });
      await rig.engine.sendTaskSuccess({ taskToken: await take('Tell'), output: 'told' });
      await expect.poll(describeIt, soon).toMatchObject({ status: 'SUCCEEDED', output: 'told' });
    });

    test.skipIf(lacks.virtualTime !== undefined)(
      `times a task out that does not beat, and refuses its late answer${why(lacks.virtualTime)}`,
      async () => {
        await start();
        const taskToken = await take();
        await rig.advance(50_000);
        await rig.engine.sendTaskHeartbeat({ taskToken });
        await rig.advance(50_000);
        await expect.poll(describeIt, soon).toMatchObject({ status: 'RUNNING' });
        await rig.advance(10_000);
        await expect.poll(describeIt, soon).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
        const late = rig.engine.sendTaskSuccess({ taskToken, output: {} });
        await expect(late).rejects.toMatchObject({ code: 'wrong_state', details: { data: { name: 'TaskTimedOut' } } });
      },
    );

    test('refuses a token that was never issued', async () => {
      const made = rig.engine.sendTaskSuccess({ taskToken: 'made-up', output: {} });
      await expect(made).rejects.toMatchObject({ code: 'wrong_state', details: { data: { name: 'InvalidToken' } } });
    });

    test('answers the same start twice with the same execution, and refuses another input', async () => {
      const first = await start();
      expect((await start()).startedAt).toBe(first.startedAt);
      await expect(start({ a: 2 })).rejects.toMatchObject({ code: 'already_exists' });
    });

    test.skipIf(lacks.stop !== undefined)(
      `stops a running execution, and leaves a stopped one as it is${why(lacks.stop)}`,
      async () => {
        await start();
        await rig.engine.stopExecution({ name: 'x', error: 'Cancelled', cause: 'by hand' });
        await rig.engine.stopExecution({ name: 'x', error: 'Other' });
        await expect.poll(describeIt, soon).toMatchObject({ status: 'ABORTED', error: 'Cancelled', cause: 'by hand' });
        expect((await types()).at(-1)).toBe('ExecutionAborted');
      },
    );

    test.skipIf(lacks.redrive !== undefined)(
      `runs a failed execution again with the input that the failed state had${why(lacks.redrive)}`,
      async () => {
        await start();
        await rig.engine.sendTaskFailure({ taskToken: await take(), error: 'Broken', cause: '' });
        await expect.poll(describeIt, soon).toMatchObject({ status: 'FAILED' });
        expect(await rig.engine.redriveExecution({ name: 'x' })).toMatchObject({ status: 'RUNNING', redriveCount: 1 });
        await rig.engine.sendTaskSuccess({ taskToken: await take(), output: { score: 1 } });
        await expect.poll(describeIt, soon).toMatchObject({ status: 'SUCCEEDED', output: { a: 1 } });
        await expect(rig.engine.redriveExecution({ name: 'x' })).rejects.toMatchObject({ code: 'wrong_state' });
      },
    );

    test('knows no execution that was never started', async () => {
      const calls = ['describeExecution', 'getExecutionHistory', 'stopExecution', 'redriveExecution'] as const;
      for (const call of calls.filter((one) => one !== 'redriveExecution' || lacks.redrive === undefined)) {
        await expect(rig.engine[call]({ name: 'none' })).rejects.toMatchObject({ code: 'not_found' });
      }
    });

    test('lists executions by status', async () => {
      await start();
      await rig.engine.sendTaskFailure({ taskToken: await take(), error: 'Broken', cause: '' });
      await rig.engine.startExecution({ name: 'y', input: {} });
      const names = async (status?: 'RUNNING' | 'FAILED') =>
        (await rig.engine.listExecutions(status === undefined ? {} : { status })).map((one) => one.name).sort();
      await expect.poll(() => names('FAILED'), soon).toEqual(['x']);
      expect(await names('RUNNING')).toEqual(['y']);
      expect(await names()).toEqual(['x', 'y']);
    });
  });
}
