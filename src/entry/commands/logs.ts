import { Option } from 'commander';
import type { LogAnswer } from '../api-types.js';
import { type CommonOptions, show } from '../output.js';
import { pause } from '../until-stopped.js';
import { type AddCommand, newCommand, trainingIdOf, withApi } from './command.js';

const pollMs = 500;

interface LogOptions extends CommonOptions {
  phase: string;
  follow?: boolean;
}

export const addLogs: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('logs', 'Print the log of a job of a run', ['logs 1', 'logs 1 --phase evaluation', 'logs 1 --follow'])
      .argument('<id>', 'training id, or issue number')
      .addOption(
        new Option('--phase <name>', 'which job')
          .choices(['profiling', 'preprocessing', 'training', 'evaluation'])
          .default('training'),
      )
      .option('-f, --follow', 'go on until the job ends')
      .action(async (id: string, options: LogOptions) => {
        await withApi(options, async ({ api }) => {
          const run = await trainingIdOf(api, id);
          let offset = 0;
          for (;;) {
            const answer = await api.get<LogAnswer>(
              `/api/runs/${encodeURIComponent(run)}/log?phase=${options.phase}&offset=${offset}`,
            );
            if (options.json === true) return show(output, options, answer, () => '');
            if (answer.text !== '') output.out(answer.text.replace(/\n$/, ''));
            const more = answer.next_offset > offset && answer.text !== '';
            offset = answer.next_offset;
            if (more) continue;
            if (options.follow !== true || answer.ended) break;
            await pause(pollMs);
          }
          if (offset === 0) output.note(`${run} has no log of ${options.phase}.`);
        });
      }),
  );
};
