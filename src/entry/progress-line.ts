import { columnsOf } from './output.js';

const everyMs = 5_000;

/** One line that changes: in place on a terminal, now and then elsewhere. */
export interface ProgressLine {
  show: (text: string) => void;
  clear: () => void;
}

export function createProgressLine(
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = Date.now,
): ProgressLine {
  if (stream.isTTY) {
    return {
      show: (text) => void stream.write(`\r\u001B[2K  ${text.slice(0, columnsOf(stream) - 3)}`),
      clear: () => void stream.write('\r\u001B[2K'),
    };
  }
  let last = now();
  return {
    show(text) {
      if (now() - last < everyMs) return;
      last = now();
      stream.write(`  ${text}\n`);
    },
    clear: () => undefined,
  };
}
