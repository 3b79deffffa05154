import { describe, expect, it } from 'vitest';
import type { ModelSignature } from '../../contracts/training.js';
import type { ColumnValues } from '../../serving/encode.js';
import type { Model, Prediction } from './model.js';
import { failure } from '../../messages/failures.js';
import { jobMessages } from '../job-messages.js';
import { failedArtefact, runModelTests } from './model-tests.js';

const signature: ModelSignature = {
  format: 1,
  task_type: 'classification',
  target: 'churn',
  classes: ['No', 'Yes'],
  positive_class: 'Yes',
  inputs: [
    { tensor: 'numeric', dtype: 'float32', features: ['age'] },
    { tensor: 'categorical', dtype: 'string', features: ['plan'] },
  ],
  features: [
    { name: 'age', kind: 'numeric', categories: null, minimum: null, maximum: null, missing_seen: false },
    { name: 'plan', kind: 'categorical', categories: ['basic'], minimum: null, maximum: null, missing_seen: false },
  ],
  outputs: { label: 'label', probabilities: 'probabilities' },
};

const tensors = { inputs: ['numeric', 'categorical'], outputs: ['label', 'probabilities'] };

type Columns = Readonly<Record<string, ColumnValues>>;

/** A model whose share of "Yes" is what `share` says of a row. */
function modelOf(
  share: (columns: Columns, row: number, rowCount: number) => number,
  change: Partial<Model> = {},
): Model {
  return {
    signature,
    tensors,
    runtime: { name: 'onnxruntime-node', version: '1' },
    loadMs: 5,
    async predict(columns, rowCount): Promise<Prediction> {
      const shares = Array.from({ length: rowCount }, (_, row) => share(columns, row, rowCount));
      return {
        values: Float64Array.from(shares, (one) => (one > 0.5 ? 1 : 0)),
        probabilities: Float32Array.from(shares.flatMap((one) => [1 - one, one])),
      };
    },
    release: async () => undefined,
    ...change,
  };
}

const good = (columns: Columns, row: number) => Number(columns['age']?.[row] ?? 50) / 100;
const sample = { columns: { age: [20, 40, 60, 80], plan: ['basic', 'gold', 'basic', null] }, rowCount: 4 };
let calls = 0;

describe('runModelTests', () => {
  it('passes a sound model', async () => {
    const tests = await runModelTests(modelOf(good), sample);
    expect(tests.map((test) => test.name)).toEqual([
      'artefact_loads',
      'inputs_match_signature',
      'outputs_match_signature',
      'deterministic',
      'batch_invariant',
      'order_invariant',
      'missing_values_accepted',
      'unseen_categories_accepted',
      'finite_outputs',
      'probabilities_sum_to_one',
    ]);
    expect(tests.filter((test) => !test.passed)).toEqual([]);
  });

  it.each<[string, Model, string, RegExp]>([
    ['loads too slowly', modelOf(good, { loadMs: 60_000 }), 'artefact_loads', /60000 ms/],
    [
      'wants a tensor that the signature does not name',
      modelOf(good, { tensors: { ...tensors, inputs: ['numeric', 'categorical', 'extra'] } }),
      'inputs_match_signature',
      /extra/,
    ],
    [
      'lacks a tensor of the signature',
      modelOf(good, { tensors: { ...tensors, inputs: ['numeric'] } }),
      'inputs_match_signature',
      /categorical/,
    ],
    [
      'lacks an output of the signature',
      modelOf(good, { tensors: { ...tensors, outputs: ['label'] } }),
      'outputs_match_signature',
      /probabilities/,
    ],
    ['answers differently each time', modelOf(() => (calls++ % 7) / 10), 'deterministic', /second time/],
    ['answers by the size of the batch', modelOf((_, __, rowCount) => rowCount / 10), 'batch_invariant', /row 0 alone/],
    ['answers by the place in the batch', modelOf((_, row) => row / 10), 'order_invariant', /another order/],
    [
      'answers NaN to a missing value',
      modelOf((columns, row) => Number(columns['age']?.[row] ?? Number.NaN) / 100),
      'missing_values_accepted',
      /age missing/,
    ],
    [
      'throws on a new category',
      modelOf((columns, row) => {
        if (String(columns['plan']?.[row]).startsWith('never')) throw new Error('unknown category');
        return good(columns, row);
      }),
      'unseen_categories_accepted',
      /unknown category/,
    ],
    ['answers NaN', modelOf(() => Number.NaN), 'finite_outputs', /finite/],
    ['has shares below zero', modelOf(() => -0.5), 'probabilities_sum_to_one', /row 0/],
    [
      'has shares that do not add up',
      modelOf(good, {
        predict: async (_, rowCount) => ({
          values: new Float64Array(rowCount),
          probabilities: new Float32Array(rowCount * 2).fill(0.9),
        }),
      }),
      'probabilities_sum_to_one',
      /add up to 1\.79/,
    ],
    [
      'gives no shares',
      modelOf(good, { predict: async (_, rowCount) => ({ values: new Float64Array(rowCount), probabilities: null }) }),
      'probabilities_sum_to_one',
      /no probabilities/,
    ],
  ])('fails a model that %s', async (_, model, name, detail) => {
    const failed = (await runModelTests(model, sample)).filter((test) => !test.passed);
    expect(failed).toEqual(expect.arrayContaining([{ name, passed: false, detail: expect.stringMatching(detail) }]));
  });

  it('asks hooks whether their probabilities fit their labels, and not for tensors', async () => {
    const names = async (model: Model) => (await runModelTests(model, sample)).filter((test) => !test.passed);
    expect(await names(modelOf(good, { tensors: null }))).toEqual([]);
    const swapped = modelOf(good, {
      tensors: null,
      async predict(columns, rowCount) {
        const { values, probabilities } = await modelOf(good).predict(columns, rowCount);
        return { values, probabilities: probabilities?.map((share) => 1 - share) ?? null };
      },
    });
    const detail = expect.stringContaining('the columns must be No, Yes') as string;
    expect(await names(swapped)).toEqual([{ name: 'probabilities_fit_labels', passed: false, detail }]);
  });

  it('asks a regression neither for shares nor for categories that it does not have', async () => {
    const regression = modelOf(good, {
      signature: {
        ...signature,
        task_type: 'regression',
        classes: null,
        features: signature.features.slice(0, 1),
        outputs: { prediction: 'prediction' },
      },
      tensors: { ...tensors, outputs: ['prediction'] },
    });
    const tests = await runModelTests(regression, sample);
    expect(tests.map((test) => test.name)).not.toContain('probabilities_sum_to_one');
    expect(tests.find((test) => test.name === 'unseen_categories_accepted')?.detail).toBe('no categorical feature');
  });

  it('says of an artefact that does not load why', () => {
    expect(failedArtefact('artefact_loads', new Error('garbage'), 'ja')).toEqual({
      name: 'artefact_loads',
      passed: false,
      detail: 'garbage',
    });
    const late = failure('corrupt', jobMessages.modelLoadsNot({ why: 'bad magic' }));
    expect(failedArtefact('artefact_loads', late, 'ja').detail).toMatch(/^model\.onnx をonnxruntimeで読み込めません。/);
    expect(failedArtefact('artefact_loads', late, 'en').detail).toBe(late.message);
  });
});
