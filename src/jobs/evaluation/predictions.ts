import type { DuckDBConnection } from '@duckdb/node-api';
import type { EvaluationSpec } from '../../contracts/evaluation.js';
import { failure } from '../../messages/failures.js';
import { jobMessages } from '../job-messages.js';
import type { ColumnValues } from '../../serving/encode.js';
import type { Model } from './model.js';
import { readBatches, type Batch, type ParquetFile, type SelectedColumn } from './parquet.js';
import { selectAttribute, selectFeatures, selectTarget } from './select-columns.js';

/** Rows a call of the model: four of DuckDB's chunks, where the cost of a call no longer counts. */
const batchRows = 8192;

/** What one model said of every row, class ids in the order of the current model's classes. */
export interface ModelAnswers {
  values: Float64Array;
  /** [rows, classes], row-major; null where the model gives none. */
  probabilities: Float32Array | null;
}

/** Group of each row by one sensitive attribute: `names[codes[row]]`. */
export interface RowGroups {
  attribute: string;
  names: string[];
  codes: Int32Array;
}

/** The test split with the answers of the models that were run on it. */
export interface TestPredictions {
  rowCount: number;
  /** Class ids or values. */
  truth: Float64Array;
  current: ModelAnswers;
  previous: ModelAnswers | null;
  groups: RowGroups[];
  /** Time inside onnxruntime and the encoder, for the current model. */
  inferenceMs: number;
}

export interface PredictionTask {
  connection: DuckDBConnection;
  file: ParquetFile;
  spec: EvaluationSpec;
  model: Model;
  /** Version in service, already known to take these rows and to have these classes. */
  previous: Model | null;
  onRows?: (rows: number) => void;
  now?: () => number;
}

/** Runs the model over every row of the test split, in one pass; `unusable_data` names a target that the model cannot have. */
export async function predictTestRows(task: PredictionTask): Promise<TestPredictions> {
  const { connection, file, spec, model, previous } = task;
  const now = task.now ?? (() => performance.now());
  const columns = await selectColumns(task);
  const result = emptyPredictions(task);
  const readTruth = truthReader(spec, model);
  const remap = previous === null ? null : classRemap(previous, model);
  let row = 0;
  for await (const batch of readBatches(connection, file, columns.all, batchRows)) {
    const startedMs = now();
    const answer = await model.predict(batch.columns, batch.rowCount);
    result.inferenceMs += now() - startedMs;
    readTruth(batch.columns[columns.truth] ?? [], result.truth, row);
    store(result.current, answer, row);
    if (previous !== null && remap !== null && result.previous !== null) {
      store(result.previous, remap(await previous.predict(batch.columns, batch.rowCount)), row);
    }
    storeGroups(result.groups, batch, columns.attributes, row);
    row += batch.rowCount;
    task.onRows?.(row);
  }
  return result;
}

interface Columns {
  all: SelectedColumn[];
  truth: string;
  attributes: string[];
}

/** Target and attributes get names of their own: an attribute is often a feature too, read in another way. */
async function selectColumns({ connection, file, spec, model, previous }: PredictionTask): Promise<Columns> {
  const signatures = previous === null ? [model.signature] : [model.signature, previous.signature];
  const features = await selectFeatures(connection, file, signatures);
  const truth = `\u0000truth`;
  const isText = spec.task_type === 'classification';
  const target = await selectTarget(connection, file, { column: spec.target, name: truth, isText });
  const attributes: SelectedColumn[] = [];
  for (const column of spec.sensitive_attributes) {
    attributes.push(await selectAttribute(connection, file, { column, name: `\u0000group ${column}` }));
  }
  return { all: [...features, target, ...attributes], truth, attributes: attributes.map((one) => one.name) };
}

function emptyPredictions({ file, spec, model, previous }: PredictionTask): TestPredictions {
  const { rowCount } = file;
  const classCount = model.signature.classes?.length ?? 0;
  const answers = (of: Model): ModelAnswers => ({
    values: new Float64Array(rowCount),
    probabilities:
      of.signature.outputs.probabilities === undefined || classCount === 0
        ? null
        : new Float32Array(rowCount * classCount),
  });
  return {
    rowCount,
    truth: new Float64Array(rowCount),
    current: answers(model),
    previous: previous === null ? null : answers(previous),
    groups: spec.sensitive_attributes.map((attribute) => ({ attribute, names: [], codes: new Int32Array(rowCount) })),
    inferenceMs: 0,
  };
}

function truthReader(
  spec: EvaluationSpec,
  model: Model,
): (values: ColumnValues, truth: Float64Array, from: number) => void {
  const classes = model.signature.classes ?? [];
  const ids = new Map(classes.map((name, id) => [name, id]));
  const isText = spec.task_type === 'classification';
  return (values, truth, from) => {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const number = isText ? ids.get(String(value)) : Number(value ?? Number.NaN);
      if (number === undefined || !Number.isFinite(number)) {
        const found = value === null || value === undefined ? null : JSON.stringify(value).slice(0, 80);
        const known = isText ? classes.slice(0, 20) : null;
        const text = jobMessages.testTarget({ row: from + i, target: spec.target, found, classes: known });
        throw failure('unusable_data', text);
      }
      truth[from + i] = number;
    }
  };
}

function store(answers: ModelAnswers, batch: ModelAnswers, row: number): void {
  answers.values.set(batch.values, row);
  if (answers.probabilities === null || batch.probabilities === null) return;
  const classCount = batch.probabilities.length / batch.values.length;
  answers.probabilities.set(batch.probabilities, row * classCount);
}

/** The previous version may list the same classes in another order: its ids and columns are put into ours. */
function classRemap(previous: Model, model: Model): (answers: ModelAnswers) => ModelAnswers {
  const ours = model.signature.classes ?? [];
  const ids = (previous.signature.classes ?? []).map((name) => ours.indexOf(name));
  if (ids.every((id, index) => id === index)) return (answers) => answers;
  return ({ values, probabilities }) => ({
    values: values.map((id) => ids[id] ?? -1),
    probabilities:
      probabilities?.map((_, at, all) => {
        const row = Math.floor(at / ids.length);
        return all[row * ids.length + ids.indexOf(at % ids.length)] ?? Number.NaN;
      }) ?? null,
  });
}

function storeGroups(groups: readonly RowGroups[], batch: Batch, columns: readonly string[], row: number): void {
  groups.forEach(({ names, codes }, index) => {
    const values = batch.columns[columns[index] ?? ''] ?? [];
    const known = new Map(names.map((name, code) => [name, code]));
    for (let i = 0; i < values.length; i++) {
      const name = String(values[i]);
      let code = known.get(name);
      if (code === undefined) {
        code = names.push(name) - 1;
        known.set(name, code);
      }
      codes[row + i] = code;
    }
  });
}
