import type { ModelSignature } from '../contracts/training.js';
import { DandoriError } from '../errors.js';
import { csvLine } from './csv.js';
import { refusal, type InvocationResponse } from './invocation.js';
import type { OutputTensor } from './onnx-session.js';

export type Prediction = (
  { label: string; probability?: number; probabilities?: Record<string, number> } | { value: number }
) & {
  /** On request: feature -> what it did for this prediction. */
  feature_importance?: Record<string, number>;
};

type AnswerType = 'application/json' | 'text/csv';

/** The answer's content type by the Accept header: JSON unless CSV is preferred; 406 when neither will do. */
export function answerType(accept: string): AnswerType {
  if (accept.trim() === '') return 'application/json';
  let best: { type: AnswerType; weight: number } | null = null;
  for (const part of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = quality === undefined ? 1 : Number(quality.slice(2)) || 0;
    const type = supported(range);
    if (type !== null && weight > 0 && (best === null || weight > best.weight)) best = { type, weight };
  }
  if (best !== null) return best.type;
  throw refusal(406, 'None of the accepted content types can be answered.', {
    found: accept.slice(0, 100),
    allowed: 'application/json, text/csv',
  });
}

function supported(range: string): AnswerType | null {
  if (range === 'text/csv' || range === 'text/*') return 'text/csv';
  return range === 'application/json' || range === 'application/*' || range === '*/*' ? 'application/json' : null;
}

/** The shortest decimal that is the same float32: 0.81 instead of 0.8100000023841858. */
export function shortFloat(value: number): number {
  for (let digits = 6; digits <= 8; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function output(outputs: readonly OutputTensor[], name: string | undefined): OutputTensor | null {
  return outputs.find((tensor) => tensor.name === name) ?? null;
}

function finite(value: unknown, row: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return shortFloat(value);
  throw new DandoriError('internal', `The model answered no finite number for row ${row}.`, { found: String(value) });
}

/** One prediction a row, in order; a NaN or an unknown class id is an error, never an answer. */
export function readPredictions(
  signature: ModelSignature,
  outputs: readonly OutputTensor[],
  rowCount: number,
): Prediction[] {
  if (signature.task_type === 'regression') {
    const values = output(outputs, signature.outputs.prediction);
    return Array.from({ length: rowCount }, (_, row) => ({ value: finite(values?.data[row], row) }));
  }
  const classes = signature.classes ?? [];
  const labels = output(outputs, signature.outputs.label);
  const shares = output(outputs, signature.outputs.probabilities);
  return Array.from({ length: rowCount }, (_, row) => {
    const given =
      shares === null ? null : classes.map((_name, index) => finite(shares.data[row * classes.length + index], row));
    const id = labels === null ? indexOfLargest(given ?? []) : Number(labels.data[row]);
    const label = classes[id];
    if (label === undefined)
      throw new DandoriError('internal', `The model answered an unknown class id for row ${row}.`, {
        found: String(id),
      });
    if (given === null) return { label };
    const probabilities = Object.fromEntries(classes.map((name, index): [string, number] => [name, given[index] ?? 0]));
    return { label, probability: given[id] ?? 0, probabilities };
  });
}

function indexOfLargest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? -Infinity) ? index : best), 0);
}

/** The predictions as the client wants them; CSV: `value`, or `label,probability of each class`, no header. */
export function formatOutput(
  predictions: readonly Prediction[],
  type: AnswerType,
  model: { name: string; version: string; classes: readonly string[] },
): InvocationResponse {
  const text =
    type === 'application/json'
      ? JSON.stringify({ predictions, model_name: model.name, model_version: model.version })
      : predictions.map((prediction) => `${csvLine(cells(prediction, model.classes))}\n`).join('');
  return { status: 200, contentType: type, body: Buffer.from(text) };
}

function cells(prediction: Prediction, classes: readonly string[]): string[] {
  if ('value' in prediction) return [String(prediction.value)];
  const { label, probabilities } = prediction;
  return [label, ...(probabilities === undefined ? [] : classes.map((name) => String(probabilities[name] ?? 0)))];
}
