import { z } from 'zod';
import { trainingId } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { historyExperiment } from '../workflow-optimization/logic/past-run.js';
import { runView, viewOfRun } from './logic/run-view.js';

/** What was tried, newest first. */
export const listExperimentRuns = defineTool({
  name: 'list_experiment_runs',
  title: 'List experiment runs',
  description:
    'Lists training runs with their parameters, metrics and tags, newest first; of one experiment (a model name) or one training. ' +
    'A training has a run of its own and one child run for each candidate algorithm.',
  input: z.strictObject({
    experiment: z.string().min(1).max(200).optional(),
    training_id: trainingId.optional(),
    limit: z.number().int().min(1).max(100).default(20),
  }),
  output: z.object({ runs: z.array(runView) }),
  annotations: readOnly,
  effect: null,
  async handler({ experiment, training_id, limit }, { ports }) {
    const runs = await ports.experiments.searchRuns({
      limit,
      ...(experiment === undefined ? {} : { experiment }),
      ...(training_id === undefined ? {} : { tag: { key: 'training_id', value: training_id } }),
    });
    // The optimizer's own figures are no trainings; asked for by name they are shown.
    const shown = runs.filter((run) => experiment !== undefined || run.experiment !== historyExperiment);
    return { runs: shown.map(viewOfRun) };
  },
});
