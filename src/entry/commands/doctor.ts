import { DandoriError, messageOf } from '../../errors.js';
import type { DoctorLine, HealthAnswer } from '../api-types.js';
import { configFor, type Connection } from '../connect.js';
import { type CommonOptions, show } from '../output.js';
import { type AddCommand, newCommand, withApi } from './command.js';

const marks = { ok: '✔', warn: '!', fail: '✘' } as const;

function lineText(line: DoctorLine): string {
  const fix = line.fix === null ? '' : `\n    mend it: ${line.fix}`;
  return `${marks[line.status]} ${line.check}: ${line.detail}${fix}`;
}

/** What can be said without the state directory is said even when that cannot be opened. */
async function checkState(options: CommonOptions): Promise<DoctorLine[]> {
  try {
    const ask = async ({ api, remote }: Connection) => {
      const { pid } = await api.get<HealthAnswer>('/api/health');
      const detail = remote ? `running (pid ${pid})` : 'not running; "npx dandori up" starts it';
      const server: DoctorLine = { check: 'server', status: 'ok', detail, fix: null };
      return [server, ...(await api.get<DoctorLine[]>('/api/doctor'))];
    };
    // Whether a state directory can be made is part of the examination.
    return await withApi(options, ask, { begins: true });
  } catch (error) {
    const { what, details } = error instanceof DandoriError ? error : { what: messageOf(error), details: {} };
    const detail = details.found === undefined ? what : `${what} Found: ${details.found}`;
    return [{ check: 'state directory', status: 'fail', detail, fix: details.next ?? null }];
  }
}

export const addDoctor: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('doctor', 'Say what is missing or broken, and the command that mends it', ['doctor']).action(
      async (options: CommonOptions) => {
        const { checkMachine } = await import('../doctor-machine.js');
        const lines = [...checkMachine(configFor(options)), ...(await checkState(options))];
        show(output, options, lines, () => lines.map(lineText).join('\n'));
        if (lines.some((line) => line.status === 'fail')) setExit(1);
      },
    ),
  );
};
