import type { ModelSignature } from '../contracts/training.js';
import { DandoriError } from '../errors.js';
import type { ColumnValues } from './encode.js';
import type { OutputTensor } from './onnx-session.js';

type FeatureKind = ModelSignature['features'][number]['kind'];

function jsonValue(kind: FeatureKind, value: unknown): number | boolean | string | null {
  if (value === null || value === undefined || value === '' || Number.isNaN(value)) return null;
  if (kind === 'categorical') return String(value);
  const number = Number(value);
  return kind === 'boolean' ? number === 1 || value === 'true' : number;
}

/**
 * Rows as columns -> the body that `input_fn` gets: a JSON list of objects {feature: value} in the signature's order. Missing
 * is null, whatever it was before; booleans are true and false. Serving and evaluation both send this.
 */
export function hookBody(
  signature: ModelSignature,
  columns: Readonly<Record<string, ColumnValues>>,
  rowCount: number,
): string {
  const rows = Array.from({ length: rowCount }, (_, row) => {
    // No prototype: a feature may be called `__proto__`.
    const record = Object.create(null) as Record<string, unknown>;
    for (const { name, kind } of signature.features) record[name] = jsonValue(kind, columns[name]?.[row]);
    return record;
  });
  return JSON.stringify(rows);
}

const allowedAnswer =
  '{"predictions": [one a row], "probabilities": [[one a class] a row], "classes": [order of these]} or the list of predictions';

function wrong(what: string, found: string, allowed: string = allowedAnswer): DandoriError {
  return new DandoriError('internal', `output_fn of the model's inference.py ${what}.`, {
    found: found.slice(0, 200),
    allowed,
  });
}

function parse(text: string): { predictions: unknown[]; probabilities: unknown; classes: unknown } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw wrong('did not answer JSON', JSON.stringify(text.slice(0, 100)));
  }
  if (Array.isArray(document)) return { predictions: document, probabilities: undefined, classes: undefined };
  if (typeof document === 'object' && document !== null && 'predictions' in document) {
    const { predictions } = document;
    const probabilities = 'probabilities' in document ? (document.probabilities ?? undefined) : undefined;
    const classes = 'classes' in document ? (document.classes ?? undefined) : undefined;
    if (Array.isArray(predictions)) return { predictions, probabilities, classes };
  }
  throw wrong('answered no predictions', JSON.stringify(document) ?? 'nothing');
}

/** Class ids of the answered labels; a label is a class by its text, so that true and 1 find "true" and "1". */
function labels(predictions: readonly unknown[], classes: readonly string[]): Float64Array {
  const ids = new Map(classes.map((name, id) => [name, id]));
  return Float64Array.from(predictions, (label, row) => {
    const id = ids.get(String(label));
    if (id !== undefined) return id;
    throw wrong(`answered an unknown class for row ${row}`, JSON.stringify(label) ?? 'nothing', classes.join(', '));
  });
}

/** Row-major in the order of the signature's classes, whatever order the hook's columns have. */
function shares(given: unknown, order: readonly string[], classes: readonly string[], rowCount: number): Float64Array {
  const missing = classes.filter((name) => !order.includes(name));
  if (missing.length > 0 || order.length !== classes.length)
    throw wrong('names other classes than the signature', order.join(', '), classes.join(', '));
  if (!Array.isArray(given) || given.length !== rowCount)
    throw wrong('answered no probabilities for each row', JSON.stringify(given) ?? 'nothing');
  const columns = classes.map((name) => order.indexOf(name));
  const values = new Float64Array(rowCount * classes.length);
  given.forEach((row: unknown, index) => {
    if (!Array.isArray(row) || row.length !== classes.length)
      throw wrong(`answered no ${classes.length} probabilities for row ${index}`, JSON.stringify(row) ?? 'nothing');
    columns.forEach((column, at) => (values[index * classes.length + at] = Number(row[column] ?? Number.NaN)));
  });
  return values;
}

/** What `output_fn` answered, as the outputs that the signature names; `internal` says what is wrong with it. */
export function hookOutputs(signature: ModelSignature, text: string, rowCount: number): OutputTensor[] {
  const { predictions, probabilities, classes: order } = parse(text);
  if (predictions.length !== rowCount)
    throw wrong('did not answer one prediction a row', `${predictions.length} predictions`, `${rowCount} predictions`);
  const { label, probabilities: shareName, prediction } = signature.outputs;
  if (signature.task_type === 'regression') {
    const data = Float64Array.from(predictions, (value) => (typeof value === 'number' ? value : Number.NaN));
    return prediction === undefined ? [] : [{ name: prediction, dims: [rowCount], data }];
  }
  const classes = signature.classes ?? [];
  const outputs: OutputTensor[] = [];
  if (label !== undefined) outputs.push({ name: label, dims: [rowCount], data: labels(predictions, classes) });
  if (shareName !== undefined) {
    const names = Array.isArray(order) ? order.map(String) : classes;
    const data = shares(probabilities, names, classes, rowCount);
    outputs.push({ name: shareName, dims: [rowCount, classes.length], data });
  }
  return outputs;
}
