import { z } from 'zod';
import { evaluationResults, metricValues, type EvaluationResults } from '../../../contracts/evaluation.js';

/** Groups and classes that travel with the answer; results.json has all. */
const maxGroups = 20;
const maxClasses = 20;

const shape = evaluationResults.shape;

/**
 * What of an evaluation travels between agents (under 16 KB): every figure that the judge needs, and keys of the rest. The
 * fields of the judge's `evaluation_results` are here under the same names.
 */
export const evaluationSummary = z.object({
  task_type: shape.task_type,
  rows: shape.rows,
  metrics: metricValues,
  averaging: shape.averaging,
  positive_class: shape.positive_class,
  class_wise_metrics: shape.class_wise_metrics.describe('The first 20 classes'),
  bias_check: shape.bias_check.describe('With the 20 largest groups'),
  comparison: shape.comparison,
  model_tests: shape.model_tests,
  /** Cross-validation of the training, for the overfit gap; null when a user's script reported none. */
  cv: z.object({ metric: z.string(), mean: z.number() }).nullable(),
  runtime: shape.runtime,
  model_sha256: shape.model_sha256,
  rows_per_second: shape.rows_per_second,
  /** Folder of this visit's documents: `evaluations/{training_id}/visits/{visit}`. */
  evaluation_prefix: z.string(),
  results_key: z.string(),
  report_key: z.string(),
  test_report_key: z.string(),
  /** Null when the model could not be run. */
  baseline: z.object({ statistics_key: z.string(), constraints_key: z.string() }).nullable(),
  pictures: z.array(z.object({ name: z.string(), title: z.string(), png_key: z.string(), svg_key: z.string() })),
});
export type EvaluationSummary = z.output<typeof evaluationSummary>;

/** Summary of results that lie under `prefix`. */
export function summarize(
  results: EvaluationResults,
  at: { prefix: string; hasBaseline: boolean; cv: EvaluationSummary['cv'] },
): EvaluationSummary {
  const key = (file: string) => `${at.prefix}/${file}`;
  const { bias_check } = results;
  return {
    task_type: results.task_type,
    rows: results.rows,
    metrics: results.metrics,
    averaging: results.averaging,
    positive_class: results.positive_class,
    class_wise_metrics: Object.fromEntries(Object.entries(results.class_wise_metrics).slice(0, maxClasses)),
    bias_check: bias_check === null ? null : { ...bias_check, groups: largest(bias_check.groups) },
    comparison: results.comparison,
    model_tests: results.model_tests.map((test) => ({ ...test, detail: test.detail.slice(0, 300) })),
    cv: at.cv,
    runtime: results.runtime,
    model_sha256: results.model_sha256,
    rows_per_second: results.rows_per_second,
    evaluation_prefix: at.prefix,
    results_key: key('results.json'),
    report_key: key('evaluation_report.md'),
    test_report_key: key('test_report.json'),
    baseline: at.hasBaseline
      ? { statistics_key: key('statistics.json'), constraints_key: key('constraints.json') }
      : null,
    pictures: results.pictures.map(({ name, title, png, svg }) => ({
      name,
      title,
      png_key: key(png),
      svg_key: key(svg),
    })),
  };
}

function largest<T extends { rows: number }>(groups: readonly T[]): T[] {
  return groups.toSorted((a, b) => b.rows - a.rows).slice(0, maxGroups);
}
