import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBatcher } from './batcher.js';
import type { EncodedTensor } from './encode.js';
import type { OutputTensor } from './onnx-session.js';

/** Two inputs whose every row carries `id`, so that a row in a wrong answer shows. */
function tensorsOf(ids: readonly number[]): EncodedTensor[] {
  return [
    {
      tensor: 'numeric',
      dtype: 'float32',
      dims: [ids.length, 2],
      data: Float32Array.from(ids.flatMap((id) => [id, -id])),
    },
    { tensor: 'categorical', dtype: 'string', dims: [ids.length, 1], data: ids.map((id) => `c${id}`) },
  ];
}

/** Echoes its rows: `label` [rows] and `probabilities` [rows, 3]. */
function echo(tensors: readonly EncodedTensor[]): OutputTensor[] {
  const [numeric, categorical] = tensors;
  const rows = numeric?.dims[0] ?? 0;
  const ids = Array.from({ length: rows }, (_, row) => Number(numeric?.data[row * 2]));
  const names = Array.from({ length: rows }, (_, row) => String(categorical?.data[row]));
  ids.forEach((id, row) => expect(names[row]).toBe(`c${id}`));
  return [
    { name: 'label', dims: [rows], data: BigInt64Array.from(ids.map(BigInt)) },
    { name: 'probabilities', dims: [rows, 3], data: Float32Array.from(ids.flatMap((id) => [id, id + 0.25, id + 0.5])) },
  ];
}

function expectRows(outputs: OutputTensor[], ids: readonly number[]): void {
  const [label, probabilities] = outputs;
  expect(Array.from(label?.data ?? [], Number)).toEqual(ids);
  expect(label?.dims).toEqual([ids.length]);
  expect(Array.from(probabilities?.data ?? [])).toEqual(ids.flatMap((id) => [id, id + 0.25, id + 0.5]));
  expect(probabilities?.dims).toEqual([ids.length, 3]);
}

describe('createBatcher', () => {
  test('gives every request its own rows, whatever is batched with it', async () => {
    const requests = fc.array(
      fc.record({ rows: fc.integer({ min: 1, max: 40 }), turn: fc.integer({ min: 0, max: 4 }) }),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(requests, fc.integer({ min: 1, max: 64 }), async (wanted, maxRows) => {
        const largest: number[] = [];
        const batcher = createBatcher({
          maxRows,
          run: async (tensors) => {
            largest.push(tensors[0]?.dims[0] ?? 0);
            await new Promise(setImmediate);
            return echo(tensors);
          },
        });
        let next = 0;
        await Promise.all(
          wanted.map(async ({ rows, turn }) => {
            const ids = Array.from({ length: rows }, () => next++);
            for (let waited = 0; waited < turn; waited++) await new Promise(setImmediate);
            expectRows(await batcher.submit(tensorsOf(ids), rows), ids);
          }),
        );
        expect(Math.max(...largest)).toBeLessThanOrEqual(maxRows);
        expect(batcher.pendingRows()).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('runs requests of one turn together', async () => {
    const runs: number[] = [];
    const batcher = createBatcher({
      run: async (tensors) => {
        runs.push(tensors[0]?.dims[0] ?? 0);
        return echo(tensors);
      },
    });
    await Promise.all([1, 2, 3].map((id) => batcher.submit(tensorsOf([id]), 1)));
    expect(runs).toEqual([3]);
  });

  test('fails only the request that makes the model fail', async () => {
    const batcher = createBatcher({
      run: async (tensors) => {
        if (Array.from<unknown>(tensors[0]?.data ?? []).includes(2)) throw new Error('the graph does not like 2');
        return echo(tensors);
      },
    });
    const [first, second, third] = await Promise.allSettled([1, 2, 3].map((id) => batcher.submit(tensorsOf([id]), 1)));
    expect(second).toMatchObject({ status: 'rejected', reason: { message: 'the graph does not like 2' } });
    for (const [result, id] of [
      [first, 1],
      [third, 3],
    ] as const) {
      expect(result?.status).toBe('fulfilled');
      if (result?.status === 'fulfilled') expectRows(result.value, [id]);
    }
  });

  test.each([
    ['one row for many', [1], 1],
    ['too many rows', [4], 4],
    ['a shape that lies', [2], 3],
  ])('refuses %s instead of guessing whose it is', async (_name, dims, length) => {
    const batcher = createBatcher({ run: async () => [{ name: 'label', dims, data: new Float32Array(length) }] });
    await expect(batcher.submit(tensorsOf([1, 2]), 2)).rejects.toThrow('does not have one row a row');
  });
});
