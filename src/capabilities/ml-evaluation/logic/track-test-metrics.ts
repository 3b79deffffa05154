import type { EvaluationResults } from '../../../contracts/evaluation.js';
import type { ExperimentTracker } from '../../../ports/experiment-tracker.js';
import type { EvaluateInput } from './evaluate.js';

/** Adds `test_*` to the experiment run of the training whose files were evaluated; doing it again changes nothing. */
export async function trackTestMetrics(
  experiments: ExperimentTracker,
  { run, output_prefix: prefix }: Pick<EvaluateInput, 'run' | 'output_prefix'>,
  metrics: EvaluationResults['metrics'],
  timestamp: number,
): Promise<void> {
  const runs = await experiments.searchRuns({ tag: { key: 'training_id', value: run.training_id }, limit: 100 });
  const trained = runs.find(({ artifacts }) => artifacts.some((key) => key.startsWith(`${prefix}/`)));
  if (trained === undefined) return;
  const points = Object.entries(metrics).flatMap(([name, value]) =>
    value === null ? [] : [{ key: `test_${name}`, value, timestamp, step: 0 }],
  );
  await experiments.logBatch({ runId: trained.runId, metrics: points });
}
