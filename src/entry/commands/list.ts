import type { RunLine } from '../api-types.js';
import { type CommonOptions, show } from '../output.js';
import { renderTable } from '../table.js';
import { type AddCommand, newCommand, withApi } from './command.js';

export const addList: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('list', 'List the runs, newest first')
      .option('--open', 'only those that run or wait')
      .action(async (options: CommonOptions & { open?: boolean }) => {
        const runs = await withApi(options, ({ api }) =>
          api.get<RunLine[]>(`/api/runs${options.open === true ? '?open=true' : ''}`),
        );
        show(output, options, runs, () => {
          if (runs.length === 0) return 'No runs yet. Start one: npx dandori submit examples/churn/request.md';
          const rows = runs.map((run) => [
            run.training_id,
            `#${run.issue_number}`,
            run.model_name,
            run.status,
            run.version ?? '',
            run.created_at,
          ]);
          return renderTable([['training_id', 'issue', 'model', 'status', 'version', 'created'], ...rows]);
        });
      }),
  );
};
