import type { EvaluationResults } from '../../contracts/evaluation.js';

/** `evaluation.json` in the lab's shape: `classification_metrics.accuracy.value`, `regression_metrics.rmse.value`. */
export function labEvaluation(results: EvaluationResults): Record<string, Record<string, { value: number | null }>> {
  const group = results.task_type === 'classification' ? 'classification_metrics' : 'regression_metrics';
  return { [group]: Object.fromEntries(Object.entries(results.metrics).map(([name, value]) => [name, { value }])) };
}

/** `test_report.json`: the unit checks of the artefact with pass / fail. */
export interface TestReport {
  format: 1;
  training_id: string;
  model_sha256: string;
  passed: boolean;
  total: number;
  failed: number;
  tests: EvaluationResults['model_tests'];
}

export function testReport({ training_id, model_sha256, model_tests }: EvaluationResults): TestReport {
  const failed = model_tests.filter((test) => !test.passed).length;
  return {
    format: 1,
    training_id,
    model_sha256,
    passed: failed === 0 && model_tests.length > 0,
    total: model_tests.length,
    failed,
    tests: model_tests,
  };
}
