import { describe, expect, test } from 'vitest';
import type { ModelSignature } from '../contracts/training.js';
import { fixtureSignature } from './fixtures/load-signature.js';
import { hookBody, hookOutputs } from './hook-rows.js';

const churn = fixtureSignature('churn');
const price = fixtureSignature('price');

function signatureOf(kinds: Record<string, 'numeric' | 'boolean' | 'categorical'>): ModelSignature {
  const rest = { categories: null, minimum: null, maximum: null, missing_seen: true };
  return { ...churn, features: Object.entries(kinds).map(([name, kind]) => ({ name, kind, ...rest })) };
}

describe('hookBody', () => {
  test.each<['numeric' | 'boolean' | 'categorical', unknown[], unknown[]]>([
    ['numeric', [1.5, '2', 3n, null, undefined, Number.NaN, ''], [1.5, 2, 3, null, null, null, null]],
    ['boolean', [true, false, 1, 0, 'true', 'false', null], [true, false, true, false, true, false, null]],
    ['categorical', ['a', 7, true, '', null, undefined], ['a', '7', 'true', null, null, null]],
  ])('gives %s values as the hooks know them', (kind, values, expected) => {
    const rows = JSON.parse(hookBody(signatureOf({ x: kind }), { x: values }, values.length)) as { x: unknown }[];
    expect(rows.map(({ x }) => x)).toEqual(expected);
  });

  test('keeps features in the order of the signature, whatever they are called', () => {
    const columns = Object.fromEntries([
      ['constructor', ['b']],
      ['__proto__', [1]],
    ]);
    const signature = signatureOf(Object.fromEntries([['__proto__', 'numeric'] as const]));
    expect(hookBody(signature, columns, 1)).toBe('[{"__proto__":1}]');
    const two = signatureOf(
      Object.fromEntries([
        ['constructor', 'categorical' as const],
        ['x', 'numeric' as const],
      ]),
    );
    expect(hookBody(two, { constructor: ['b'], x: [Number.NaN] }, 1)).toBe('[{"constructor":"b","x":null}]');
  });
});

describe('hookOutputs', () => {
  test('puts probabilities into the order of the classes', () => {
    const text = JSON.stringify({
      predictions: ['Yes', 'No'],
      probabilities: [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
      classes: ['Yes', 'No'],
    });
    expect(hookOutputs(churn, text, 2)).toEqual([
      { name: 'label', dims: [2], data: Float64Array.of(1, 0) },
      { name: 'probabilities', dims: [2, 2], data: Float64Array.of(0.1, 0.9, 0.8, 0.2) },
    ]);
  });

  test.each([
    ['true and false', '[true, false]', ['false', 'true']],
    ['numbers', '[1.0, 0]', ['0', '1']],
  ])('takes %s for the classes of these names', (_name, text, classes) => {
    const labels = { ...churn, classes, outputs: { label: 'label' } };
    expect(hookOutputs(labels, text, 2)[0]?.data).toEqual(Float64Array.of(1, 0));
  });

  test('takes what is no number for none', () => {
    expect(hookOutputs(price, '{"predictions": [1.5, "2", null]}', 3)[0]?.data).toEqual(
      Float64Array.of(1.5, Number.NaN, Number.NaN),
    );
  });

  test.each<[string, string, RegExp]>([
    ['no JSON', 'NaN', /did not answer JSON/],
    ['a number', '3', /answered no predictions/],
    ['null', 'null', /answered no predictions/],
    ['predictions that are no list', '{"predictions": 3}', /answered no predictions/],
    ['too many', '["Yes", "No"]', /did not answer one prediction a row\. Found: 2 predictions/],
    ['a class id', '[1]', /unknown class for row 0\. Found: 1\. Allowed: No, Yes/],
    ['rows without probabilities', '{"predictions": ["Yes"], "probabilities": []}', /no probabilities for each row/],
    ['a share too few', '{"predictions": ["Yes"], "probabilities": [[1]]}', /no 2 probabilities for row 0/],
    [
      'a class twice',
      '{"predictions": ["Yes"], "probabilities": [[0, 0, 1]], "classes": ["No", "Yes", "Yes"]}',
      /other classes than the signature/,
    ],
  ])('refuses %s', (_name, text, message) => {
    expect(() => hookOutputs(churn, text, 1)).toThrow(message);
  });
});
