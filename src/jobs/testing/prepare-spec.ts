import type { PrepareSpec } from '../../contracts/data.js';

/** What a plain request asks of the preparation. */
export const plainPreparation = {
  task_type: 'classification',
  target: 'y',
  positive_class: null,
  features: { include: null, exclude: [] },
  time_column: null,
  split: { train: 0.7, validation: 0.15, test: 0.15 },
  seed: 42,
  cv_folds: 5,
  preprocessing: {
    handle_missing: 'mean',
    fill_value: null,
    normalize: 'standard',
    encode_categorical: 'onehot',
    outliers: { method: 'none', action: 'none' },
    feature_selection: { method: 'none', max_features: null },
    remove_duplicates: false,
  },
  sensitive_attributes: [],
  language: 'en',
} satisfies Partial<PrepareSpec>;

/** The spec of a preparation job for it, but for what is changed. */
export function prepareSpecOf(changes: Partial<PrepareSpec> = {}): PrepareSpec {
  return { format: 1, training_id: 'train-abcdef', ...plainPreparation, expectations: null, ...changes };
}
