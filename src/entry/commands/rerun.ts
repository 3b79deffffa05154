import type { Rerun } from '../../issue/rerun.js';
import type { RunView } from '../api-types.js';
import type { Connection } from '../connect.js';
import { type CommonOptions, type Output, show } from '../output.js';
import { createProgressLine } from '../progress-line.js';
import { stopSignal } from '../until-stopped.js';
import { type AddCommand, newCommand, trainingIdOf, withApi } from './command.js';

interface RerunOptions extends CommonOptions {
  from?: string;
  wait?: boolean;
}

const startedText = ({ training_id: id, from, number }: Rerun): string => `Re-run ${number} of ${id}, from ${from}.`;

/** Follows the run to its end; answers the exit code. */
async function tellToTheEnd(
  { api }: Connection,
  rerun: Rerun,
  { options, output, told }: { options: RerunOptions; output: Output; told: number },
): Promise<number> {
  const { follow } = await import('../follow.js');
  const { tellEnd } = await import('../tell-end.js');
  const { askPerson } = await import('../ask-person.js');
  output.note(startedText(rerun));
  const followed = await follow({
    api,
    output,
    progress: createProgressLine(),
    issueNumber: rerun.issue_number,
    ask: askPerson(output),
    told,
    signal: stopSignal(),
  });
  show(output, options, { ...rerun, ...followed }, () => tellEnd(followed, output.width));
  return followed.reason === null ? 0 : 1;
}

/** Orders the re-run; answers the exit code. */
async function rerunOne(connection: Connection, id: string, options: RerunOptions, output: Output): Promise<number> {
  const { api, remote } = connection;
  const path = `/api/runs/${encodeURIComponent(await trainingIdOf(api, id))}`;
  const told = (await api.get<RunView>(path)).states.length;
  const rerun = await api.post<Rerun>(`${path}/rerun`, { from: options.from ?? null });
  if (options.wait === true) return tellToTheEnd(connection, rerun, { options, output, told });
  show(output, options, { ...rerun, run: null, reason: null }, () => {
    return `${startedText(rerun)} Follow it: npx dandori show ${rerun.training_id}`;
  });
  if (!remote) output.note('Dandori is not running: the run is worked on when it runs ("npx dandori up").');
  return 0;
}

export const addRerun: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('rerun', 'Run an ended run again, from the state that failed or from another', [
      'rerun 1',
      'rerun train-20260131-093000-1 --from TrainModel --wait',
    ])
      .argument('<id>', 'training id, or issue number: its newest run')
      .option('--from <state>', 'state to start from, with what it was given before (default: the one that failed)')
      .option('--wait', 'follow the run to its end; exit code 0 only when the model is in service')
      .action(async (id: string, options: RerunOptions) => {
        const body = async (connection: Connection) => setExit(await rerunOne(connection, id, options, output));
        await withApi(options, body, { active: options.wait === true });
      }),
  );
};
