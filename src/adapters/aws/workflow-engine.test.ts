import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractDefinition, workflowEngineSuite } from '../../ports/workflow-engine.testsuite.js';
import { createSqsTaskQueue } from './task-queue.js';
import { type Canned, cannedAws } from './testing/canned.js';
import { type Moto, motoIsInstalled, motoSkipReason, startMoto } from './testing/moto.js';
import { createStepFunctionsEngine } from './workflow-engine.js';

describe.skipIf(!motoIsInstalled)(`Step Functions on moto${motoSkipReason}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(async () => {
    await moto.close();
  });

  async function makeRig() {
    const queueUrl = await moto.makeQueue();
    const definition: unknown = JSON.parse(JSON.stringify(contractDefinition).replaceAll('${TaskQueueUrl}', queueUrl));
    const stateMachineArn = await moto.makeStateMachine(definition);
    return {
      engine: createStepFunctionsEngine({ client: moto.sfn, stateMachineArn }),
      queue: createSqsTaskQueue({ client: moto.sqs, queueUrl }),
      // Time passes by itself, and the suite waits for what it brings.
      advance: async () => undefined,
      close: async () => undefined,
    };
  }

  workflowEngineSuite('aws', makeRig, {
    virtualTime: 'moto waits in real time; test/parity times tasks out with shorter limits',
    redrive: 'moto has no RedriveExecution',
    stop: 'moto lets the task wait on and then fails the execution',
  });
});

const machine = 'arn:aws:states:eu-west-1:123456789012:stateMachine:dandori';
const executionArn = 'arn:aws:states:eu-west-1:123456789012:execution:dandori:x';

function engineWith(...answers: Canned[]) {
  const { sfn, calls } = cannedAws(answers);
  return { engine: createStepFunctionsEngine({ client: sfn, stateMachineArn: machine }), calls };
}

const described = {
  executionArn,
  stateMachineArn: machine,
  name: 'x',
  status: 'RUNNING',
  startDate: 1_800_000_000,
  input: '{"a":1}',
  redriveCount: 1,
};
const entered = {
  id: 4,
  type: 'TaskStateEntered',
  timestamp: 1_800_000_000,
  stateEnteredEventDetails: { name: 'Work' },
};
const history = { events: [entered] };

describe('Step Functions with canned answers', () => {
  it('runs an execution again where it failed', async () => {
    const { engine, calls } = engineWith({ body: { redriveDate: 1 } }, { body: described }, { body: history });
    const again = await engine.redriveExecution({ name: 'x' });
    expect(again).toMatchObject({ status: 'RUNNING', redriveCount: 1, currentState: 'Work' });
    expect(calls[0]).toMatchObject({ operation: 'RedriveExecution', input: { executionArn } });
  });

  it('refuses to run an execution again from a chosen state, without a call', async () => {
    const { engine, calls } = engineWith();
    await expect(engine.redriveExecution({ name: 'x', fromState: 'TrainModel' })).rejects.toMatchObject({
      code: 'not_allowed',
      message: expect.stringContaining('Step Functions goes on where the execution failed'),
    });
    expect(calls).toEqual([]);
  });

  it('says so when an execution cannot be run again', async () => {
    const { engine } = engineWith({ error: 'ExecutionNotRedrivable', message: 'Execution is RUNNING' });
    await expect(engine.redriveExecution({ name: 'x' })).rejects.toMatchObject({
      code: 'wrong_state',
      details: { found: 'Execution is RUNNING' },
    });
  });

  it.each([
    ['TaskTimedOut', 'wrong_state'],
    ['TaskDoesNotExist', 'wrong_state'],
    ['InvalidToken', 'wrong_state'],
    ['AccessDeniedException', 'not_allowed'],
    ['ThrottlingException', 'unavailable'],
    ['SomethingNew', 'internal'],
  ])('answers %s to a token as %s', async (error, code) => {
    const calls = [
      () => engineWith({ error }).engine.sendTaskSuccess({ taskToken: 't', output: {} }),
      () => engineWith({ error }).engine.sendTaskFailure({ taskToken: 't', error: 'E', cause: '' }),
      () => engineWith({ error }).engine.sendTaskHeartbeat({ taskToken: 't' }),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code });
  });

  it.each<[string, Canned]>([
    ['a service that fails', { error: 'InternalServerError', status: 500 }],
    ['a service that cannot be reached', { broken: 'ECONNREFUSED' }],
  ])('calls %s unavailable: another try may help', async (_what, answer) => {
    await expect(engineWith(answer).engine.describeExecution({ name: 'x' })).rejects.toMatchObject({
      code: 'unavailable',
      what: expect.stringContaining('execution x'),
    });
  });

  it('takes the same input in another order of members for the same start', async () => {
    const known = { ...described, input: '{"b":2,"a":1}' };
    const answers = [{ error: 'ExecutionAlreadyExists' }, { body: known }, { body: history }];
    const { engine } = engineWith(...answers, { body: known }, { body: history });
    expect(await engine.startExecution({ name: 'x', input: { a: 1, b: 2 } })).toMatchObject({ input: { a: 1, b: 2 } });
  });

  it('hands error and cause of a stop on, within the limits of the API', async () => {
    const { engine, calls } = engineWith({ body: { stopDate: 1 } });
    await engine.stopExecution({ name: 'x', error: 'E'.repeat(300), cause: 'c'.repeat(40_000) });
    expect(calls).toEqual([
      { operation: 'StopExecution', input: { executionArn, error: 'E'.repeat(256), cause: 'c'.repeat(32_768) } },
    ]);
  });

  it('reads a history page by page and blots its task tokens out', async () => {
    const parameters = { QueueUrl: 'q', MessageBody: { task_token: 'secret', input: { note: 'secret' } } };
    const scheduled = {
      id: 5,
      previousEventId: 4,
      type: 'TaskScheduled',
      timestamp: 1_800_000_000.5,
      taskScheduledEventDetails: { resourceType: 'sqs', region: 'eu-west-1', parameters: JSON.stringify(parameters) },
    };
    const { engine, calls } = engineWith(
      { body: { ...history, nextToken: 'more' } },
      { body: { events: [scheduled] } },
    );
    const events = await engine.getExecutionHistory({ name: 'x' });
    expect(events.map(({ id }) => id)).toEqual([4, 5]);
    expect(events[1]).toMatchObject({ timestamp: '2027-01-15T08:00:00.500Z', previousEventId: 4 });
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(JSON.stringify(events)).toContain('<task_token>');
    expect(calls[1]?.input).toMatchObject({ nextToken: 'more' });
  });

  it('looks through the pages of a history until it meets the state that was entered last', async () => {
    const beats = { events: [{ id: 5, type: 'TaskScheduled', timestamp: 1 }], nextToken: 'more' };
    const { engine, calls } = engineWith({ body: described }, { body: beats }, { body: history });
    expect(await engine.describeExecution({ name: 'x' })).toMatchObject({ currentState: 'Work' });
    expect(calls[1]?.input).toMatchObject({ reverseOrder: true });
  });

  it('lists executions page by page up to the limit', async () => {
    const item = { executionArn, stateMachineArn: machine, name: 'x', status: 'RUNNING', startDate: 1 };
    const page = { body: { executions: [item], nextToken: 'more' } };
    const twoDescribed = [{ body: described }, { body: described }, { body: history }, { body: history }];
    const { engine, calls } = engineWith(page, page, ...twoDescribed);
    expect(await engine.listExecutions({ status: 'RUNNING', limit: 2 })).toHaveLength(2);
    expect(calls.filter(({ operation }) => operation === 'ListExecutions').map(({ input }) => input)).toEqual([
      { stateMachineArn: machine, maxResults: 2, statusFilter: 'RUNNING' },
      { stateMachineArn: machine, maxResults: 1, statusFilter: 'RUNNING', nextToken: 'more' },
    ]);
  });
});
