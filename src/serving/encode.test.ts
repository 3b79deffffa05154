import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelSignature } from '../contracts/training.js';
import { encodeColumns } from './encode.js';

type Kind = 'numeric' | 'boolean' | 'categorical';

function signatureOf(kinds: Record<string, Kind>): ModelSignature {
  const names = Object.keys(kinds);
  const numeric = names.filter((name) => kinds[name] !== 'categorical');
  const categorical = names.filter((name) => kinds[name] === 'categorical');
  return {
    format: 1,
    task_type: 'classification',
    target: 'churn',
    classes: ['No', 'Yes'],
    positive_class: 'Yes',
    inputs: [
      ...(numeric.length > 0 ? [{ tensor: 'numeric', dtype: 'float32' as const, features: numeric }] : []),
      ...(categorical.length > 0 ? [{ tensor: 'categorical', dtype: 'string' as const, features: categorical }] : []),
    ],
    features: names.map((name) => ({
      name,
      kind: kinds[name] ?? 'numeric',
      categories: null,
      minimum: null,
      maximum: null,
      missing_seen: false,
    })),
    outputs: { label: 'label', probabilities: 'probabilities' },
  };
}

describe('encodeColumns', () => {
  it('lays rows out one after the other, a tensor an input', () => {
    const signature = signatureOf({ age: 'numeric', plan: 'categorical', senior: 'boolean', city: 'categorical' });
    const tensors = encodeColumns(
      signature,
      { age: [30, 41], plan: ['basic', 'gold'], senior: [true, false], city: ['Tokyo', 'Kyoto'], unused: [1, 2] },
      2,
    );
    expect(tensors).toEqual([
      { tensor: 'numeric', dtype: 'float32', dims: [2, 2], data: Float32Array.from([30, 1, 41, 0]) },
      { tensor: 'categorical', dtype: 'string', dims: [2, 2], data: ['basic', 'Tokyo', 'gold', 'Kyoto'] },
    ]);
  });

  it.each<[string, Kind, unknown, number | string]>([
    ['null number', 'numeric', null, Number.NaN],
    ['undefined number', 'numeric', undefined, Number.NaN],
    ['NaN', 'numeric', Number.NaN, Number.NaN],
    ['empty text for a number', 'numeric', ' ', Number.NaN],
    ['number as text', 'numeric', ' 2.5', 2.5],
    ['bigint', 'numeric', 7n, 7],
    ['boolean in a numeric feature', 'numeric', true, 1],
    ['null boolean', 'boolean', null, Number.NaN],
    ['word True', 'boolean', 'True', 1],
    ['word false', 'boolean', 'false', 0],
    ['0 for a boolean', 'boolean', 0, 0],
    ['null category', 'categorical', null, ''],
    ['undefined category', 'categorical', undefined, ''],
    ['NaN category', 'categorical', Number.NaN, ''],
    ['unseen category', 'categorical', 'platinum ♥', 'platinum ♥'],
    ['number as a category', 'categorical', 12, '12'],
    ['boolean as a category', 'categorical', false, 'false'],
  ])('encodes %s', (_, kind, value, expected) => {
    const [tensor] = encodeColumns(signatureOf({ x: kind }), { x: [value] }, 1);
    expect(tensor?.data[0]).toEqual(expected);
  });

  it.each<[string, Kind, Record<string, unknown[]>, RegExp]>([
    ['a column that is not there', 'numeric', { y: [1] }, /needs the feature "x".*Found: y/],
    ['no columns', 'numeric', {}, /no columns/],
    ['too few values', 'numeric', { x: [] }, /"x".*0 values.*1 values/],
    ['text for a number', 'numeric', { x: ['abc'] }, /"x" of row 0.*"abc".*a number or null/],
    ['a word for a boolean', 'boolean', { x: ['perhaps'] }, /true, false, 0, 1 or null/],
    ['a true for a number', 'numeric', { x: ['true'] }, /a number or null/],
    ['an object', 'numeric', { x: [{}] }, /Found: object/],
  ])('refuses %s', (_, kind, columns, message) => {
    expect(() => encodeColumns(signatureOf({ x: kind }), columns, 1)).toThrow(message);
  });

  it('does not take inherited properties for columns', () => {
    expect(() => encodeColumns(signatureOf(Object.fromEntries([['constructor', 'numeric' as const]])), {}, 1)).toThrow(
      /needs the feature "constructor"/,
    );
  });

  it('encodes no rows', () => {
    expect(encodeColumns(signatureOf({ x: 'numeric' }), { x: [] }, 0)[0]?.dims).toEqual([0, 1]);
  });

  it('encodes a row alone as it encodes it among others', () => {
    const signature = signatureOf({ a: 'numeric', b: 'boolean', c: 'categorical' });
    const row = fc.record({
      a: fc.option(fc.double()),
      b: fc.option(fc.boolean()),
      c: fc.option(fc.string()),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
        const columnsOf = (some: typeof rows) => ({
          a: some.map((r) => r.a),
          b: some.map((r) => r.b),
          c: some.map((r) => r.c),
        });
        const together = encodeColumns(signature, columnsOf(rows), rows.length);
        rows.forEach((one, index) => {
          const alone = encodeColumns(signature, columnsOf([one]), 1);
          alone.forEach((tensor, t) => {
            const width = tensor.dims[1];
            expect([...tensor.data]).toEqual([...(together[t]?.data.slice(index * width, (index + 1) * width) ?? [])]);
          });
        });
      }),
    );
  });
});
