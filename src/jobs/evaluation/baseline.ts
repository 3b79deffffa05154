import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBDataChunk, DOUBLE, VARCHAR } from '@duckdb/node-api';
import type { ModelSignature } from '../../contracts/training.js';
import { DandoriError } from '../../errors.js';
import {
  suggestConstraints,
  type ConstraintsDocument,
  type FeatureStatistics,
  type StatisticsDocument,
} from './baseline-documents.js';
import { numberStatistics, textStatistics } from './baseline-statistics.js';
import { quoteText, type ParquetFile } from './parquet.js';
import type { ModelAnswers } from './predictions.js';
import { missingFeatures } from './select-columns.js';

export interface Baseline {
  statistics: StatisticsDocument;
  constraints: ConstraintsDocument;
}

/**
 * What live traffic will be compared with: the features of the training rows, and what the model answers to rows that it was
 * not trained on (the test split): `prediction`, and for a binary classifier `probability` of the positive class.
 */
export async function computeBaseline(
  connection: DuckDBConnection,
  train: ParquetFile,
  signature: ModelSignature,
  answers: ModelAnswers,
): Promise<Baseline> {
  const absent = missingFeatures(train, signature);
  if (absent.length > 0) {
    throw new DandoriError('unusable_data', `The training rows lack features of the model: ${absent.join(', ')}.`, {
      next: 'Evaluate with the training split that this model was trained on.',
    });
  }
  const relation = `read_parquet(${quoteText(train.path)})`;
  const features: FeatureStatistics[] = [];
  for (const { name, kind } of signature.features) {
    features.push(await (kind === 'categorical' ? textStatistics : numberStatistics)(connection, relation, name));
  }
  await storeAnswers(connection, signature, answers);
  const isText = signature.task_type === 'classification';
  const own = [await (isText ? textStatistics : numberStatistics)(connection, 'dandori_answers', 'prediction')];
  if (positiveIndex(signature) !== null && answers.probabilities !== null) {
    own.push(await numberStatistics(connection, 'dandori_answers', 'probability'));
  }
  features.push(...own.map((one) => ({ ...one, name: freeName(one.name, signature) })));
  await connection.run('DROP TABLE dandori_answers');
  const statistics: StatisticsDocument = { version: 0, dataset: { item_count: train.rowCount }, features };
  return { statistics, constraints: suggestConstraints(statistics) };
}

/** A feature may be called `prediction` too; the model's own column then gets another name. */
function freeName(name: string, signature: ModelSignature): string {
  return signature.features.some((feature) => feature.name === name) ? `model_${name}` : name;
}

/** Index of the positive class of a binary classifier; null for everything else. */
export function positiveIndex(signature: ModelSignature): number | null {
  const { classes, positive_class } = signature;
  if (classes === null || positive_class === null || classes.length !== 2) return null;
  const index = classes.indexOf(positive_class);
  return index < 0 ? null : index;
}

async function storeAnswers(
  connection: DuckDBConnection,
  signature: ModelSignature,
  answers: ModelAnswers,
): Promise<void> {
  const { classes } = signature;
  const positive = positiveIndex(signature);
  const type = classes === null ? DOUBLE : VARCHAR;
  await connection.run(`CREATE TEMP TABLE dandori_answers (prediction ${type}, probability DOUBLE)`);
  const appender = await connection.createAppender('dandori_answers', undefined, 'temp');
  const rows = answers.values.length;
  for (let from = 0; from < rows; from += 2048) {
    const size = Math.min(2048, rows - from);
    const chunk = DuckDBDataChunk.create([type, DOUBLE]);
    const values = Array.from(answers.values.subarray(from, from + size));
    const share = (row: number) =>
      answers.probabilities?.[(from + row) * (classes?.length ?? 0) + (positive ?? 0)] ?? null;
    chunk.setColumns([
      classes === null ? values : values.map((id) => classes[id] ?? null),
      values.map((_, row) => (positive === null ? null : share(row))),
    ]);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
