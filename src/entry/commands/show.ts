import type { ApiClient } from '../api-client.js';
import type { DrawnRun, IssueView } from '../api-types.js';
import { renderMarkdown, withoutFolded } from '../markdown-text.js';
import { type CommonOptions, type Output, show } from '../output.js';
import { standing } from '../standing.js';
import { localTime } from '../table.js';
import { type AddCommand, issueNumberOf, newCommand, trainingIdOf, withApi } from './command.js';

interface ShowOptions extends CommonOptions {
  mermaid?: boolean;
  full?: boolean;
}

function questionLines({ question, issue_number: issue }: DrawnRun): string[] {
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

/** Drawing a run reads what its agents answered, by schemas that a run must be there for. */
async function graphText(run: DrawnRun, width: number): Promise<string> {
  const { drawGraph } = await import('../state-graph-text.js');
  return drawGraph(run, width);
}

/** One run for people: how it stands, the graph of its states, the verdict, where the results are. */
async function runText(run: DrawnRun, width: number): Promise<string> {
  const { places } = await import('../tell-end.js');
  const { verdictTable } = await import('../follow.js');
  const { job } = run;
  const version = run.version === null ? '' : `  version ${run.version}`;
  const verdict = verdictTable(run, width);
  const lines = [
    `${run.training_id}  issue #${run.issue_number}  ${run.model_name}  ${standing(run)}${version}`,
    ...(job === null ? [] : [`job ${job.phase ?? job.status} ${(job.progressPercent ?? 0).toFixed(0)} %`]),
    ...questionLines(run),
    ...(run.error === null ? [] : [renderMarkdown(`ended with ${run.error}: ${run.cause ?? ''}`, width)]),
    '',
    await graphText(run, width),
    ...(verdict === '' ? [] : ['', verdict]),
  ];
  const found = places(run);
  return [...lines, ...(found.length === 0 ? [] : ['', ...found])].join('\n');
}

/** The thread as the tracker shows it: what is folded there keeps its title only, unless all is asked for. */
function threadText(comments: IssueView['comments'], width: number, isFull: boolean): string[] {
  let folded = false;
  const said = comments.flatMap(({ author, createdAt, body, bySelf }) => {
    const shown = bySelf && !isFull ? withoutFolded(body) : body;
    folded ||= shown !== body;
    return ['', `--- ${author}, ${localTime(createdAt)}`, renderMarkdown(shown, width)];
  });
  return folded ? [...said, '', '▸ is folded: --full shows it'] : said;
}

async function issueText(
  { issue, runs, comments }: IssueView,
  run: DrawnRun | null,
  width: number,
  isFull: boolean,
): Promise<string> {
  return [
    `#${issue.number} ${issue.title}  [${issue.labels.join(', ')}]`,
    ...runs.map((one) => `  ${one.training_id}  ${standing(one)}  ${one.version ?? ''}`.trimEnd()),
    ...(run === null ? [] : ['', await graphText(run, width)]),
    '',
    renderMarkdown(issue.body, width),
    ...threadText(comments, width, isFull),
  ].join('\n');
}

const drawnRun = (api: ApiClient, trainingId: string): Promise<DrawnRun> =>
  api.get<DrawnRun>(`/api/runs/${encodeURIComponent(trainingId)}/graph`);

async function showIssue(api: ApiClient, number: number, options: ShowOptions, output: Output): Promise<void> {
  const view = await api.get<IssueView>(`/api/issues/${number}`);
  const [newest] = view.runs;
  const run = newest === undefined ? null : await drawnRun(api, newest.training_id);
  const text = await issueText(view, run, output.width, options.full === true);
  show(output, options, { ...view, graph: run?.graph ?? null }, () => text);
}

async function showOne(output: Output, id: string, options: ShowOptions): Promise<void> {
  const number = issueNumberOf(id);
  await withApi(options, async ({ api }) => {
    if (options.mermaid === true) {
      const { mermaidOf } = await import('../state-graph-mermaid.js');
      const mermaid = mermaidOf(await drawnRun(api, await trainingIdOf(api, id)));
      return show(output, options, { mermaid }, () => mermaid);
    }
    if (number !== null) return showIssue(api, number, options, output);
    const run = await drawnRun(api, id);
    const text = await runText(run, output.width);
    show(output, options, run, () => text);
  });
}

export const addShow: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('show', 'Show a run with the graph of its states and its results, or an issue with its comments', [
      'show train-20260131-093000-1',
      'show 1',
      'show 1 --full',
      'show 1 --mermaid',
    ])
      .argument('<id>', 'training id, or issue number')
      .option('--full', 'of an issue: also what its comments fold away, such as all that the hash of a plan covers')
      .option('--mermaid', 'print the graph as a Mermaid state diagram, ready to be pasted into an issue')
      .action((id: string, options: ShowOptions) => showOne(output, id, options)),
  );
};
