import { describe, expect, test } from 'vitest';
import { choiceOperators, matchesPattern, ruleHolds } from './choice.js';
import { StateFailure } from './failure.js';

const input: Record<string, unknown> = {
  '$.text': 'beta',
  '$.other': 'beta',
  '$.number': 5,
  '$.yes': true,
  '$.at': '2026-01-01T00:00:00Z',
  '$.later': '2026-01-01T02:00:00+01:00',
  '$.null': null,
};
const lookup = (path: string) => ({ found: path in input, value: input[path] });

describe('ruleHolds', () => {
  test.each([
    [{ Variable: '$.text', StringEquals: 'beta' }, true],
    [{ Variable: '$.text', StringLessThan: 'gamma' }, true],
    [{ Variable: '$.text', StringGreaterThanEquals: 'gamma' }, false],
    [{ Variable: '$.text', StringEqualsPath: '$.other' }, true],
    [{ Variable: '$.text', NumericEquals: 5 }, false],
    [{ Variable: '$.number', NumericGreaterThan: 4 }, true],
    [{ Variable: '$.number', NumericLessThanEquals: 5 }, true],
    [{ Variable: '$.yes', BooleanEquals: true }, true],
    [{ Variable: '$.yes', BooleanEqualsPath: '$.text' }, false],
    [{ Variable: '$.at', TimestampLessThan: '2026-06-01T00:00:00Z' }, true],
    [{ Variable: '$.later', TimestampGreaterThanPath: '$.at' }, true],
    [{ Variable: '$.text', TimestampEquals: 'beta' }, false],
    [{ Variable: '$.text', StringMatches: 'b*a' }, true],
    [{ Variable: '$.null', IsNull: true }, true],
    [{ Variable: '$.text', IsNull: true }, false],
    [{ Variable: '$.text', IsString: false }, false],
    [{ Variable: '$.number', IsNumeric: true }, true],
    [{ Variable: '$.yes', IsBoolean: true }, true],
    [{ Variable: '$.at', IsTimestamp: true }, true],
    [{ Variable: '$.none', IsPresent: false }, true],
    [{ Variable: '$.text', IsPresent: true }, true],
    [{ Not: { Variable: '$.yes', BooleanEquals: true } }, false],
    [
      {
        And: [
          { Variable: '$.yes', BooleanEquals: true },
          { Variable: '$.none', IsPresent: true },
        ],
      },
      false,
    ],
    [
      {
        Or: [
          { Variable: '$.none', IsPresent: true },
          { Variable: '$.number', NumericEquals: 5 },
        ],
      },
      true,
    ],
  ])('%j', (rule, expected) => {
    expect(ruleHolds(rule, lookup)).toBe(expected);
  });

  test.each([
    [{ Variable: '$.none', StringEquals: 'x' }],
    [{ Variable: '$.text', StringEqualsPath: '$.none' }],
    [{ Variable: '$.text' }],
  ])('%j fails the state', (rule) => {
    expect(() => ruleHolds(rule, lookup)).toThrow(StateFailure);
  });

  test('knows the 39 operators of the language', () => {
    expect(choiceOperators).toHaveLength(39);
  });
});

describe('matchesPattern', () => {
  test.each([
    ['abc', 'abc', true],
    ['abc', 'a*', true],
    ['abc', '*c', true],
    ['abc', '*', true],
    ['aXbYc', 'a*b*c', true],
    ['ac', 'a*b*c', false],
    ['aba', 'ab*ba', false],
    ['a*c', 'a\\*c', true],
    ['abc', 'a\\*c', false],
    ['a\\c', 'a\\\\c', true],
    ['xbc', 'a*', false],
  ])('%s against %s', (value, pattern, expected) => {
    expect(matchesPattern(value, pattern)).toBe(expected);
  });
});
