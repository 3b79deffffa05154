import type { IssueView, RunView } from '../api-types.js';
import { type CommonOptions, show } from '../output.js';
import { duration, renderTable } from '../table.js';
import { type AddCommand, newCommand, withApi } from './command.js';

function runText(run: RunView): string {
  const rows = run.states.map((state) => [
    state.state,
    state.status,
    duration(state.duration_ms),
    state.attempts > 1 ? `${state.attempts} attempts` : '',
    state.error === null ? '' : `${state.error}: ${state.cause ?? ''}`.slice(0, 120),
  ]);
  const job =
    run.job === null
      ? []
      : [`job       ${run.job.phase ?? run.job.status} ${run.job.progressPercent?.toFixed(0) ?? '0'} %`];
  const question =
    run.question === null
      ? []
      : [
          `waits for a person in ${run.question.state} since ${run.question.since} (plan ${run.question.plan_hash?.slice(0, 12) ?? 'withdrawn'})`,
        ];
  return [
    `${run.training_id}  issue #${run.issue_number}  ${run.model_name}  ${run.status}${run.version === null ? '' : `  version ${run.version}`}`,
    ...job,
    ...question,
    ...(run.error === null ? [] : [`ended with ${run.error}: ${run.cause ?? ''}`]),
    '',
    renderTable([['state', 'status', 'duration', '', ''], ...rows]),
  ].join('\n');
}

function issueText(view: IssueView): string {
  const comments = view.comments.map((comment) => `\n--- ${comment.author}, ${comment.createdAt}\n${comment.body}`);
  const runs = view.runs.map((run) => `  ${run.training_id}  ${run.status}  ${run.version ?? ''}`);
  return [
    `#${view.issue.number} ${view.issue.title}  [${view.issue.labels.join(', ')}]`,
    ...runs,
    '',
    view.issue.body,
    ...comments,
  ].join('\n');
}

export const addShow: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('show', 'Show a run with its states, or an issue with its comments')
      .argument('<id>', 'training id, or issue number')
      .action(async (id: string, options: CommonOptions) => {
        const isIssue = /^#?\d+$/.test(id);
        await withApi(options, async ({ api }) => {
          if (isIssue) {
            const view = await api.get<IssueView>(`/api/issues/${id.replace('#', '')}`);
            show(output, options, view, () => issueText(view));
          } else {
            const run = await api.get<RunView>(`/api/runs/${encodeURIComponent(id)}`);
            show(output, options, run, () => runText(run));
          }
        });
      }),
  );
};
