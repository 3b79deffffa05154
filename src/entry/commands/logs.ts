import type { LogAnswer } from '../api-types.js';
import { type CommonOptions, show } from '../output.js';
import { type AddCommand, newCommand, withApi } from './command.js';

const pollMs = 500;

interface LogOptions extends CommonOptions {
  phase: string;
  follow?: boolean;
}

export const addLogs: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('logs', 'Print the log of a job of a run')
      .argument('<training_id>', 'training id')
      .option('--phase <name>', 'profiling, preprocessing, training or evaluation', 'training')
      .option('-f, --follow', 'go on until the job ends')
      .action(async (id: string, options: LogOptions) => {
        await withApi(options, async ({ api }) => {
          let offset = 0;
          for (;;) {
            const path = `/api/runs/${encodeURIComponent(id)}/log?phase=${encodeURIComponent(options.phase)}&offset=${offset}`;
            const answer = await api.get<LogAnswer>(path);
            if (options.json === true) return show(output, options, answer, () => '');
            if (answer.text !== '') output.out(answer.text.replace(/\n$/, ''));
            const more = answer.next_offset > offset && answer.text !== '';
            offset = answer.next_offset;
            if (more) continue;
            if (options.follow !== true || answer.ended) return;
            await new Promise((resolve) => setTimeout(resolve, pollMs));
          }
        });
      }),
  );
};
