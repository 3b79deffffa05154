import type { ModelSignature } from '../contracts/training.js';
import type { ColumnValues } from './encode.js';
import { type Prediction, readPredictions } from './format-output.js';
import { refusal } from './invocation.js';
import type { OutputTensor } from './onnx-session.js';

/** Every feature costs one more prediction a row. */
export const maxExplainedRows = 100;

/** The figure of a prediction that a feature moves: the probability of the answered label, or the value. */
function figureOf(prediction: Prediction, label: string | null): number | null {
  if ('value' in prediction) return prediction.value;
  return label === null ? null : (prediction.probabilities?.[label] ?? null);
}

/**
 * What each feature did for each prediction, by occlusion: the probability of the answered label (or the value) minus the one
 * that the same model gives when the feature is missing. Positive = the feature spoke for the answer. [rows] of feature -> number.
 */
export async function featureImportance(params: {
  signature: ModelSignature;
  columns: Readonly<Record<string, ColumnValues>>;
  rowCount: number;
  predictions: readonly Prediction[];
  run: (columns: Readonly<Record<string, ColumnValues>>, rowCount: number) => Promise<readonly OutputTensor[]>;
}): Promise<Record<string, number>[]> {
  const { signature, columns, rowCount, predictions, run } = params;
  if (rowCount > maxExplainedRows) {
    throw refusal(413, 'Too many rows to be explained in one request.', {
      found: `${rowCount} rows`,
      allowed: `${maxExplainedRows} rows with feature importance, any number without`,
    });
  }
  if (signature.task_type === 'classification' && signature.outputs.probabilities === undefined) {
    throw refusal(400, 'This model answers no probabilities, so that its features cannot be weighed.', {
      next: 'ask without X-Amzn-SageMaker-Enable-Explanations.',
    });
  }
  const rows: Record<string, number>[] = predictions.map(() => ({}));
  const missing = Array.from<null>({ length: rowCount }).fill(null);
  for (const { name } of signature.features) {
    const without = readPredictions(signature, await run({ ...columns, [name]: missing }, rowCount), rowCount);
    predictions.forEach((prediction, row) => {
      const label = 'label' in prediction ? prediction.label : null;
      const [before, after] = [figureOf(prediction, label), figureOf(without[row] ?? prediction, label)];
      const explained = rows[row];
      if (explained !== undefined && before !== null && after !== null)
        explained[name] = Number((before - after).toPrecision(6));
    });
  }
  return rows;
}
