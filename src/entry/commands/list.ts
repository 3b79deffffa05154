import { Option } from 'commander';
import type { ApiClient } from '../api-client.js';
import type { RunLine } from '../api-types.js';
import { standing } from '../standing.js';
import { type CommonOptions, show } from '../output.js';
import { duration, localTime, renderTable } from '../table.js';
import { type AddCommand, countFrom, newCommand, withApi } from './command.js';

const heading = ['training_id', 'issue', 'model', 'status', 'version', 'started', 'took'];

function row(run: RunLine): string[] {
  const took = run.ended_at === null ? '' : duration(Date.parse(run.ended_at) - Date.parse(run.created_at));
  const { training_id: id, issue_number: issue, model_name: model, version } = run;
  return [id, `#${issue}`, model, standing(run), version ?? '', localTime(run.created_at), took];
}

interface ListOptions extends CommonOptions {
  open?: boolean;
  limit?: number;
  all?: boolean;
}

const usualLimit = 1000;

/** The newest runs, and whether there are older ones: one more than wanted is asked for. */
async function newest(api: ApiClient, { open, all, limit = usualLimit }: ListOptions) {
  const query = new URLSearchParams({
    open: String(open === true),
    limit: String(all === true ? Number.MAX_SAFE_INTEGER : limit + 1),
  });
  const runs = await api.get<RunLine[]>(`/api/runs?${query.toString()}`);
  const hasOlder = all !== true && runs.length > limit;
  return { runs: hasOlder ? runs.slice(0, limit) : runs, hasOlder };
}

function textOf(runs: readonly RunLine[], open: boolean): string {
  if (runs.length > 0) return renderTable([heading, ...runs.map(row)]);
  return open
    ? 'No run is open. "npx dandori list" shows those that ended.'
    : 'No runs yet. Start one: npx dandori submit examples/churn/request.md --wait';
}

export const addList: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('list', 'List the runs, newest first', ['list', 'list --open --json', 'list --all'])
      .option('--open', 'only those that run or wait')
      .option('--limit <count>', `only the newest of them (default: ${usualLimit})`, countFrom)
      .addOption(new Option('--all', 'every one').conflicts('limit'))
      .action(async (options: ListOptions) => {
        const { runs, hasOlder } = await withApi(options, ({ api }) => newest(api, options));
        show(output, options, runs, () => textOf(runs, options.open === true));
        // Apart from the results: a program that reads them need not know of it.
        if (hasOlder)
          output.note(`Only the newest ${runs.length} are shown. "npx dandori list --all" shows every one.`);
      }),
  );
};
