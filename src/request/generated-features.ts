import type { LagColumn } from '../contracts/data.js';
import type { GenerateFeaturesInput } from '../contracts/request-generate-fields.js';
import type { GenerateFeatures } from '../contracts/request.js';
import type { GeneratedFeature } from '../contracts/training.js';
import { memberPath } from './read-yaml.js';

/** Where `generate_features` stands in a request. */
export const generatePath = 'data_preprocessing.generate_features';

/** A feature, and the path of what asks for it. */
export interface Asked<T> {
  field: string;
  made: T;
}

/** `generate_features` with its defaults filled. */
export function resolveGenerateFeatures(given: GenerateFeaturesInput): GenerateFeatures {
  const aggregates = (given.aggregates ?? []).map(({ name, columns, functions }) => ({
    name: name ?? columns.join('_'),
    columns,
    functions,
  }));
  return { interactions: given.interactions ?? [], aggregates, lags: given.lags ?? [] };
}

/** What the model makes of the columns of a row, products first. */
export function generatedFeatures(generate: GenerateFeatures): Asked<GeneratedFeature>[] {
  const products = generate.interactions.map((columns, index) => ({
    field: memberPath(`${generatePath}.interactions`, index),
    made: { name: columns.join('_x_'), function: 'product' as const, columns },
  }));
  const aggregates = generate.aggregates.flatMap(({ name, columns, functions }, index) =>
    functions.map((each) => ({
      field: memberPath(`${generatePath}.aggregates`, index),
      made: { name: `${name}_${each}`, function: each, columns },
    })),
  );
  return [...products, ...aggregates];
}

/** The columns that the preparation takes from earlier rows. */
export function lagColumns(generate: GenerateFeatures): Asked<LagColumn>[] {
  return generate.lags.flatMap(({ column, by, steps }, index) =>
    steps.map((each) => ({
      field: memberPath(`${generatePath}.lags`, index),
      made: { name: `${column}_lag_${each}`, column, by: by ?? null, steps: each },
    })),
  );
}
