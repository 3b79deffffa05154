import { describe, expect, test } from 'vitest';
import { definitionProblems, validateDefinition } from './definition.js';
import type { ValidationOptions } from './problems.js';

const lambda = 'arn:aws:states:::lambda:invoke';
const one = (state: object, others: object = {}) => ({ StartAt: 'S', States: { S: state, ...others } });
const end = { Type: 'Succeed' };
const task = (extra: object) => one({ Type: 'Task', Resource: lambda, End: true, ...extra });
const retry = (extra: object) => task({ Retry: [{ ErrorEquals: ['E'], ...extra }] });
const choice = (rule: object) => one({ Type: 'Choice', Choices: [rule] }, { T: end });

describe('definitionProblems', () => {
  test.each<[string, unknown, string, ValidationOptions?]>([
    ['no object', 5, '/'],
    ['no states', { StartAt: 'S' }, '/'],
    ['empty states', { StartAt: 'S', States: {} }, '/States'],
    ['a missing start', { StartAt: 'X', States: { S: end } }, '/StartAt'],
    ['an unreachable state', one(end, { Lost: end }), '/States/Lost'],
    ['a state that is no object', one({ Type: 'Pass', Next: 'T' }, { T: 5 }), '/States/T'],
    ['an unknown type', one({ Type: 'Jump' }), '/States/S/Type'],
    ['a long name', { StartAt: 'x'.repeat(81), States: { ['x'.repeat(81)]: end } }, `/States/${'x'.repeat(81)}`],
    ['a missing target', one({ Type: 'Pass', Next: 'T' }), '/States/S/Next'],
    ['Next and End', one({ Type: 'Pass', Next: 'T', End: true }, { T: end }), '/States/S'],
    ['neither Next nor End', one({ Type: 'Pass' }), '/States/S'],
    ['an End of another type', one({ Type: 'Pass', Next: 'T', End: 'no' }, { T: end }), '/States/S/End'],
    ['Next on Succeed', one({ Type: 'Succeed', Next: 'T' }, { T: end }), '/States/S'],
    ['Retry on Pass', one({ Type: 'Pass', End: true, Retry: [] }), '/States/S'],
    ['a Retry that is no list', task({ Retry: 5 }), '/States/S/Retry'],
    ['no error names', retry({ ErrorEquals: [] }), '/States/S/Retry[0]/ErrorEquals'],
    ['States.ALL in company', retry({ ErrorEquals: ['States.ALL', 'E'] }), '/States/S/Retry[0]/ErrorEquals'],
    [
      'States.ALL before the last',
      task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }] }),
      '/States/S/Retry[0]/ErrorEquals',
    ],
    ['interval 0', retry({ IntervalSeconds: 0 }), '/States/S/Retry[0]/IntervalSeconds'],
    ['half an attempt', retry({ MaxAttempts: 0.5 }), '/States/S/Retry[0]/MaxAttempts'],
    ['a shrinking back-off', retry({ BackoffRate: 0.5 }), '/States/S/Retry[0]/BackoffRate'],
    ['a delay above a year', retry({ MaxDelaySeconds: 31_622_401 }), '/States/S/Retry[0]/MaxDelaySeconds'],
    ['another jitter', retry({ JitterStrategy: 'SOME' }), '/States/S/Retry[0]/JitterStrategy'],
    ['a Catch to nowhere', task({ Catch: [{ ErrorEquals: ['E'], Next: 'T' }] }), '/States/S/Catch[0]/Next'],
    [
      'a Catch path that is no reference',
      task({ Catch: [{ ErrorEquals: ['E'], Next: 'S', ResultPath: '$.a[*]' }] }),
      '/States/S/Catch[0]/ResultPath',
    ],
    [
      'a bad Assign in a Catch',
      task({ Catch: [{ ErrorEquals: ['E'], Next: 'S', Assign: { 'x.$': 'no' } }] }),
      '/States/S/Catch[0]/Assign',
    ],
    ['two wait times', one({ Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true }), '/States/S'],
    ['a negative wait', one({ Type: 'Wait', Seconds: -1, End: true }), '/States/S/Seconds'],
    ['no resource', one({ Type: 'Task', End: true }), '/States/S/Resource'],
    ['a resource that is no ARN', task({ Resource: 'lambda' }), '/States/S/Resource'],
    ['a resource of nobody', task({ Resource: 'arn:aws:states:::nobody:do' }), '/States/S/Resource'],
    ['a resource of another service', task({ Resource: 'arn:aws:s3:::bucket' }), '/States/S/Resource'],
    ['a resource that this engine lacks', task({}), '/States/S/Resource', { resources: ['other'] }],
    ['heartbeat above time-out', task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 }), '/States/S/HeartbeatSeconds'],
    ['a time-out of 0', task({ TimeoutSeconds: 0 }), '/States/S/TimeoutSeconds'],
    ['a bad path', task({ InputPath: 'a.b' }), '/States/S/InputPath'],
    ['a path of another type', task({ OutputPath: 5 }), '/States/S/OutputPath'],
    ['a bad ResultPath', task({ ResultPath: '$[' }), '/States/S/ResultPath'],
    ['a bad template', task({ Parameters: { list: [{ 'x.$': 5 }] } }), '/States/S/Parameters/list[0]'],
    ['an Output in JSONPath', task({ Output: 1 }), '/States/S/Output'],
    ['no choices', one({ Type: 'Choice', Choices: [] }), '/States/S/Choices'],
    [
      'a choice to nowhere',
      one({ Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, Next: 'X' }] }),
      '/States/S/Choices[0]/Next',
    ],
    ['no operator', choice({ Variable: '$.a', Next: 'T' }), '/States/S/Choices[0]'],
    ['two operators', choice({ Variable: '$.a', IsNull: true, IsString: true, Next: 'T' }), '/States/S/Choices[0]'],
    [
      'a bad operand path',
      choice({ Variable: '$.a', StringEqualsPath: 'x', Next: 'T' }),
      '/States/S/Choices[0]/StringEqualsPath',
    ],
    ['no variable', choice({ IsNull: true, Next: 'T' }), '/States/S/Choices[0]/Variable'],
    ['an empty And', choice({ And: [], Next: 'T' }), '/States/S/Choices[0]'],
    [
      'Next inside Not',
      choice({ Not: { Variable: '$.a', IsNull: true, Next: 'T' }, Next: 'T' }),
      '/States/S/Choices[0][0]/Next',
    ],
    [
      'a Default to nowhere',
      one({ Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, Next: 'T' }], Default: 'X' }, { T: end }),
      '/States/S/Default',
    ],
    ['a Parallel without branches', one({ Type: 'Parallel', End: true }), '/States/S/Branches[0]'],
    ['a Map without a processor', one({ Type: 'Map', End: true }), '/States/S/ItemProcessor'],
    ['a bad iterator', one({ Type: 'Map', Iterator: { StartAt: 'A' }, End: true }), '/States/S/Iterator'],
    [
      'items from outside',
      one({ Type: 'Map', ItemReader: {}, ItemProcessor: one(end), End: true }),
      '/States/S/ItemReader',
      { outsideItems: false },
    ],
    [
      'JSONPath in a JSONata machine',
      { ...one({ Type: 'Pass', End: true, QueryLanguage: 'JSONPath' }), QueryLanguage: 'JSONata' },
      '/States/S/QueryLanguage',
    ],
    [
      'a path in JSONata',
      one({ Type: 'Pass', End: true, QueryLanguage: 'JSONata', InputPath: '$' }),
      '/States/S/InputPath',
    ],
    [
      'a choice without condition',
      one({ Type: 'Choice', QueryLanguage: 'JSONata', Choices: [{ Next: 'T' }] }, { T: end }),
      '/States/S/Choices[0]',
    ],
    [
      'JSONata where there is none',
      one({ Type: 'Pass', End: true, QueryLanguage: 'JSONata' }),
      '/States/S/QueryLanguage',
      { jsonata: false },
    ],
    [
      'an activity in an express machine',
      task({ Resource: 'arn:aws:states:r:1:activity:a' }),
      '/States/S/Resource',
      { type: 'EXPRESS' },
    ],
    ['a definition above 1 MB', one({ Type: 'Pass', Comment: 'x'.repeat(1_048_576), End: true }), '/'],
  ])('finds %s', (_name, definition, path, options) => {
    expect(definitionProblems(definition, options).map((problem) => problem.path)).toEqual([path]);
  });

  test('finds several at once', () => {
    expect(definitionProblems(one({ Type: 'Task', Next: 'X' }))).toHaveLength(2);
  });
});

describe('validateDefinition', () => {
  test('gives a good definition back, and names each place of a bad one', () => {
    const good = one(end);
    expect(validateDefinition(good)).toBe(good);
    expect(() => validateDefinition(one({ Type: 'Jump' }))).toThrow(/Value is not one of: .* at \/States\/S\/Type/);
  });
});
