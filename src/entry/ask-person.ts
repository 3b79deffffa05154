import { createInterface } from 'node:readline/promises';
import type { FollowOptions } from './follow.js';
import type { Output } from './output.js';

/** Where a person types and reads. */
export interface Keyboard {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream;
  /** What Ctrl-C means: the terminal gives it to the question, not to the process. */
  interrupt: () => void;
}

const ownKeyboard: Keyboard = {
  input: process.stdin,
  output: process.stderr,
  // At once where somebody listens, so that what follows the question knows of it.
  interrupt: () => void (process.emit('SIGINT') || process.kill(process.pid, 'SIGINT')),
};

/** One line from a person; null when they went away (Ctrl-C, Ctrl-D). */
async function askLine({ input, output, interrupt }: Keyboard, text: string): Promise<string | null> {
  const lines = createInterface({ input, output });
  const gone = new AbortController();
  lines.once('SIGINT', () => {
    interrupt();
    lines.close();
  });
  lines.once('close', () => gone.abort());
  try {
    return await lines.question(text, { signal: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    output.write('\n');
    return null;
  } finally {
    lines.close();
  }
}

/** Asks on the terminal; null where there is no terminal to ask on. */
export function askPerson(output: Output, keyboard: Keyboard = ownKeyboard): FollowOptions['ask'] {
  if (keyboard.input.isTTY !== true) return null;
  return async (_comment, state) => {
    for (;;) {
      if (state === 'WaitForOperatorInput') {
        const answer = await askLine(
          keyboard,
          'New hyperparameters as name=value, separated by blanks (empty: keep the previous model): ',
        );
        if (answer === null) return null;
        if (answer.trim() === '') return '/cancel';
        if (/[^\s,=]=[^\s,=]/.test(answer)) return retryComment(answer);
        output.note(`That holds no name=value: ${answer.trim()}. An example: max_depth=3 learning_rate=0.1`);
      } else {
        const answer = await askLine(keyboard, 'Approve this plan? [y/N] ');
        if (answer === null) return null;
        if (/^y(?:es)?$/i.test(answer.trim())) return '/approve';
        output.note('Not approved: the run is cancelled.');
        return '/cancel';
      }
    }
  };
}

/** `max_depth=3 eta=0.1` -> the comment that answers the operator's question. */
export function retryComment(text: string): string {
  const pairs = text
    .split(/[\s,]+/)
    .filter((pair) => pair.includes('='))
    .map((pair) => `  ${pair.slice(0, pair.indexOf('='))}: ${pair.slice(pair.indexOf('=') + 1)}`);
  return ['/retry', '```yaml', 'adjusted_hyperparameters:', ...pairs, '```'].join('\n');
}
