import { describe, expect, test } from 'vitest';
import { tokenTaskResource } from '../durable/embedded-engine.js';
import { evaluateJsonata } from '../languages/jsonata-evaluator.js';
import { testState } from './test-state.js';

const input = { a: { b: 1 } };
const task = {
  Type: 'Task',
  Resource: tokenTaskResource,
  InputPath: '$.a',
  Parameters: { QueueUrl: 'q', 'MessageBody.$': '$.b' },
  ResultSelector: { 'kept.$': '$.good' },
  ResultPath: '$.done',
  Next: 'After',
};
const failed = { error: 'E', cause: 'why' };
const retry = [{ ErrorEquals: ['Other'] }, { ErrorEquals: ['E'], IntervalSeconds: 3, MaxAttempts: 3, BackoffRate: 2 }];

describe('testState', () => {
  test('shows every value on the way through a task', () => {
    expect(testState({ definition: task, input, mock: { result: { good: 2, rest: 3 } } })).toEqual({
      status: 'SUCCEEDED',
      nextState: 'After',
      output: { ...input, done: { kept: 2 } },
      inspectionData: {
        input,
        afterInputPath: { b: 1 },
        afterParameters: { QueueUrl: 'q', MessageBody: 1 },
        result: { good: 2, rest: 3 },
        afterResultSelector: { kept: 2 },
        afterResultPath: { ...input, done: { kept: 2 } },
      },
    });
  });

  test.each([
    [0, 'RETRIABLE', { retryIndex: 1, retryBackoffIntervalSeconds: 3 }],
    [2, 'RETRIABLE', { retryIndex: 1, retryBackoffIntervalSeconds: 12 }],
    [3, 'FAILED', { retryIndex: 1 }],
  ])('after %i attempts a failure is %s', (retrierRetryCount, status, errorDetails) => {
    const definition = { ...task, Retry: retry };
    const result = testState({ definition, input, mock: failed, retrierRetryCount });
    expect(result).toMatchObject({ status, ...failed, inspectionData: { errorDetails } });
  });

  test('names the catcher, and the state that it leads to', () => {
    const definition = { ...task, Catch: [{ ErrorEquals: ['E'], ResultPath: '$.failure', Next: 'Mend' }] };
    expect(testState({ definition, input, mock: failed })).toMatchObject({
      status: 'CAUGHT_ERROR',
      nextState: 'Mend',
      output: { ...input, failure: { Error: 'E', Cause: 'why' } },
      inspectionData: { errorDetails: { catchIndex: 0 } },
    });
  });

  test.each([
    [1, 'SUCCEEDED'],
    [2, 'FAILED'],
  ])('a Map with %i failed iterations of one that it bears has %s', (mapIterationFailureCount, status) => {
    const definition = {
      Type: 'Map',
      ItemsPath: '$.items',
      ToleratedFailureCount: 1,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'P',
        States: { P: { Type: 'Pass', End: true } },
      },
      End: true,
    };
    const given = { definition, input: { items: [1, 2, 3] }, mock: { result: ['x', 'y'] }, mapIterationFailureCount };
    expect(testState(given)).toMatchObject({
      status,
      inspectionData: { afterItemsPath: [1, 2, 3], maxConcurrency: 0, toleratedFailureCount: 1 },
    });
  });

  test('fills in variables and context, and ends a wait', () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Other',
      States: {
        Other: { Type: 'Succeed' },
        W: { Type: 'Wait', Seconds: '{% $n %}', Output: '{% $states.context.Mine %}', End: true },
      },
    };
    const given = {
      definition,
      stateName: 'W',
      variables: { n: 5 },
      context: { Mine: 'own' },
      jsonata: evaluateJsonata,
    };
    expect(testState(given)).toEqual({
      status: 'SUCCEEDED',
      output: 'own',
      inspectionData: { input: {}, variables: { n: 5 } },
    });
  });

  test('a task without a mock is left running, and a state that is not there is refused', () => {
    expect(testState({ definition: task, input })).toMatchObject({ status: 'RUNNING' });
    const machine = { StartAt: 'A', States: { A: { Type: 'Succeed' } } };
    expect(() => testState({ definition: machine, stateName: 'B' })).toThrow('The definition has no state "B".');
  });

  test('a failure of an expression is told without its frame', () => {
    expect(testState({ definition: { ...task, InputPath: '$.none' }, input })).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringMatching(/^Invalid path '\$\.none'/) as string,
    });
  });
});
