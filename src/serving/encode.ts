import type { ModelSignature } from '../contracts/training.js';
import { DandoriError } from '../errors.js';

/** One model input, row-major: `data[row * dims[1] + feature]`. */
export interface EncodedTensor {
  tensor: string;
  dtype: 'float32' | 'string';
  /** [rows, features of this tensor]. */
  dims: [number, number];
  data: Float32Array | string[];
}

/** Values of one feature, one a row; typed arrays are welcome. */
export type ColumnValues = ArrayLike<unknown>;

/**
 * Rows as columns -> the tensors of the signature, in its order. Missing (null, undefined, NaN, '') is NaN in float32 and ''
 * in string; booleans are 0 and 1; an unseen category passes as it is, the graph knows what to do with it. Serving and
 * evaluation both call this, so that they cannot disagree. `invalid_input` names the feature and the row.
 */
export function encodeColumns(
  signature: ModelSignature,
  columns: Readonly<Record<string, ColumnValues>>,
  rowCount: number,
): EncodedTensor[] {
  const kinds = new Map(signature.features.map((feature) => [feature.name, feature.kind]));
  return signature.inputs.map(({ tensor, dtype, features }) => {
    const width = features.length;
    const dims: [number, number] = [rowCount, width];
    if (dtype === 'string') {
      const data = Array.from<string>({ length: rowCount * width });
      features.forEach((name, offset) => fillStrings(data, column(columns, name, rowCount), offset, width));
      return { tensor, dtype, dims, data };
    }
    const data = new Float32Array(rowCount * width);
    features.forEach((name, offset) => {
      const isBoolean = kinds.get(name) === 'boolean';
      fillNumbers(data, { name, isBoolean, values: column(columns, name, rowCount) }, offset, width);
    });
    return { tensor, dtype, dims, data };
  });
}

function column(columns: Readonly<Record<string, ColumnValues>>, name: string, rowCount: number): ColumnValues {
  // hasOwn: a feature may be called `constructor`.
  const values = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (values === undefined) {
    throw new DandoriError('invalid_input', `The model needs the feature "${name}", which the rows do not have.`, {
      found: Object.keys(columns).slice(0, 20).join(', ') || 'no columns',
      next: `Give "${name}" for every row; null says that a value is missing.`,
    });
  }
  if (values.length !== rowCount) {
    throw new DandoriError('invalid_input', `The feature "${name}" does not have one value a row.`, {
      found: `${values.length} values`,
      allowed: `${rowCount} values`,
    });
  }
  return values;
}

function fillStrings(data: string[], values: ColumnValues, offset: number, width: number): void {
  for (let row = 0, at = offset; row < values.length; row++, at += width) {
    const value = values[row];
    if (typeof value === 'string') data[at] = value;
    else if (value === null || value === undefined || Number.isNaN(value)) data[at] = '';
    else data[at] = String(value);
  }
}

interface NumericColumn {
  name: string;
  isBoolean: boolean;
  values: ColumnValues;
}

function fillNumbers(data: Float32Array, column: NumericColumn, offset: number, width: number): void {
  const { values } = column;
  for (let row = 0, at = offset; row < values.length; row++, at += width) {
    const value = values[row];
    data[at] = typeof value === 'number' ? value : toNumber(value, column, row);
  }
}

const booleanWords: ReadonlyMap<string, number> = new Map([
  ['true', 1],
  ['false', 0],
]);

function toNumber(value: unknown, column: NumericColumn, row: number): number {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') {
    const text = value.trim();
    if (text === '') return Number.NaN;
    const word = column.isBoolean ? booleanWords.get(text.toLowerCase()) : undefined;
    const number = word ?? Number(text);
    if (!Number.isNaN(number)) return number;
  }
  throw new DandoriError('invalid_input', `The feature "${column.name}" of row ${row} cannot be read.`, {
    found: (typeof value === 'string' ? JSON.stringify(value) : typeof value).slice(0, 80),
    allowed: column.isBoolean ? 'true, false, 0, 1 or null' : 'a number or null',
  });
}
