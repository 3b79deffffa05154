/** The fields of a request that asks for a model of `loans.csv`; those of `change` win, undefined takes a field away. */
export function loansFields(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    learning_type: 'supervised',
    task_type: 'classification',
    algorithm: 'logistic_regression',
    dataset_id: 'loans',
    data_source: { type: 'file', path: 'loans.csv' },
    target: 'good',
    positive_class: 'yes',
    evaluation_threshold: { metric: 'f1_score', min: 0.7 },
    model_name: 'loans',
    cv_folds: 2,
    ...change,
  };
}
