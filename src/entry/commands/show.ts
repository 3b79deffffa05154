import type { IssueView, RunView } from '../api-types.js';
import { renderMarkdown } from '../markdown-text.js';
import { type CommonOptions, type Output, show } from '../output.js';
import { duration, localTime, renderTable } from '../table.js';
import { type AddCommand, issueNumberOf, newCommand, withApi } from './command.js';

function questionLines({ question, issue_number: issue }: RunView): string[] {
  if (question === null) return [];
  const answer =
    question.state === 'WaitForOperatorInput'
      ? `npx dandori comment ${issue} (with /retry and adjusted_hyperparameters, or /cancel)`
      : `npx dandori approve ${issue}`;
  return [
    `waits for a person since ${localTime(question.since)} (${question.state}, plan ${question.plan_hash?.slice(0, 12) ?? 'withdrawn'})`,
    `what is asked: npx dandori show ${issue}`,
    `answer: ${answer}`,
  ];
}

/** One run for people: its states, then how it ended or what it waits for. */
async function runText(run: RunView, width: number): Promise<string> {
  const { stateRemark } = await import('../state-remark.js');
  const { places } = await import('../tell-end.js');
  const { verdictTable } = await import('../follow.js');
  // Choices take no time and tell nobody anything.
  const states = run.states.filter((state) => state.attempts > 0 || state.ended_at === null);
  const rows = states.map((state) => [
    state.state,
    state.status,
    duration(state.duration_ms),
    [
      ...(state.attempts > 1 ? [`${state.attempts} attempts`] : []),
      state.error === null ? stateRemark(run, state.state) : `${state.error}: ${state.cause ?? ''}`.slice(0, 300),
    ].join(' '),
  ]);
  const { job } = run;
  const version = run.version === null ? '' : `  version ${run.version}`;
  const verdict = verdictTable(run, width);
  const lines = [
    `${run.training_id}  issue #${run.issue_number}  ${run.model_name}  ${run.status}${version}`,
    ...(job === null ? [] : [`job ${job.phase ?? job.status} ${(job.progressPercent ?? 0).toFixed(0)} %`]),
    ...questionLines(run),
    ...(run.error === null ? [] : [renderMarkdown(`ended with ${run.error}: ${run.cause ?? ''}`, width)]),
    '',
    renderTable([['state', 'status', 'duration', 'what'], ...rows], width),
    ...(verdict === '' ? [] : ['', verdict]),
  ];
  const found = places(run);
  return [...lines, ...(found.length === 0 ? [] : ['', ...found])].join('\n');
}

function issueText({ issue, runs, comments }: IssueView, width: number): string {
  const said = comments.flatMap((comment) => [
    '',
    `--- ${comment.author}, ${localTime(comment.createdAt)}`,
    renderMarkdown(comment.body, width),
  ]);
  return [
    `#${issue.number} ${issue.title}  [${issue.labels.join(', ')}]`,
    ...runs.map((run) => `  ${run.training_id}  ${run.status}  ${run.version ?? ''}`.trimEnd()),
    '',
    renderMarkdown(issue.body, width),
    ...said,
  ].join('\n');
}

async function showOne(output: Output, id: string, options: CommonOptions): Promise<void> {
  const number = issueNumberOf(id);
  await withApi(options, async ({ api }) => {
    if (number !== null) {
      const view = await api.get<IssueView>(`/api/issues/${number}`);
      return show(output, options, view, () => issueText(view, output.width));
    }
    const run = await api.get<RunView>(`/api/runs/${encodeURIComponent(id)}`);
    const text = await runText(run, output.width);
    show(output, options, run, () => text);
  });
}

export const addShow: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('show', 'Show a run with its states and results, or an issue with its comments', [
      'show train-20260131-093000-1',
      'show 1',
    ])
      .argument('<id>', 'training id, or issue number')
      .action((id: string, options: CommonOptions) => showOne(output, id, options)),
  );
};
