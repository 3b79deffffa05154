import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DandoriError } from '../errors.js';
import { fixtureSignature } from './fixtures/load-signature.js';
import { errorBody, statusOf } from './invocation.js';
import { jsonDepth, parseInput } from './parse-input.js';

const churn = fixtureSignature('churn');
const price = fixtureSignature('price');

function parse(body: string | Uint8Array, contentType = 'application/json', signature = churn) {
  return parseInput(signature, { body: Buffer.from(body), contentType });
}

function refused(body: string | Uint8Array, contentType?: string, signature = churn): DandoriError {
  try {
    parse(body, contentType, signature);
  } catch (error) {
    if (error instanceof DandoriError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** The status of an answer; 500 for anything thrown that is not a refusal. */
function statusFor(body: Uint8Array, contentType: string): number {
  try {
    return parseInput(churn, { body, contentType }).rowCount > 0 ? 200 : 500;
  } catch (error) {
    return statusOf(error);
  }
}

const row = { tenure: 5, plan: 'pro', charge: 20.5 };
const oneRow = { tenure: [5], plan: ['pro'], charge: [20.5] };

describe('parseInput', () => {
  test.each([
    ['an object', JSON.stringify(row), 'application/json'],
    ['no content type', JSON.stringify(row), ''],
    ['a list', JSON.stringify([row]), 'application/json; charset=utf-8'],
    ['instances as objects', JSON.stringify({ instances: [row] }), 'application/json'],
    ['instances as values', JSON.stringify({ instances: [[5, 'pro', 20.5]] }), 'application/json'],
    ['the target beside the features', JSON.stringify({ ...row, churned: 'Yes' }), 'application/json'],
    ['CSV with a header', 'charge,tenure,plan\n20.5,5,pro\n', 'text/csv'],
    ['CSV with a header and the target', 'charge,tenure,plan,churned\n20.5,5,pro,Yes\n', 'text/csv'],
    ['CSV without a header', '5,pro,20.5', 'text/csv'],
    ['CSV with a byte order mark', '\uFEFFtenure,plan,charge\r\n5,pro,20.5\r\n', 'text/csv; charset=utf-8'],
    ['CSV whose header is announced', 'tenure,plan,charge\n5,pro,20.5', 'text/csv; header=present'],
  ])('reads one row from %s', (_name, body, contentType) => {
    const { columns, rowCount } = parse(body, contentType);
    expect(rowCount).toBe(1);
    expect({ ...columns }).toEqual(oneRow);
  });

  test('keeps the order of rows', () => {
    const rows = [1, 2, 3].map((tenure) => ({ ...row, tenure }));
    expect(parse(JSON.stringify(rows)).columns['tenure']).toEqual([1, 2, 3]);
  });

  test('takes null, and an absent feature that training saw missing, as missing', () => {
    expect({ ...parse('{"tenure":null,"plan":null}').columns }).toEqual({
      tenure: [null],
      plan: [null],
      charge: [null],
    });
  });

  test('takes empty cells and NA as missing', () => {
    const { columns } = parse('tenure,plan,charge\n,,NA\nnan,free,null\n', 'text/csv');
    expect({ ...columns }).toEqual({ tenure: [null, null], plan: [null, 'free'], charge: [null, null] });
  });

  test('takes a new category, and a number as a category', () => {
    expect(parse('[{"tenure":1,"plan":"gold"},{"tenure":1,"plan":7}]').columns['plan']).toEqual(['gold', '7']);
  });

  test.each([
    [true, true],
    [false, false],
    [1, true],
    [0, false],
    [null, null],
  ])('reads the boolean %j as %j', (given, value) => {
    expect(parse(JSON.stringify({ area: 50, garden: given }), 'application/json', price).columns['garden']).toEqual([
      value,
    ]);
  });

  test.each([
    ['{"tenure":"5","plan":"pro"}', 'tenure', 'a number'],
    ['{"tenure":true}', 'tenure', 'a number'],
    ['{"tenure":1e39}', 'tenure', 'a number'],
    ['{"tenure":[1]}', 'tenure', 'a number'],
    ['{"tenure":1,"plan":{}}', 'plan', 'a string'],
    ['{"tenure":1,"plann":"pro"}', 'plann', 'did you mean "plan"'],
    ['{"tenure":1,"customerID":"7590"}', 'customerID', 'tenure, plan, charge'],
    ['{"plan":"pro"}', 'tenure', 'null says that it is missing'],
    ['[{"tenure":1},{"tenure":"x"}]', 'tenure', 'a number'],
    ['{"tenure":1,"__proto__":{"plan":"pro"}}', '__proto__', 'tenure, plan, charge'],
    ['{"tenure":1,"constructor":1}', 'constructor', 'tenure, plan, charge'],
  ])('answers 400 for %s and names the field', (body, field, allowed) => {
    const error = refused(body);
    expect(statusOf(error)).toBe(400);
    const found = errorBody(error).problems.find((problem) => (problem as { field: string }).field === field);
    expect(found).toMatchObject({ field });
    expect((found as { allowed: string }).allowed).toContain(allowed);
  });

  test('names the row', () => {
    const error = refused('[{"tenure":1},{"tenure":2},{"tenure":"x"}]');
    expect(error.message).toContain('Row 2, field "tenure"');
    expect(errorBody(error).problems).toEqual([
      { row: 2, field: 'tenure', found: '"x"', allowed: 'a number (within +-3.4e38) or null' },
    ]);
  });

  test('lists at most twenty problems and says how many there are', () => {
    const error = refused(JSON.stringify(Array.from({ length: 50 }, () => ({ tenure: 'x' }))));
    expect(errorBody(error).problems).toHaveLength(20);
    expect(error.message).toContain('and 49 more problems');
  });

  test.each([
    ['', 400, 'an empty body'],
    ['{', 400, 'not JSON'],
    ['7', 400, 'holds no rows'],
    ['null', 400, 'holds no rows'],
    ['[]', 400, 'no row'],
    ['[1,2]', 400, 'an object, or a list'],
    ['{"instances":{}}', 400, 'not a list'],
    ['{"instances":[],"parameters":{}}', 400, 'parameters'],
    ['{"instances":[[1,"pro"]]}', 400, '2 values'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 400, 'depth 33'],
    [new Uint8Array([0x22, 0xff, 0x22]), 400, 'UTF-8'],
  ])('refuses the JSON body %j', (body, status, text) => {
    const error = refused(body);
    expect(statusOf(error)).toBe(status);
    expect(error.message).toContain(text);
  });

  test.each([
    ['tenure,plan,chargee\n1,pro,2', 'did you mean "charge"'],
    ['tenure,plan,plan\n1,pro,2', 'twice'],
    ['tenure,plan,charge\n1,pro', '2 cells'],
    ['tenure,plan,charge\nabc,pro,2', 'tenure'],
    ['tenure,plan,charge\n0x10,pro,2', '0x10'],
    ['1,pro', '2 values'],
    ['tenure,plan,charge\n', 'no row'],
    ['"1,pro,2', 'closing quote'],
  ])('refuses the CSV body %j', (body, text) => {
    const error = refused(body, 'text/csv');
    expect(statusOf(error)).toBe(400);
    expect(error.message).toContain(text);
  });

  test.each([
    'application/xml',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'x'.repeat(500),
  ])('answers 415 for the content type %s', (contentType) => {
    const error = refused('{}', contentType);
    expect(statusOf(error)).toBe(415);
  });

  test('answers 413 for a body over the limit', () => {
    const error = refused(Buffer.alloc(6_291_457, 32));
    expect(statusOf(error)).toBe(413);
    expect(error.message).toContain('6291456 bytes');
  });

  test('never throws anything but a refusal, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.string().map((text) => Buffer.from(text)),
      fc.json().map((text) => Buffer.from(text)),
      fc.uint8Array(),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom('application/json', 'text/csv', ''), (body, contentType) => {
        expect(statusFor(body, contentType)).toBeLessThan(500);
      }),
    );
  });
});

describe('jsonDepth', () => {
  test.each([
    ['1', 0],
    ['[{"a":[]}]', 3],
    ['["[[[["]', 1],
    [String.raw`["\"[[["]`, 1],
  ])('of %s is %i', (text, depth) => {
    expect(jsonDepth(text)).toBe(depth);
  });
});
