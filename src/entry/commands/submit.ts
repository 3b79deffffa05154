import type { RunLine, SubmitAnswer } from '../api-types.js';
import { askPerson } from '../ask-person.js';
import { tellEnd } from '../tell-end.js';
import { type CommonOptions, show } from '../output.js';
import { follow } from '../follow.js';
import { createProgressLine } from '../progress-line.js';
import { submitRequest } from '../submit-request.js';
import { type AddCommand, newCommand, withApi } from './command.js';

interface SubmitOptions extends CommonOptions {
  yes?: boolean;
  wait?: boolean;
}

export const addSubmit: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('submit', 'Submit a request file: an issue labelled mlops:train is made from it')
      .argument('<file>', 'Markdown, YAML or JSON file with the request')
      .option('--yes', 'approve the proposal as whoever submits')
      .option('--wait', 'follow the run to its end; exit code 0 only when the model is in service')
      .action(async (file: string, options: SubmitOptions) => {
        const wait = options.wait === true;
        await withApi(
          options,
          async ({ api, remote }) => {
            const submitted = await submitRequest(api, file, options.yes === true);
            if (!wait) {
              if (!remote)
                output.note('Dandori is not running: the request is worked on when it runs ("npx dandori up").');
              show(output, options, submitted, () => `Issue #${submitted.issue_number}  ${submitted.url}`);
              return;
            }
            const ask = options.yes === true ? null : askPerson(output);
            const followed = await follow({
              api,
              output,
              progress: createProgressLine(),
              issueNumber: submitted.issue_number,
              ask,
            });
            const result: SubmitAnswer & { run: RunLine | null; reason: string | null } = { ...submitted, ...followed };
            show(output, options, result, () => tellEnd(followed));
            if (followed.reason !== null) setExit(1);
          },
          wait,
        );
      }),
  );
};
