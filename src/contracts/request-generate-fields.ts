import { z } from 'zod';
import { column, columns, field, required } from './request-field-docs.js';
import { aggregateFunction } from './training.js';

const aggregate = z.strictObject({
  columns: required(columns, 'Two numeric features or more.'),
  functions: required(z.array(aggregateFunction).min(1), 'A feature each; `std` is the population standard deviation.'),
  name: field(column, 'Begins the names of the features: `NAME_mean`.', { default: 'the columns, joined by `_`' }),
});

const lag = z.strictObject({
  column: required(column, 'Numeric column; the target too.'),
  by: field(column, 'Column that tells the series apart, such as a shop.', {
    default: 'none: all rows are one series',
  }),
  steps: required(z.array(z.int().min(1).max(10_000)).min(1), 'How many rows back; a feature each.'),
});

/** `data_preprocessing.generate_features`. */
export const generateFeaturesInput = z.strictObject({
  interactions: field(z.array(columns), 'Pairs of numeric features to multiply: `[[a, b]]` makes `a_x_b`.', {
    default: '[]',
  }),
  aggregates: field(z.array(aggregate), 'Sums and the like over several numeric features of the same row.', {
    default: '[]',
  }),
  lags: field(
    z.array(lag),
    'Values of earlier rows in the order of `time_column`: `COLUMN_lag_1`. Whoever asks for a prediction sends them.',
    { default: '[]' },
  ),
});
export type GenerateFeaturesInput = z.infer<typeof generateFeaturesInput>;

/** Most features that one request generates. */
export const maxGeneratedFeatures = 200;
