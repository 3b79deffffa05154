import type { Language } from '../../contracts/request.js';
import { DandoriError, messageOf } from '../../errors.js';
import { textOf } from '../../messages/failures.js';
import type { ColumnValues } from '../../serving/encode.js';
import type { Model, Prediction } from './model.js';

export interface ModelTest {
  name: string;
  passed: boolean;
  detail: string;
}

/** Loading takes longer than this: the endpoint's start would time out. */
const maxLoadMs = 30_000;
/** Float32 sums depend on the batch; classes may not. */
const tolerance = 1e-4;

type Columns = Readonly<Record<string, ColumnValues>>;
interface Sample {
  columns: Columns;
  rowCount: number;
}

type Check = [name: string, run: () => Promise<string> | string];

/** The graph has the tensors that the signature names. */
function tensorChecks({ inputs, outputs }: NonNullable<Model['tensors']>, signature: Model['signature']): Check[] {
  const wanted = signature.inputs.map((input) => input.tensor);
  const answered = Object.values(signature.outputs).filter((name) => name !== undefined);
  return [
    ['inputs_match_signature', () => namesMatch(inputs, wanted, true)],
    ['outputs_match_signature', () => namesMatch(outputs, answered, false)],
  ];
}

/** Unit checks of the artefact (E8) on a few rows of the test split; none throws, each answers pass or fail with its reason. */
export async function runModelTests(model: Model, sample: Sample): Promise<ModelTest[]> {
  const loaded = `loaded in ${Math.round(model.loadMs)} ms (allowed ${maxLoadMs} ms)`;
  const { tensors, signature } = model;
  const checks: Check[] = [
    ...(tensors === null ? [] : tensorChecks(tensors, signature)),
    ['deterministic', () => deterministic(model, sample)],
    ['batch_invariant', () => batchInvariant(model, sample)],
    ['order_invariant', () => orderInvariant(model, sample)],
    ['missing_values_accepted', () => missingAccepted(model, sample)],
    ['unseen_categories_accepted', () => unseenAccepted(model, sample)],
    ['finite_outputs', () => finiteOutputs(model, sample)],
    ...(signature.outputs.probabilities === undefined
      ? []
      : [['probabilities_sum_to_one', () => sumToOne(model, sample)] satisfies Check]),
    ...(signature.outputs.probabilities === undefined || tensors !== null
      ? []
      : [['probabilities_fit_labels', () => labelsFit(model, sample)] satisfies Check]),
  ];
  const results: ModelTest[] = [{ name: 'artefact_loads', passed: model.loadMs <= maxLoadMs, detail: loaded }];
  for (const [name, check] of checks) results.push(await run(name, check));
  return results;
}

/** The test that stands for an artefact which could not be loaded or run at all. */
export function failedArtefact(
  name: 'artefact_loads' | 'artefact_runs',
  error: unknown,
  language: Language,
): ModelTest {
  // What the model's own code said is no defect of ours: it stays as it is.
  const detail = error instanceof DandoriError ? textOf(error, language) : messageOf(error);
  return { name, passed: false, detail: detail.slice(0, 500) };
}

async function run(name: string, check: () => Promise<string> | string): Promise<ModelTest> {
  try {
    return { name, passed: true, detail: await check() };
  } catch (error) {
    return { name, passed: false, detail: messageOf(error).slice(0, 500) };
  }
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

function namesMatch(found: readonly string[], wanted: readonly string[], exact: boolean): string {
  const absent = wanted.filter((name) => !found.includes(name));
  const surplus = exact ? found.filter((name) => !wanted.includes(name)) : [];
  assert(absent.length === 0, `signature.json names ${absent.join(', ')}, the model has ${found.join(', ')}`);
  assert(surplus.length === 0, `the model wants ${surplus.join(', ')} too, signature.json does not name it`);
  return wanted.join(', ');
}

async function deterministic(model: Model, { columns, rowCount }: Sample): Promise<string> {
  const first = await model.predict(columns, rowCount);
  const second = await model.predict(columns, rowCount);
  assert(largestDifference(first, second) === 0, 'the same rows got other answers the second time');
  return `${rowCount} rows twice, the same answers`;
}

async function batchInvariant(model: Model, { columns, rowCount }: Sample): Promise<string> {
  const together = await model.predict(columns, rowCount);
  for (let row = 0; row < rowCount; row++) {
    const alone = await model.predict(rowsOf(columns, [row]), 1);
    const difference = largestDifference(alone, rowOf(together, row));
    assert(difference <= tolerance, `row ${row} alone differs from the row in its batch by ${difference}`);
  }
  return `${rowCount} rows alone and together`;
}

async function orderInvariant(model: Model, { columns, rowCount }: Sample): Promise<string> {
  const forward = await model.predict(columns, rowCount);
  const order = Array.from({ length: rowCount }, (_, row) => rowCount - 1 - row);
  const backward = await model.predict(rowsOf(columns, order), rowCount);
  for (let row = 0; row < rowCount; row++) {
    const difference = largestDifference(rowOf(forward, row), rowOf(backward, rowCount - 1 - row));
    assert(difference <= tolerance, `row ${row} differs by ${difference} when the rows come in another order`);
  }
  return `${rowCount} rows forwards and backwards`;
}

async function missingAccepted(model: Model, { columns }: Sample): Promise<string> {
  const one = rowsOf(columns, [0]);
  const { features } = model.signature;
  for (const { name } of features) assertFinite(await model.predict({ ...one, [name]: [null] }, 1), `${name} missing`);
  assertFinite(
    await model.predict(Object.fromEntries(features.map(({ name }) => [name, [null]])), 1),
    'every feature missing',
  );
  return `each of ${features.length} features missing, and all`;
}

async function unseenAccepted(model: Model, { columns }: Sample): Promise<string> {
  const words = model.signature.features.filter((feature) => feature.kind === 'categorical');
  const one = rowsOf(columns, [0]);
  for (const { name } of words)
    assertFinite(await model.predict({ ...one, [name]: ['never seen before ☃'] }, 1), `${name} unseen`);
  return words.length === 0 ? 'no categorical feature' : `a new category in each of ${words.length} features`;
}

async function finiteOutputs(model: Model, { columns, rowCount }: Sample): Promise<string> {
  assertFinite(await model.predict(columns, rowCount), 'a row of the test split');
  return `${rowCount} rows`;
}

async function sumToOne(model: Model, { columns, rowCount }: Sample): Promise<string> {
  const { probabilities } = await model.predict(columns, rowCount);
  assert(probabilities !== null, 'the model gave no probabilities');
  const shares = probabilities ?? new Float32Array();
  const classCount = shares.length / rowCount;
  for (let row = 0; row < rowCount; row++) {
    const own = shares.subarray(row * classCount, (row + 1) * classCount);
    const sum = own.reduce((total, share) => total + share, 0);
    assert(
      Math.abs(sum - 1) <= tolerance && own.every((share) => share >= -tolerance),
      `the probabilities of row ${row} add up to ${sum}`,
    );
  }
  return `${rowCount} rows`;
}

/** Hooks give probabilities as columns: in another order than the classes they would belong to the wrong ones. */
async function labelsFit(model: Model, { columns, rowCount }: Sample): Promise<string> {
  const answer = await model.predict(columns, rowCount);
  const likeliest = Array.from({ length: rowCount }, (_, row) => {
    const own = rowOf(answer, row).probabilities ?? new Float32Array();
    return own.indexOf(Math.max(...own));
  });
  const fitting = likeliest.filter((id, row) => id === answer.values[row]).length;
  const said = `the label is the likeliest class on ${fitting} of ${rowCount} rows`;
  const order = `the columns must be ${(model.signature.classes ?? []).join(', ')}, or "classes" must say their order`;
  assert(fitting * 2 >= rowCount, `${said}: ${order}`);
  return said;
}

function assertFinite({ values, probabilities }: Prediction, what: string): void {
  const finite = values.every(Number.isFinite) && (probabilities?.every(Number.isFinite) ?? true);
  assert(finite, `${what}: the answer is not a finite number`);
}

function rowsOf(columns: Columns, rows: readonly number[]): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, rows.map((row) => values[row])]));
}

function rowOf({ values, probabilities }: Prediction, row: number): Prediction {
  const classCount = (probabilities?.length ?? 0) / values.length;
  return {
    values: values.slice(row, row + 1),
    probabilities: probabilities?.slice(row * classCount, (row + 1) * classCount) ?? null,
  };
}

/** Relative where values are large; a changed class id of a classifier counts by its probabilities, where near ties may turn. */
function largestDifference(a: Prediction, b: Prediction): number {
  const left = a.probabilities ?? a.values;
  const right = b.probabilities ?? b.values;
  let largest = 0;
  for (let i = 0; i < left.length; i++) {
    const x = left[i] ?? Number.NaN;
    const y = right[i] ?? Number.NaN;
    const difference = Math.abs(x - y) / Math.max(1, Math.abs(x));
    // NaN is a difference too: Math.max would carry it, a comparison would lose it.
    largest = Math.max(largest, difference);
  }
  return largest;
}
