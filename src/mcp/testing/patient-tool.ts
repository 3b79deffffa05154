import { z } from 'zod';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../define-tool.js';

/** A tool that tells its progress and then works until its caller gives up; `log` says what happened to it, in order. */
export function patientTool(log: string[]) {
  return defineTool({
    // The name of a real one, because a compiled `dandori mcp` offers only those.
    name: 'list_datasets',
    title: 'Work patiently',
    description: 'Works until it is cancelled.',
    input: z.object({}),
    output: z.object({}),
    annotations: readOnly,
    effect: null,
    handler: (_input, { signal, progress }) =>
      new Promise((_resolve, reject) => {
        log.push('started');
        progress({ progress: 10, message: 'first' });
        progress({ progress: 10, message: 'no step forward' });
        progress({ progress: 3, total: 4 });
        progress({ progress: 55, message: 'second' });
        signal.addEventListener('abort', () => {
          log.push('aborted');
          reject(new DandoriError('cancelled', 'The patient tool was cancelled.'));
        });
      }),
  });
}
