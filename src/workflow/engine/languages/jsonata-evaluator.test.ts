import { describe, expect, test } from 'vitest';
import { evaluateJsonata, jsonataSyntaxProblem } from './jsonata-evaluator.js';
import { JsonataProblem } from './jsonata-problem.js';

const sources = { random: () => 0.25, uuid: () => 'an-id' };
const run = (text: string): unknown =>
  JSON.parse(JSON.stringify(evaluateJsonata(text, { x: [1, 2, 3], states: { input: { a: 2 } } }, sources) ?? null));

describe('evaluateJsonata', () => {
  test.each([
    ['$states.input.a + $sum($x)', 8],
    ['$partition($x, 2)', [[1, 2], [3]]],
    ['$partition($none, 2)', null],
    ['$partition(5, 2)', [[5]]],
    ['$range(1, 7, 3)', [1, 4, 7]],
    ['$range(4, 4, 1)', 4],
    ["$hash('x', 'MD5')", '9dd4e461268c8034f5c8564e155c67a6'],
    ["$length($hash($x, 'SHA-256'))", 64],
    ['$random()', 0.25],
    ['$random(7) = $random(7)', true],
    ['$uuid()', 'an-id'],
    ['$parse(\'{"a":[1]}\')', { a: [1] }],
    ['$parse($none)', null],
  ])('%s', (text, expected) => {
    expect(run(text)).toEqual(expected);
  });

  test.each([
    ['$eval("1")', /not allowed/],
    ['$nothing()', /^T1006/],
    ['$partition($x, 0)', /chunk size/],
    ['$range(1, 5, 0)', /step/],
    ['$range(1, 5000, 1)', /1,000/],
    ["$hash('x', 'CRC')", /knows/],
    ["$parse('{')", /JSON/],
    ['1 +', /^S0/],
    ['($f := function($n){ $f($n + 1) + 1 }; $f(0))', /too/],
  ])('%s fails', (text, message) => {
    expect(() => run(text)).toThrow(JsonataProblem);
    expect(() => run(text)).toThrow(message);
  });

  test('tells a syntax error before the run', () => {
    expect(jsonataSyntaxProblem('$a + 1')).toBeNull();
    expect(jsonataSyntaxProblem('$a +')).toMatch(/^S0/);
  });
});
