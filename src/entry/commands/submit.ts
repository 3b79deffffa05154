import type { IssueView, RunLine, SubmitAnswer } from '../api-types.js';
import type { Connection } from '../connect.js';
import { type CommonOptions, type Output, show } from '../output.js';
import { renderMarkdown } from '../markdown-text.js';
import { createProgressLine } from '../progress-line.js';
import { refusalOf } from '../refusal.js';
import { readRequestFile, submitRequest } from '../submit-request.js';
import { stopSignal } from '../until-stopped.js';
import { type AddCommand, newCommand, withApi } from './command.js';

interface SubmitOptions extends CommonOptions {
  yes?: boolean;
  wait?: boolean;
}

type SubmitResult = SubmitAnswer & { run: RunLine | null; reason: string | null };

/** Says what became of the request at once; answers the exit code. */
async function tellAtOnce(
  { api, remote }: Connection,
  submitted: SubmitAnswer,
  options: SubmitOptions,
  output: Output,
): Promise<number> {
  const { issue_number: issue } = submitted;
  const reason = remote ? refusalOf(await api.get<IssueView>(`/api/issues/${issue}`)) : null;
  const result: SubmitResult = { ...submitted, run: null, reason };
  show(output, options, result, () =>
    reason === null
      ? `Issue #${issue}. Follow it: npx dandori show ${issue}`
      : `Issue #${issue}\n\n${renderMarkdown(reason, output.width)}`,
  );
  if (!remote) output.note('Dandori is not running: the request is worked on when it runs ("npx dandori up").');
  return reason === null ? 0 : 1;
}

/** Follows the request to its end; answers the exit code. */
async function tellToTheEnd(
  { api }: Connection,
  submitted: SubmitAnswer,
  options: SubmitOptions,
  output: Output,
): Promise<number> {
  const { follow } = await import('../follow.js');
  const { tellEnd } = await import('../tell-end.js');
  const { askPerson } = await import('../ask-person.js');
  const ask = options.yes === true ? null : askPerson(output);
  const { issue_number: issueNumber } = submitted;
  output.note(`Issue #${issueNumber}`);
  const followed = await follow({
    api,
    output,
    progress: createProgressLine(),
    issueNumber,
    ask,
    signal: stopSignal(),
  });
  const result: SubmitResult = { ...submitted, ...followed };
  show(output, options, result, () => tellEnd(followed, output.width));
  return followed.reason === null ? 0 : 1;
}

export const addSubmit: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('submit', 'Submit a request file: an issue labelled mlops:train is made from it', [
      'submit examples/churn/request.md --wait',
      'submit request.yaml --yes --wait --json',
    ])
      .argument('<file>', 'Markdown, YAML or JSON file with the request')
      .option('--yes', 'approve the proposal as whoever submits')
      .option('--wait', 'follow the run to its end; exit code 0 only when the model is in service')
      .action(async (file: string, options: SubmitOptions) => {
        const wait = options.wait === true;
        const tell = wait ? tellToTheEnd : tellAtOnce;
        // Before anything is made: without a request there is nothing to begin.
        const request = readRequestFile(file);
        await withApi(
          options,
          async (connection) => {
            const submitted = await submitRequest(connection.api, request, options.yes === true);
            setExit(await tell(connection, submitted, options, output));
          },
          { active: wait, begins: true },
        );
      }),
  );
};
