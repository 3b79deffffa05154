import type { RunLine } from '../api-types.js';
import { standing } from '../standing.js';
import { type CommonOptions, show } from '../output.js';
import { duration, localTime, renderTable } from '../table.js';
import { type AddCommand, newCommand, withApi } from './command.js';

const heading = ['training_id', 'issue', 'model', 'status', 'version', 'started', 'took'];

function row(run: RunLine): string[] {
  const took = run.ended_at === null ? '' : duration(Date.parse(run.ended_at) - Date.parse(run.created_at));
  const { training_id: id, issue_number: issue, model_name: model, version } = run;
  return [id, `#${issue}`, model, standing(run), version ?? '', localTime(run.created_at), took];
}

export const addList: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('list', 'List the runs, newest first', ['list', 'list --open --json'])
      .option('--open', 'only those that run or wait')
      .action(async (options: CommonOptions & { open?: boolean }) => {
        const open = options.open === true;
        const runs = await withApi(options, ({ api }) => api.get<RunLine[]>(`/api/runs${open ? '?open=true' : ''}`));
        show(output, options, runs, () => {
          if (runs.length > 0) return renderTable([heading, ...runs.map(row)]);
          return open
            ? 'No run is open. "npx dandori list" shows those that ended.'
            : 'No runs yet. Start one: npx dandori submit examples/churn/request.md --wait';
        });
      }),
  );
};
