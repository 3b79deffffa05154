import { describe, expect, test } from 'vitest';
import type { MachineDefinition } from '../definition.js';
import { evaluateJsonata } from '../languages/jsonata-evaluator.js';
import { simulate, type SimulationInput, type SimulationResult } from '../testing/simulate.js';

const lambda = 'arn:aws:states:::lambda:invoke';

function run(
  states: object,
  input: unknown = {},
  extra: Partial<SimulationInput> & { machine?: object } = {},
): SimulationResult {
  const { machine, ...rest } = extra;
  const definition = { StartAt: Object.keys(states)[0], States: states, ...machine } as MachineDefinition;
  return simulate({ definition, input, jsonata: evaluateJsonata, ...rest });
}

const outputOf = (states: object, input?: unknown, extra?: Parameters<typeof run>[2]): unknown =>
  run(states, input, extra).output;
const typesOf = (result: SimulationResult): string[] => result.events.map((event) => event.type);
const inline = (states: object) => ({ StartAt: Object.keys(states)[0], States: states });
const pass = (extra: object = {}) => ({ Type: 'Pass', End: true, ...extra });

describe('data flow in JSONPath', () => {
  test.each([
    ['InputPath picks', { InputPath: '$.a' }, 1],
    ['InputPath null empties', { InputPath: null }, {}],
    [
      'Parameters build',
      { Parameters: { 'x.$': '$.a', 'n.$': '$$.State.Name', list: [{ 'y.$': '$.b' }], k: 1 } },
      { x: 1, n: 'P', list: [{ y: 2 }], k: 1 },
    ],
    ['Result replaces', { Result: { 'kept.$': '$.a' } }, { 'kept.$': '$.a' }],
    ['ResultPath joins', { Result: 9, ResultPath: '$.r.s' }, { a: 1, b: 2, r: { s: 9 } }],
    ['ResultPath null drops', { Result: 9, ResultPath: null }, { a: 1, b: 2 }],
    ['OutputPath picks', { OutputPath: '$.b' }, 2],
    ['OutputPath null empties', { OutputPath: null }, {}],
  ])('%s', (_name, fields, expected) => {
    expect(outputOf({ P: pass(fields) }, { a: 1, b: 2 })).toEqual(expected);
  });

  test('ResultSelector sees the result, ResultPath the raw input', () => {
    const state = {
      Type: 'Task',
      Resource: lambda,
      InputPath: '$.in',
      ResultSelector: { 'only.$': '$.Payload' },
      ResultPath: '$.out',
      End: true,
    };
    expect(
      outputOf({ T: state }, { in: { q: 1 }, keep: 2 }, { taskMocks: { T: [{ output: { Payload: 5, Other: 6 } }] } }),
    ).toEqual({
      in: { q: 1 },
      keep: 2,
      out: { only: 5 },
    });
  });

  test.each([
    ['a missing path', { InputPath: '$.no' }, 'States.Runtime', /Invalid path '\$\.no' : No results for path/],
    ['a missing parameter', { Parameters: { 'x.$': '$.no' } }, 'States.Runtime', /could not be found in the input/],
    ['an undefined variable', { Parameters: { 'x.$': '$gone' } }, 'States.Runtime', /variable '\$gone' is not defined/],
    ['a bad path', { Parameters: { 'x.$': 'no path' } }, 'States.Runtime', /Invalid path/],
    ['a bad intrinsic', { Parameters: { 'x.$': 'States.MathAdd(1)' } }, 'States.IntrinsicFailure', /takes 2/],
  ])('%s fails the execution', (_name, fields, error, cause) => {
    const result = run({ P: pass(fields) }, { a: 1 });
    expect(result).toMatchObject({ status: 'FAILED', error });
    expect(result.cause).toMatch(cause);
    expect(result.cause).toMatch(/^An error occurred while executing the state 'P' \(entered at the event id #2\)\. /);
  });

  test('ResultPath that does not fit is a ResultPathMatchFailure', () => {
    expect(run({ P: pass({ Result: 1, ResultPath: '$.x' }) }, 'text')).toMatchObject({
      error: 'States.ResultPathMatchFailure',
    });
  });

  test('Assign sets variables for later states; output goes its own way', () => {
    expect(
      outputOf(
        {
          A: { Type: 'Pass', Assign: { 'v.$': '$.a', w: 7 }, Next: 'B' },
          B: pass({ Parameters: { 'v.$': '$v', 'w.$': '$w', 'in.$': '$' } }),
        },
        { a: 1 },
      ),
    ).toEqual({ v: 1, w: 7, in: { a: 1 } });
  });
});

describe('Choice', () => {
  const target = { Yes: pass({ Result: 'yes' }), No: pass({ Result: 'no' }) };
  test.each([
    [{ Variable: '$.a', NumericEquals: 1 }, 'yes'],
    [{ Variable: '$.b[*]', IsPresent: true }, 'no'],
    [{ Variable: '$gone', IsPresent: true }, 'no'],
    [{ Variable: '$$.Execution.Name', StringEquals: 'execution' }, 'yes'],
  ])('%j', (rule, expected) => {
    expect(
      outputOf({ C: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' }, ...target }, { a: 1 }),
    ).toBe(expected);
  });

  test('without a match and without Default fails with States.NoChoiceMatched', () => {
    const state = { Type: 'Choice', Choices: [{ Variable: '$.a', NumericEquals: 2, Next: 'Yes' }] };
    expect(run({ C: state, ...target }, { a: 1 })).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });
});

describe('Wait', () => {
  const startMs = Date.UTC(2026, 0, 1);
  const waited = (fields: object, input: unknown = {}, machine: object = {}): unknown => {
    const result = run({ W: { Type: 'Wait', End: true, ...fields } }, input, { nowMs: startMs, machine });
    return result.status === 'SUCCEEDED' ? ((result.events.at(-1)?.atMs ?? 0) - startMs) / 1000 : result.error;
  };
  test.each([
    [{ Seconds: 5 }, {}, 5],
    [{ SecondsPath: '$.n' }, { n: 7 }, 7],
    [{ Timestamp: '2026-01-01T00:01:00Z' }, {}, 60],
    [{ TimestampPath: '$.t' }, { t: '2026-01-01T00:00:30Z' }, 30],
    [{ Timestamp: '2020-01-01T00:00:00Z' }, {}, 0],
    [{ SecondsPath: '$.n' }, { n: -1 }, 'States.Runtime'],
    [{ SecondsPath: '$.n' }, { n: '5' }, 'States.Runtime'],
    [{ SecondsPath: '$.n' }, {}, 'States.Runtime'],
    [{ SecondsPath: '$.n' }, { n: 2 ** 40 }, 'States.Runtime'],
    [{ TimestampPath: '$.t' }, { t: 'soon' }, 'States.Runtime'],
    [{ TimestampPath: '$.t' }, { t: 5 }, 'States.Runtime'],
  ])('%j with %j', (fields, input, expected) => {
    expect(waited(fields, input)).toBe(expected);
  });

  test.each([
    [{ Seconds: '{% 2 + 1 %}' }, 3],
    [{ Timestamp: "{% '2026-01-01T00:00:10Z' %}" }, 10],
    [{ Timestamp: "{% 'soon' %}" }, 'States.QueryEvaluationError'],
    [{ Seconds: '{% -1 %}' }, 'States.Runtime'],
  ])('in JSONata %j', (fields, expected) => {
    expect(waited(fields, {}, { QueryLanguage: 'JSONata' })).toBe(expected);
  });
});

describe('Fail and Succeed', () => {
  test.each([
    [
      { Error: 'E', Cause: 'c' },
      { error: 'E', cause: 'c' },
    ],
    [
      { ErrorPath: '$.e', CausePath: "States.Format('{}!', $.e)" },
      { error: 'boom', cause: 'boom!' },
    ],
    [{ ErrorPath: '$.no' }, { error: 'States.Runtime' }],
    // Only the machine's own TimeoutSeconds ends an execution as TIMED_OUT.
    [{ ErrorPath: '$.late' }, { error: 'States.Timeout' }],
    [{ ErrorPath: '$.n' }, { error: 'States.Runtime' }],
  ])('%j', (fields, expected) => {
    expect(run({ F: { Type: 'Fail', ...fields } }, { e: 'boom', n: 1, late: 'States.Timeout' })).toMatchObject({
      status: 'FAILED',
      ...expected,
    });
  });

  test('a bare Fail reports neither error nor cause', () => {
    const result = run({ F: { Type: 'Fail' } });
    expect(result).not.toHaveProperty('error');
    expect(result).not.toHaveProperty('cause');
  });

  test('Succeed applies InputPath and OutputPath', () => {
    expect(outputOf({ S: { Type: 'Succeed', InputPath: '$.a', OutputPath: '$.b' } }, { a: { b: 3 } })).toBe(3);
  });
});

describe('Task', () => {
  const task = (extra: object = {}) => ({ Type: 'Task', Resource: lambda, End: true, ...extra });
  test.each([
    ['arn:aws:lambda:r:1:function:f', ['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded']],
    ['arn:aws:states:r:1:activity:a', ['ActivityScheduled', 'ActivityStarted', 'ActivitySucceeded']],
    ['arn:aws:states:::aws-sdk:s3:getObject', ['TaskScheduled', 'TaskStarted', 'TaskSucceeded']],
    [
      'arn:aws:states:::states:startExecution.sync:2',
      ['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded'],
    ],
  ])('%s is recorded as AWS records it', (Resource, types) => {
    const result = run({ T: task({ Resource }) }, {}, { taskMocks: { T: [{ output: 1 }] } });
    expect(typesOf(result).slice(2, -2)).toEqual(types);
  });

  test.each([
    [{ TimeoutSecondsPath: '$.n' }, { n: 0 }],
    [{ TimeoutSecondsPath: '$.no' }, {}],
    [{ HeartbeatSecondsPath: '$.n' }, { n: 'x' }],
  ])('%j with %j fails with States.Runtime', (fields, input) => {
    expect(run({ T: task(fields) }, input)).toMatchObject({ error: 'States.Runtime' });
  });

  test('a time-out is caught with an empty cause', () => {
    const states = {
      T: task({ TimeoutSeconds: 5, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'C' }] }),
      C: pass(),
    };
    expect(outputOf(states, {}, { taskMocks: { T: [{ timedOut: true }] } })).toEqual({
      Error: 'States.Timeout',
      Cause: '',
    });
  });

  test('too large a result fails with States.DataLimitExceeded, and States.ALL catches it', () => {
    const states = { T: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }] }), C: pass() };
    expect(outputOf(states, {}, { taskMocks: { T: [{ output: 'x'.repeat(262_145) }] } })).toMatchObject({
      Error: 'States.DataLimitExceeded',
    });
  });

  test('a Catch whose ResultPath does not fit fails the execution', () => {
    const states = { T: task({ Catch: [{ ErrorEquals: ['E'], ResultPath: '$.x', Next: 'C' }] }), C: pass() };
    expect(run(states, 'text', { taskMocks: { T: [{ error: 'E' }] } })).toMatchObject({
      error: 'States.ResultPathMatchFailure',
    });
  });

  test('retries wait and are counted in the context object', () => {
    const states = {
      T: task({
        Parameters: { 'n.$': '$$.State.RetryCount' },
        Retry: [{ ErrorEquals: ['X'] }, { ErrorEquals: ['E'], IntervalSeconds: 10, BackoffRate: 2 }],
      }),
    };
    const result = run(states, {}, { taskMocks: { T: [{ error: 'E' }, { error: 'E' }, { output: 'done' }] } });
    expect(result.output).toBe('done');
    const scheduled = result.events.filter((event) => event.type === 'TaskScheduled');
    expect(scheduled.map((event) => event.atMs - (scheduled[0]?.atMs ?? 0))).toEqual([0, 10_000, 30_000]);
    expect(JSON.stringify(scheduled[2]?.details)).toContain('{\\"n\\":2}');
  });
});

describe('Parallel', () => {
  test('gathers the outputs in the order of the branches', () => {
    const branches = [
      inline({ W: { Type: 'Wait', Seconds: 5, Next: 'A' }, A: pass({ Result: 'slow' }) }),
      inline({ B: pass() }),
    ];
    expect(
      outputOf({ P: { Type: 'Parallel', Branches: branches, ResultPath: '$.both', End: true } }, { i: 1 }),
    ).toEqual({
      i: 1,
      both: ['slow', { i: 1 }],
    });
  });

  test('the first failure ends all branches; a branch reads outer variables and keeps its own', () => {
    const fork = {
      Type: 'Parallel',
      Branches: [
        inline({ L: { Type: 'Wait', Seconds: 100, End: true } }),
        inline({
          R: { Type: 'Pass', Assign: { 'own.$': '$outer' }, Next: 'F' },
          F: { Type: 'Fail', ErrorPath: '$own' },
        }),
      ],
      Catch: [{ ErrorEquals: ['given'], Next: 'C', Assign: { 'e.$': '$.Error' } }],
      End: true,
    };
    const result = run({
      A: { Type: 'Pass', Assign: { outer: 'given' }, Next: 'P' },
      P: fork,
      C: pass({ Parameters: { 'e.$': '$e' } }),
    });
    expect(result.output).toEqual({ e: 'given' });
    expect(typesOf(result)).toContain('WaitStateAborted');
    expect(typesOf(result)).toContain('ParallelStateFailed');
  });
});

describe('Map', () => {
  const each = (extra: object, states: object = { One: pass() }) => ({
    Type: 'Map',
    ItemProcessor: inline(states),
    End: true,
    ...extra,
  });
  test.each([
    ['ItemsPath', { ItemsPath: '$.list' }, [1, 2, 3]],
    [
      'ItemSelector',
      { ItemsPath: '$.list', ItemSelector: { 'v.$': '$$.Map.Item.Value', 'i.$': '$$.Map.Item.Index', 'k.$': '$.k' } },
      [
        { v: 1, i: 0, k: 'k' },
        { v: 2, i: 1, k: 'k' },
        { v: 3, i: 2, k: 'k' },
      ],
    ],
    ['one at a time', { ItemsPath: '$.list', MaxConcurrency: 1 }, [1, 2, 3]],
    ['no items', { ItemsPath: '$.none' }, []],
  ])('%s', (_name, fields, expected) => {
    expect(outputOf({ M: each(fields) }, { list: [1, 2, 3], none: [], k: 'k' })).toEqual(expected);
  });

  test.each([
    [{}, 'text', 'must point to array'],
    [{ ItemsPath: '$.list', MaxConcurrencyPath: '$.list' }, { list: [] }, 'not a valid integer'],
    [{ ItemsPath: '$.list', ToleratedFailureCountPath: '$.n' }, { list: [], n: -1 }, 'cannot be negative'],
    [{ ItemsPath: '$.list', ToleratedFailurePercentagePath: '$.n' }, { list: [], n: 101 }, 'between 0 and 100'],
  ])('%j with %j is a runtime error', (fields, input, cause) => {
    const result = run({ M: each(fields) }, input);
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(result.cause).toContain(cause);
  });

  const failing = {
    C: { Type: 'Choice', Choices: [{ Variable: '$', NumericEquals: 2, Next: 'F' }], Default: 'O' },
    F: { Type: 'Fail', Error: 'Two' },
    O: pass(),
  };
  const distributed = (extra: object) => ({
    Type: 'Map',
    ItemProcessor: { ...inline(failing), ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
    End: true,
    ...extra,
  });

  test('an inline failure aborts the other iterations', () => {
    const slow = { ...failing, O: { Type: 'Wait', Seconds: 9, End: true } };
    const result = run({ M: each({}, slow) }, [1, 2, 3]);
    expect(result).toMatchObject({ status: 'FAILED', error: 'Two' });
    expect(typesOf(result).filter((type) => type === 'MapIterationAborted')).toHaveLength(2);
  });

  test.each([
    [{}, { status: 'FAILED', error: 'Two' }],
    [{ ToleratedFailureCount: 1 }, { status: 'SUCCEEDED' }],
    [{ ToleratedFailurePercentage: 50 }, { status: 'SUCCEEDED' }],
    [{ ToleratedFailurePercentage: 10 }, { status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' }],
  ])('distributed %j', (fields, expected) => {
    const result = run({ M: distributed(fields) }, [1, 2, 3]);
    expect(result).toMatchObject(expected);
    expect(typesOf(result)).not.toContain('MapIterationStarted');
  });

  test('batches items, and reads them from outside through the reader given', () => {
    const fields = {
      ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { 'k.$': '$.k' } },
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        Parameters: { 'Key.$': '$.key' },
        ReaderConfig: { InputType: 'JSON' },
      },
    };
    const result = run({ M: distributed(fields) }, { k: 'K', key: 'a' }, { readItems: () => [1, 5, 6] });
    expect(result.output).toEqual([
      { BatchInput: { k: 'K' }, Items: [1, 5] },
      { BatchInput: { k: 'K' }, Items: [6] },
    ]);
    expect(run({ M: distributed(fields) }, { k: 'K', key: 'a' })).toMatchObject({ error: 'States.ItemReaderFailed' });
  });
});

describe('data flow in JSONata', () => {
  const machine = { QueryLanguage: 'JSONata' };
  const jsonata = (states: object, input: unknown = {}, extra: object = {}) =>
    run(states, input, { machine, ...extra });
  test.each([
    [
      'Output',
      { Output: { x: '{% $states.input.a + 1 %}', list: ['{% 1 %}', 2], t: ' {% 1 %}' } },
      { x: 2, list: [1, 2], t: ' {% 1 %}' },
    ],
    ['Output as expression', { Output: '{% $states.context.State.Name %}' }, 'P'],
    ['no Output', {}, { a: 1 }],
  ])('%s', (_name, fields, expected) => {
    expect(jsonata({ P: pass(fields) }, { a: 1 }).output).toEqual(expected);
  });

  test('Arguments, result, Assign with the values of before', () => {
    const states = {
      A: { Type: 'Pass', Assign: { n: 1 }, Next: 'T' },
      T: {
        Type: 'Task',
        Resource: lambda,
        Arguments: { n: '{% $n %}' },
        Assign: { n: '{% $n + $states.result %}' },
        Output: '{% $n %}',
        Next: 'B',
      },
      B: pass({ Output: '{% [$states.input, $n] %}' }),
    };
    expect(jsonata(states, {}, { taskMocks: { T: [{ output: 10 }] } }).output).toEqual([1, 11]);
  });

  test('Catch sees $states.errorOutput', () => {
    const states = {
      T: {
        Type: 'Task',
        Resource: lambda,
        Catch: [
          {
            ErrorEquals: ['E'],
            Output: '{% $states.errorOutput.Cause %}',
            Assign: { e: '{% $states.errorOutput.Error %}' },
            Next: 'C',
          },
        ],
        End: true,
      },
      C: pass({ Output: '{% $e & $states.input %}' }),
    };
    expect(jsonata(states, {}, { taskMocks: { T: [{ error: 'E', cause: '!' }] } }).output).toBe('E!');
  });

  test.each([
    ['{% $none %}', 'returned nothing (undefined)'],
    ['{% function($x){$x} %}', 'unsupported result type'],
    ['{% $nothing() %}', 'threw an error during evaluation. T1006'],
  ])('%s fails with EvaluationFailed', (expression, cause) => {
    const result = jsonata({ P: pass({ Output: { deep: expression } }) });
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(result.cause).toContain(cause);
    const failed = result.events.find((event) => event.type === 'EvaluationFailed');
    expect(failed?.details).toMatchObject({ evaluationFailedEventDetails: { location: 'Output/deep', state: 'P' } });
  });

  test.each([
    ['{% $states.input.a = 1 %}', 'SUCCEEDED'],
    ['{% $states.input.a = 2 %}', 'FAILED'],
    ["{% 'text' %}", 'FAILED'],
  ])('Condition %s', (Condition, status) => {
    const states = { C: { Type: 'Choice', Choices: [{ Condition, Next: 'Y' }] }, Y: pass() };
    expect(jsonata(states, { a: 1 })).toMatchObject({ status });
  });

  test.each([
    ['{% $states.input.list %}', [1, 2], [1, 2]],
    [[3, 4], [], [3, 4]],
    [undefined, [5], undefined],
  ])('Items %j', (Items, list, expected) => {
    const map = {
      Type: 'Map',
      ...(Items === undefined ? {} : { Items }),
      ItemSelector: { v: '{% $states.context.Map.Item.Value %}' },
      ItemProcessor: inline({ One: pass({ Output: '{% $states.input.v %}' }) }),
      End: true,
    };
    const result = jsonata({ M: map }, { list });
    expect(result).toMatchObject(
      expected === undefined ? { error: 'States.QueryEvaluationError' } : { output: expected },
    );
  });
});

test('the history closes when it is full, and says so', () => {
  const result = run({ L: { Type: 'Pass', Next: 'L' } });
  expect(result).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  expect(result.events).toHaveLength(25_000);
  expect(result.events.at(-1)?.type).toBe('ExecutionFailed');
});
