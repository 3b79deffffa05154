import { DandoriError } from '../../errors.js';
import { nearestName } from '../../nearest.js';
import type { HistoryEvent } from '../../ports/workflow-engine.js';
import { executionHistory, toldHistory, type ToldEvent } from '../execution-history.js';
import { type CommonOptions, show } from '../output.js';
import { localTime, renderTable } from '../table.js';
import { type AddCommand, countFrom, newCommand, trainingIdOf, withApi } from './command.js';

interface HistoryOptions extends CommonOptions {
  state?: string;
  limit?: number;
}

const longestNote = 300;

/** The events of one state; a name that the run never came to is refused with those that it did. */
function ofState(told: readonly ToldEvent[], wanted: string | undefined): readonly ToldEvent[] {
  if (wanted === undefined) return told;
  const found = told.filter(({ state }) => state === wanted);
  if (found.length > 0) return found;
  const entered = [...new Set(told.flatMap(({ state }) => (state === null ? [] : [state])))];
  const meant = nearestName(wanted, entered);
  throw new DandoriError('invalid_input', `The run has no events of ${wanted}.`, {
    found: 'a state that it never entered',
    allowed: entered.join(', '),
    ...(meant === null ? {} : { next: `did you mean --state ${meant}?` }),
  });
}

/** `2026-11-21 10:59:07.123` in the zone of this machine. */
function exactTime(iso: string): string {
  const date = new Date(iso);
  const seconds = (date.getSeconds() + date.getMilliseconds() / 1000).toFixed(3).padStart(6, '0');
  return `${localTime(iso)}:${seconds}`;
}

function row({ event, state, note }: ToldEvent): string[] {
  const short = note.length > longestNote ? `${note.slice(0, longestNote)}…` : note;
  return [String(event.id), exactTime(event.timestamp), event.type, state ?? '', short];
}

export const addHistory: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('history', "List a run's events, as Step Functions keeps them", [
      'history 1',
      'history train-20260131-093000-1 --state TrainModel --limit 20',
      'history 1 --json > history.json',
    ])
      .argument('<id>', 'training id, or issue number')
      .option('--state <name>', 'only events of this state')
      .option('--limit <count>', 'only the last of them', countFrom)
      .action(async (id: string, options: HistoryOptions) => {
        const events = await withApi(options, async ({ api }) => {
          const trainingId = await trainingIdOf(api, id);
          return api.get<HistoryEvent[]>(`/api/runs/${encodeURIComponent(trainingId)}/history`);
        });
        const found = ofState(toldHistory(events), options.state);
        const told = options.limit === undefined ? found : found.slice(-options.limit);
        show(output, options, executionHistory(told.map(({ event }) => event)), () =>
          renderTable([['id', 'time', 'type', 'state', 'note'], ...told.map(row)], output.width),
        );
      }),
  );
};
