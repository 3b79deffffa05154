import { z } from 'zod';
import {
  boundsText,
  evaluationResults,
  meets,
  type Criterion,
  type EvaluationResults,
} from '../../contracts/evaluation.js';
import { figure } from './markdown.js';

/** `evaluation.json` in the lab's shape: `classification_metrics.accuracy.value`, `regression_metrics.rmse.value`. */
export function labEvaluation(results: EvaluationResults): Record<string, Record<string, { value: number | null }>> {
  const group = results.task_type === 'classification' ? 'classification_metrics' : 'regression_metrics';
  return { [group]: Object.fromEntries(Object.entries(results.metrics).map(([name, value]) => [name, { value }])) };
}

/** `test_report.json`: the unit checks of the artefact and its minimum performance, with pass / fail. */
export const testReport = z.object({
  format: z.literal(1),
  training_id: z.string(),
  model_sha256: z.string(),
  passed: z.boolean(),
  total: z.number().int(),
  failed: z.number().int(),
  tests: evaluationResults.shape.model_tests,
});
export type TestReport = z.infer<typeof testReport>;

/** All that is told as a test: the unit checks, then a line for each criterion of the request. */
export function allTests(
  { model_tests, metrics }: EvaluationResults,
  criteria: readonly Criterion[],
): TestReport['tests'] {
  const performance = criteria.map((criterion) => {
    const value = Object.hasOwn(metrics, criterion.metric) ? (metrics[criterion.metric] ?? null) : null;
    return {
      name: `minimum_performance ${criterion.metric}`,
      passed: meets(criterion, value),
      detail: `${figure(value)}, required ${boundsText(criterion) || '-'}`,
    };
  });
  return [...model_tests, ...performance];
}

export function makeTestReport(results: EvaluationResults, criteria: readonly Criterion[]): TestReport {
  const tests = allTests(results, criteria);
  const failed = tests.filter((test) => !test.passed).length;
  const { training_id, model_sha256 } = results;
  return {
    format: 1,
    training_id,
    model_sha256,
    passed: failed === 0 && tests.length > 0,
    total: tests.length,
    failed,
    tests,
  };
}
