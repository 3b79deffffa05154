import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

const TAIL_BYTES = 2000;

/** The output of a job on disk: at most `maxBytes`, then a line that says so; never throws, since a full disk must not end the supervisor. */
export interface LogFile {
  write(chunk: Buffer): void;
  /** The last lines of all output, also of what the file no longer took; control characters left out. */
  tail(): string;
  close(): void;
}

/** Text without the control characters that could trick a terminal or a page; tabs and line ends stay. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069]/g, '');
}

export function openLogFile(path: string, maxBytes: number): LogFile {
  const descriptor = openSync(path, 'a', 0o600);
  let left = maxBytes;
  let recent: Buffer = Buffer.alloc(0);
  function append(chunk: Buffer): void {
    try {
      for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
    } catch {
      left = 0;
    }
  }
  return {
    write(chunk) {
      recent = Buffer.concat([recent, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
      if (left <= 0) return;
      append(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) append(Buffer.from(`\n[dandori] The log ends here: it reached its limit of ${maxBytes} bytes.\n`));
    },
    tail: () => printable(recent.toString('utf8')).trim().split('\n').slice(-8).join('\n').slice(-600),
    close() {
      try {
        fsyncSync(descriptor);
      } catch {
        // A full disk: what is written is written.
      }
      closeSync(descriptor);
    },
  };
}
