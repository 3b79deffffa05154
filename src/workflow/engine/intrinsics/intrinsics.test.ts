import { describe, expect, test } from 'vitest';
import { StateFailure } from '../failure.js';
import { evaluatePath } from '../paths/jsonpath.js';
import { PathSyntaxError } from '../paths/path-syntax.js';
import { parseIntrinsic } from './intrinsic-syntax.js';
import { callIntrinsic, intrinsicNames, intrinsicProblem } from './intrinsics.js';

const input = { list: [1, 2, 2, 3], text: 'a,b;c', object: { a: 1, b: [true] }, other: { b: 2 }, 'q)': 5 };
const sources = { random: () => 0.25, uuid: () => '00000000-0000-4000-8000-000000000001' };

function run(text: string): unknown {
  return callIntrinsic(parseIntrinsic(text), (path) => evaluatePath(path, input), sources);
}

describe('intrinsic functions', () => {
  test('are eighteen', () => {
    expect(intrinsicNames).toHaveLength(18);
  });

  test.each([
    ["States.Format('{} is {}', 'x', $.list[0])", 'x is 1'],
    ["States.Format('\\{{}\\} it\\'s \\\\', true)", "{true} it's \\"],
    ["States.Format('{} {} {}', null, $.list, $.object)", 'null [1,2,2,3] {a=1, b=[true]}'],
    ['States.Format($.text)', 'a,b;c'],
    ['States.StringToJson(\'{"a":[1]}\')', { a: [1] }],
    ["States.StringToJson(' ')", null],
    ['States.JsonToString($.object)', '{"a":1,"b":[true]}'],
    ["States.Array(1, 'a', null, $.other)", [1, 'a', null, { b: 2 }]],
    ['States.Array()', []],
    ['States.ArrayPartition($.list, 3)', [[1, 2, 2], [3]]],
    ['States.ArrayContains($.list, 3)', true],
    ['States.ArrayContains(States.Array($.other), $.other)', true],
    ['States.ArrayRange(1, 9, 2)', [1, 3, 5, 7, 9]],
    ['States.ArrayRange(5, 1, -2)', [5, 3, 1]],
    ['States.ArrayRange(5, 1, 1)', []],
    ['States.ArrayGetItem($.list, 3)', 3],
    ['States.ArrayLength($.list)', 4],
    ['States.ArrayUnique($.list)', [1, 2, 3]],
    ["States.Base64Encode('Data')", 'RGF0YQ=='],
    ["States.Base64Decode('RGF0YQ==')", 'Data'],
    ["States.Hash('x', 'MD5')", '9dd4e461268c8034f5c8564e155c67a6'],
    ["States.Hash($.list, 'SHA-1')", 'e2bf4d9c75d142d2460c073179ef01ffc36ad5c6'],
    ['States.JsonMerge($.object, $.other, false)', { a: 1, b: 2 }],
    ['States.MathRandom(1, 5)', 2],
    ['States.MathAdd(1, -3)', -2],
    ["States.StringSplit($.text, ',;')", ['a', 'b', 'c']],
    ['States.UUID()', '00000000-0000-4000-8000-000000000001'],
    ['States.ArrayLength($.list[?(@ > 1)])', 3],
    ["States.MathAdd($['q)'], 1)", 6],
    ['States.MathAdd( $.list.length() , 1 )', 5],
  ])('%s', (text, expected) => {
    expect(run(text)).toEqual(expected);
  });

  test('States.MathRandom with a seed repeats itself', () => {
    expect(run('States.MathRandom(1, 1000, 7)')).toBe(run('States.MathRandom(1, 1000, 7)'));
    expect(run('States.MathRandom(1, 1000, 7)')).not.toBe(run('States.MathRandom(1, 1000, 8)'));
  });

  test.each([
    "States.Format('{} {}', 1)",
    "States.Format('{}', 1, 2)",
    'States.Format(1)',
    "States.StringToJson('{')",
    'States.StringToJson(1)',
    'States.ArrayPartition(1, 2)',
    'States.ArrayPartition($.list, 0)',
    "States.ArrayPartition($.list, 'x')",
    'States.ArrayRange(1, 2, 0)',
    'States.ArrayRange(0, 5000, 1)',
    'States.ArrayGetItem($.list, 9)',
    "States.Hash('x', 'CRC')",
    'States.JsonMerge($.object, 1, false)',
    'States.JsonMerge($.object, $.other, true)',
    'States.MathRandom(5, 1)',
    "States.StringSplit(1, ',')",
    'States.UUID(1)',
    'States.Unknown()',
  ])('%s fails with States.IntrinsicFailure', (text) => {
    expect(() => run(text)).toThrow(expect.objectContaining({ error: 'States.IntrinsicFailure' }));
  });

  test('refuse more than 10,000 characters to encode', () => {
    const call = parseIntrinsic('States.Base64Encode($.x)');
    expect(() => callIntrinsic(call, () => 'x'.repeat(10_001), sources)).toThrow(StateFailure);
  });
});

describe('parseIntrinsic', () => {
  test.each([
    'States.Format(',
    'States.Format(x)',
    "States.Format('a",
    "States.Format('\\\"')",
    'States.Format',
    'States.()',
    "States.Format('a') b",
    "States.Format('a' 'b')",
    'States.ArrayLength($.[)',
    `${'States.Array('.repeat(11)}${')'.repeat(11)}`,
    'States.Array(SomethingElse())',
  ])('refuses %s', (text) => {
    expect(() => parseIntrinsic(text)).toThrow(PathSyntaxError);
  });

  test('sees a wrong call inside another before it runs', () => {
    expect(intrinsicProblem(parseIntrinsic('States.Array(States.UUID(1))'))).toBe(
      'States.UUID takes 0 arguments, found 1',
    );
    expect(intrinsicProblem(parseIntrinsic('States.MathRandom(1)'))).toBe(
      'States.MathRandom takes 2 to 3 arguments, found 1',
    );
  });
});
