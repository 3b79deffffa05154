import { createInterface } from 'node:readline/promises';
import type { FollowOptions } from './follow.js';
import type { Output } from './output.js';

/** Asks on the terminal; null where there is no terminal to ask on. */
export function askPerson(output: Output): FollowOptions['ask'] {
  if (!process.stdin.isTTY) return null;
  return async (_comment, state) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      if (state === 'WaitForOperatorInput') {
        const answer = await lines.question('New hyperparameters as name=value, separated by blanks (empty: cancel): ');
        return answer.trim() === '' ? '/cancel' : retryComment(answer);
      }
      const answer = await lines.question('Approve this plan? [y/N] ');
      if (/^y(?:es)?$/i.test(answer.trim())) return '/approve';
      output.note('Not approved: the run is cancelled.');
      return '/cancel';
    } finally {
      lines.close();
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
