import type { ReproduceAnswer } from '../api-types.js';
import { type CommonOptions, show } from '../output.js';
import { createProgressLine } from '../progress-line.js';
import { pause } from '../until-stopped.js';
import { type AddCommand, newCommand, trainingIdOf, withApi } from './command.js';

const pollMs = 300;

function verdictText({ training_id: id, verdict }: ReproduceAnswer): string {
  if (verdict === null) return '';
  const { same_model: model, same_metrics: metrics, model_sha256: digests, notes } = verdict;
  return [
    `${id}: ${model ? 'the same model, byte for byte' : 'another model'}, ${metrics ? 'the same metrics' : 'other metrics'}`,
    `model then ${digests.before.slice(0, 16)}, now ${digests.after.slice(0, 16)}`,
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}

export const addReproduce: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('reproduce', 'Train a finished run again and compare: exit code 0 for the same model and metrics', [
      'reproduce 1',
      'reproduce train-20260131-093000-1 --json',
    ])
      .argument('<id>', 'training id, or issue number')
      .action(async (id: string, options: CommonOptions) => {
        const attempt = String(Date.now());
        const line = createProgressLine();
        const answer = await withApi(options, async ({ api }) => {
          const run = await trainingIdOf(api, id);
          for (;;) {
            const now = await api.post<ReproduceAnswer>(`/api/runs/${encodeURIComponent(run)}/reproduce`, { attempt });
            if (now.verdict !== null) return now;
            line.show(`${now.phase ?? 'waiting'} ${(now.progress ?? 0).toFixed(0)} %`);
            await pause(pollMs);
          }
        }).finally(() => line.clear());
        show(output, options, answer, () => verdictText(answer));
        if (answer.verdict?.same_model !== true || !answer.verdict.same_metrics) setExit(1);
      }),
  );
};
