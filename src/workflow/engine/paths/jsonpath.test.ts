import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluatePath, PathNotFound, pathExists, placeAt } from './jsonpath.js';
import { parsePath, PathSyntaxError } from './path-syntax.js';

const store = {
  book: [
    { title: 'Emma', price: 8, tags: ['old', 'novel'], isbn: '1' },
    { title: 'Ulysses', price: 22, tags: ['long'] },
    { title: 'Dune', price: 12, tags: [] },
  ],
  'odd name': { 'it\'s "x"': 1 },
  limit: 10,
  empty: [],
  text: 'four',
};

describe('evaluatePath', () => {
  test.each([
    ['$', store],
    ['$.limit', 10],
    ["$['limit']", 10],
    ['$["limit"]', 10],
    ['$.book[0].title', 'Emma'],
    ['$.book[-1].title', 'Dune'],
    ["$['odd name']['it\\'s \"x\"']", 1],
    ['$.book[*].price', [8, 22, 12]],
    ['$.book.*.price', [8, 22, 12]],
    ['$.book[0,2].title', ['Emma', 'Dune']],
    ['$.book[0:2].title', ['Emma', 'Ulysses']],
    ['$.book[1:].title', ['Ulysses', 'Dune']],
    ['$.book[-2:].title', ['Ulysses', 'Dune']],
    ['$.book[:2].title', ['Emma', 'Ulysses']],
    ['$.book[0:3:2].title', ['Emma', 'Dune']],
    ["$.book[0]['title','price']", { title: 'Emma', price: 8 }],
    ['$..title', ['Emma', 'Ulysses', 'Dune']],
    ['$..book[0].price', [8]],
    ['$.book..[0]', [{ title: 'Emma', price: 8, tags: ['old', 'novel'], isbn: '1' }, 'old', 'long']],
    ['$.book[?(@.price < 10)].title', ['Emma']],
    ['$.book[?(@.price <= 12 && @.title != "Dune")].title', ['Emma']],
    ["$.book[?(@.price > 20 || @.title == 'Dune')].title", ['Ulysses', 'Dune']],
    ['$.book[?(!(@.price >= 12))].title', ['Emma']],
    ['$.book[?(@.isbn)].title', ['Emma']],
    ['$.book[?(!@.isbn)].title', ['Ulysses', 'Dune']],
    ['$.book[?(@.price > $.limit)].title', ['Ulysses', 'Dune']],
    ["$.book[?(@.title in ['Emma', 'Dune'])].price", [8, 12]],
    ["$.book[?(@.title nin ['Emma'])].price", [22, 12]],
    ["$.book[?(@.tags contains 'old')].price", [8]],
    ["$.book[?(@.title contains 'un')].price", [12]],
    ["$.book[?(@.tags anyof ['long', 'old'])].price", [8, 22]],
    ["$.book[?(@.tags noneof ['long'])].price", [8, 12]],
    ["$.book[?(@.tags subsetof ['long'])].price", [22, 12]],
    ['$.book[?(@.tags size 2)].price', [8]],
    ['$.book[?(@.tags empty true)].price', [12]],
    ['$.book[?(@.title =~ /e.*/i)].price', [8]],
    ["$['odd name'][?(@.x == 1)]", []],
    ['$.limit[?(@.x == 1)]', []],
    ['$.book[?(@.isbn != "1")].price', [22, 12]],
    ['$.book[?(@.price == null)].price', []],
    ['$.book.length()', 3],
    ['$.text.length()', 4],
    ['$.book[0].length()', 4],
    ["$['odd name'].keys()", ['it\'s "x"']],
    ['$.book[0].tags.first()', 'old'],
    ['$.book[0].tags.last()', 'novel'],
    ['$.nothing[*]', []],
    ['$.limit[0:1]', []],
    ['$..nothing', []],
  ])('%s', (path, expected) => {
    expect(evaluatePath(path, store)).toEqual(expected);
  });

  test.each([
    ['sum', 6],
    ['avg', 2],
    ['min', 1],
    ['max', 3],
    ['stddev', Math.sqrt(2 / 3)],
  ])('$.%s()', (name, expected) => {
    expect(evaluatePath(`$.${name}()`, [1, 2, 3])).toBeCloseTo(expected, 12);
    expect(() => evaluatePath(`$.${name}()`, ['a'])).toThrow(PathNotFound);
    expect(() => evaluatePath(`$.${name}()`, [])).toThrow(PathNotFound);
  });

  test.each([
    ['$.no', "No results for path: $['no']"],
    ['$.no.such', "Missing property in path $['no']"],
    ['$.book[9].title', "Missing property in path $['book'][9]"],
    ['$.limit.length()', "No results for path: $['limit'].length()"],
    ['$.limit.keys()', "No results for path: $['limit'].keys()"],
    ['$.empty.first()', "No results for path: $['empty'].first()"],
    ['$.text.x', "No results for path: $['text']['x']"],
    ['$.__proto__', "No results for path: $['__proto__']"],
    ['$$.State.Name', "Missing property in path $['State']"],
    ['$name.x', "No results for path: $name['x']"],
  ])('%s finds nothing', (path, message) => {
    expect(() => evaluatePath(path, store)).toThrow(new PathNotFound(message));
    expect(pathExists(parsePath(path), store)).toBe(false);
  });
});

describe('parsePath', () => {
  test.each([
    ['$.a.b', '$', true, true],
    ['$$.Task.Token', '$$', true, true],
    ['$variable_1[0]', 'variable_1', true, true],
    ['$.a[*]', '$', false, false],
    ['$.a[0,1]', '$', false, false],
    ["$['a','b']", '$', true, false],
    ['$.日本', '$', true, true],
    ['$.a-b', '$', true, true],
  ])('%s', (text, root, definite, reference) => {
    expect(parsePath(text)).toMatchObject({ root, definite, reference });
  });

  test.each([
    'a.b',
    '',
    '$.',
    '$..',
    '$[',
    '$[]',
    '$[a]',
    "$['a",
    '$.a b',
    '$[?(@.a)',
    '$[?@.a]',
    '$[?(@.a ==)]',
    '$[0:1:0]',
    '$.a.unknown()',
    '$[?(@.a == [1 2])]',
    '$[?(@.a =~ /(/)]',
    '$.a]',
    "$['a' 'b']",
    '$[*',
  ])('refuses %s', (text) => {
    expect(() => parsePath(text)).toThrow(PathSyntaxError);
  });

  test('never fails but with PathSyntaxError', () => {
    const pieces = ['$', '.', '..', '[', ']', '*', '?', '(', ')', '@', "'", '"', 'a', '0', ':', ',', '==', '/', '\\'];
    const isFine = (path: string): boolean => {
      try {
        evaluatePath(path, store);
        return true;
      } catch (error) {
        return error instanceof PathSyntaxError || error instanceof PathNotFound;
      }
    };
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), (chosen) => {
        expect(isFine(`$${chosen.join('')}`)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('placeAt', () => {
  test.each([
    ['$', { a: 1 }, 9],
    ['$.b', { a: 1 }, { a: 1, b: 9 }],
    ['$.a', { a: 1 }, { a: 9 }],
    ['$.b.c', { a: 1 }, { a: 1, b: { c: 9 } }],
    ['$.list[1]', { list: [1, 2] }, { list: [1, 9] }],
    ['$.list[0].x', { list: [{ y: 1 }] }, { list: [{ y: 1, x: 9 }] }],
    ['$.a', null, { a: 9 }],
    ['$.n.x', { n: null }, { n: { x: 9 } }],
  ])('%s', (path, root, expected) => {
    expect(placeAt(parsePath(path), root, 9)).toEqual(expected);
  });

  test.each([
    ['$.a', 'text'],
    ['$.list[5]', { list: [1] }],
    ['$[0]', {}],
    ['$.a.b', { a: 1 }],
    ['$.a[*]', { a: [1] }],
  ])('%s does not fit', (path, root) => {
    expect(() => placeAt(parsePath(path), root, 9)).toThrow(PathNotFound);
  });

  test('leaves the value it was given as it was, and __proto__ an ordinary name', () => {
    const root = { a: { b: 1 } };
    placeAt(parsePath('$.a.c'), root, 9);
    expect(root).toEqual({ a: { b: 1 } });
    const placed = placeAt(parsePath('$.__proto__'), {}, { polluted: true });
    expect(Object.keys(placed as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
