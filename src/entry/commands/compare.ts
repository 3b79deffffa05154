import { DandoriError } from '../../errors.js';
import type { ApiClient } from '../api-client.js';
import { type CommonOptions, show } from '../output.js';
import { localTime, renderTable } from '../table.js';
import { type AddCommand, newCommand, trainingIdOf, withApi } from './command.js';

const mostRuns = 20;

interface Listed {
  runs: { run_id: string; parent_run_id: string | null }[];
}

/** The answer of `compare_runs`; values are in the order of the runs, null where a run has none. */
interface Compared {
  runs: { run_id: string; status: string; started_at: string }[];
  differing_params: Record<string, (string | null)[]>;
  metrics: Record<string, (number | null)[]>;
  best_run_id: string | null;
  best_by: string | null;
}

type Comparison = Compared & { training_ids: string[] };

/** The last training of a run, as the experiment tracker knows it; its candidates are children of it. */
async function lastTraining(api: ApiClient, trainingId: string): Promise<string> {
  const { runs } = await api.post<Listed>('/api/tools/list_experiment_runs', { training_id: trainingId, limit: 100 });
  const whole = runs.find(({ parent_run_id: parent }) => parent === null);
  if (whole !== undefined) return whole.run_id;
  throw new DandoriError('not_found', `The run ${trainingId} has trained nothing that can be compared.`, {
    next: `see where it stands: npx dandori show ${trainingId}`,
  });
}

async function compare(api: ApiClient, ids: readonly string[], metric: string | undefined): Promise<Comparison> {
  const trainingIds = await Promise.all(ids.map((id) => trainingIdOf(api, id)));
  const runIds = await Promise.all(trainingIds.map((id) => lastTraining(api, id)));
  const asked = { run_ids: runIds, ...(metric === undefined ? {} : { metric }) };
  return { training_ids: trainingIds, ...(await api.post<Compared>('/api/tools/compare_runs', asked)) };
}

function textOf(compared: Comparison, width: number): string {
  const { runs, training_ids: ids, metrics, differing_params: params, best_run_id: best, best_by: metric } = compared;
  const figure = (value: number | null) => (value === null ? '-' : String(Number(value.toPrecision(6))));
  const table = renderTable(
    [
      ['', ...ids],
      ['started', ...runs.map((run) => localTime(run.started_at))],
      ['status', ...runs.map((run) => run.status.toLowerCase())],
      ...Object.entries(metrics).map(([name, values]) => [name, ...values.map(figure)]),
      ...Object.entries(params).map(([name, values]) => [name, ...values.map((value) => value ?? '-')]),
    ],
    width,
  );
  const at = runs.findIndex((run) => run.run_id === best);
  return at < 0 ? table : `${table}\n\nBest by ${metric}: ${ids[at]}`;
}

export const addCompare: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('compare', 'Put runs side by side: every metric, and the parameters that differ', [
      'compare 1 2',
      'compare 1 2 3 --metric validation_f1_score --json',
    ])
      .argument('<ids...>', 'training ids, or issue numbers, at least two')
      .option('--metric <name>', 'say which run is the best by this metric')
      .action(async (ids: string[], options: CommonOptions & { metric?: string }) => {
        if (ids.length < 2 || ids.length > mostRuns) {
          throw new DandoriError('invalid_input', 'These runs cannot be put side by side.', {
            found: `${ids.length} of them`,
            allowed: `2 to ${mostRuns} training ids or issue numbers`,
          });
        }
        const compared = await withApi(options, ({ api }) => compare(api, ids, options.metric));
        show(output, options, compared, () => textOf(compared, output.width));
      }),
  );
};
