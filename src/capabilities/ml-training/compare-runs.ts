import { z } from 'zod';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import type { ExperimentRun } from '../../ports/experiment-tracker.js';
import { lowerIsBetter, runView, viewOfRun } from './logic/run-view.js';

const side = <T>(
  runs: ExperimentRun[],
  of: (run: ExperimentRun) => Record<string, T>,
): Record<string, (T | null)[]> => {
  const names = [...new Set(runs.flatMap((run) => Object.keys(of(run))))].sort();
  return Object.fromEntries(names.map((name) => [name, runs.map((run) => of(run)[name] ?? null)]));
};

/** The run with the best value of a metric; of equal ones the first named. */
function bestOf(runs: ExperimentRun[], metric: string): ExperimentRun {
  const measured = runs.filter((run) => run.metrics[metric] !== undefined);
  const value = (run: ExperimentRun): number => (run.metrics[metric] ?? 0) * (lowerIsBetter(metric) ? -1 : 1);
  const [first, ...others] = measured;
  if (first === undefined) {
    throw new DandoriError('not_found', `None of the runs has the metric ${metric}.`, {
      allowed: [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].sort().join(', ') || 'no metric yet',
      next: 'choose one of these.',
    });
  }
  return others.reduce((best, run) => (value(run) > value(best) ? run : best), first);
}

/** Runs side by side, and the best by one metric. */
export const compareRuns = defineTool({
  name: 'compare_runs',
  title: 'Compare experiment runs',
  description:
    'Puts 2 to 20 experiment runs side by side: the parameters that differ, every metric (null where a run has none), and the best ' +
    'run by `metric` (the higher, for error metrics the lower).',
  input: z.strictObject({
    run_ids: z.array(z.string().min(1).max(300)).min(2).max(20),
    metric: z.string().min(1).max(100).optional(),
  }),
  output: z.object({
    runs: z.array(runView.omit({ params: true, metrics: true, tags: true })),
    /** In the order of `run_ids`. */
    differing_params: z.record(z.string(), z.array(z.string().nullable())),
    metrics: z.record(z.string(), z.array(z.number().nullable())),
    best_run_id: z.string().nullable(),
    best_by: z.string().nullable(),
  }),
  annotations: readOnly,
  effect: null,
  async handler({ run_ids, metric }, { ports }) {
    const runs = await Promise.all(run_ids.map((runId) => ports.experiments.getRun({ runId })));
    const params = Object.entries(side(runs, (run) => run.params));
    return {
      runs: runs.map((run) => {
        const { params: _params, metrics: _metrics, tags: _tags, ...short } = viewOfRun(run);
        return short;
      }),
      differing_params: Object.fromEntries(params.filter(([, values]) => new Set(values).size > 1)),
      metrics: side(runs, (run) => run.metrics),
      best_run_id: metric === undefined ? null : bestOf(runs, metric).runId,
      best_by: metric ?? null,
    };
  },
});
