import { isMeaningful } from '../../contracts/meaningful.js';
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

const groups = ['test_', 'cv_', 'validation_', 'train_'];

/** Names of metrics for people, those first by which a model is judged; single folds, sizes and what comes twice are in the JSON. */
function shownMetrics(metrics: Compared['metrics']): string[] {
  const place = (name: string) => (groups.findIndex((group) => name.startsWith(group)) + groups.length) % groups.length;
  const isDetail = (name: string) =>
    /^learning_curve_|^columns$|_rows$/.test(name) ||
    (name.startsWith('cv_') && !/_(?:mean|std)$/.test(name)) ||
    `validation_${name}` in metrics;
  return Object.keys(metrics)
    .filter((name) => !isDetail(name))
    .toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

function textOf(compared: Comparison, width: number): string {
  const { runs, training_ids: ids, metrics, differing_params: params, best_run_id: best, best_by: metric } = compared;
  const figure = (name: string, value: number | null) => {
    if (value === null) return '-';
    const isMape = /(?:^|_)mape(?:_|$)/.test(name);
    return isMape && !isMeaningful('mape', value) ? 'not meaningful' : String(Number(value.toPrecision(6)));
  };
  const table = renderTable(
    [
      ['', ...ids],
      ['started', ...runs.map((run) => localTime(run.started_at))],
      ['status', ...runs.map((run) => run.status.toLowerCase())],
      ...shownMetrics(metrics).map((name) => [name, ...(metrics[name] ?? []).map((value) => figure(name, value))]),
      ...Object.entries(params).map(([name, values]) => [name, ...values.map((value) => value ?? '-')]),
    ],
    width,
  );
  const at = runs.findIndex((run) => run.run_id === best);
  return at < 0 ? table : `${table}\n\nBest by ${metric}: ${ids[at]}`;
}

export const addCompare: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('compare', 'Put runs side by side: metrics, and the parameters that differ; --json has every metric', [
      'compare 1 2',
      'compare 1 2 3 --metric test_f1_score --json',
    ])
      .argument('<ids...>', 'training ids, or issue numbers, at least two')
      .option('--metric <name>', 'say which run is the best by this metric')
      .action(async (ids: string[], options: CommonOptions & { metric?: string }) => {
        if (ids.length < 2 || ids.length > mostRuns) {
          throw new DandoriError('invalid_input', 'These runs cannot be put side by side.', {
            found: `${ids.length} ${ids.length === 1 ? 'id' : 'ids'}`,
            allowed: `2 to ${mostRuns} training ids or issue numbers`,
          });
        }
        const compared = await withApi(options, ({ api }) => compare(api, ids, options.metric));
        show(output, options, compared, () => textOf(compared, output.width));
      }),
  );
};
