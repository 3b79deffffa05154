import { DandoriError } from '../../errors.js';
import type { DoctorLine } from '../api-types.js';
import { checkMachine } from '../doctor-machine.js';
import { type CommonOptions, show } from '../output.js';
import { configFor } from '../connect.js';
import { type AddCommand, newCommand, withApi } from './command.js';

const marks = { ok: '✔', warn: '!', fail: '✘' } as const;

function lineText(line: DoctorLine): string {
  const fix = line.fix === null ? '' : `\n    mend it: ${line.fix}`;
  return `${marks[line.status]} ${line.check}: ${line.detail}${fix}`;
}

/** What can be said without the state directory is said even when that cannot be opened. */
async function checkState(options: CommonOptions): Promise<DoctorLine[]> {
  try {
    return await withApi(options, ({ api }) => api.get<DoctorLine[]>('/api/doctor'));
  } catch (error) {
    const next = error instanceof DandoriError ? (error.details.next ?? null) : null;
    return [
      {
        check: 'state directory',
        status: 'fail',
        detail: error instanceof Error ? error.message : String(error),
        fix: next,
      },
    ];
  }
}

export const addDoctor: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('doctor', 'Say what is missing or broken, and the command that mends it').action(
      async (options: CommonOptions) => {
        const lines = [...checkMachine(configFor(options)), ...(await checkState(options))];
        show(output, options, lines, () => lines.map(lineText).join('\n'));
        if (lines.some((line) => line.status === 'fail')) setExit(1);
      },
    ),
  );
};
