import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createRedactor, type Redactor } from '../../../redact.js';
import { visibleText } from '../../../request/escape.js';

const TAIL_BYTES = 2000;

/** The output of a job on disk: at most `maxBytes`, then a line that says so; never throws, since a full disk must not end the supervisor. */
export interface LogFile {
  /** Whole lines are written at once, the rest of a line with what comes next from this `source`, e.g. a stream. */
  write(chunk: Buffer, source?: unknown): void;
  /** The last lines of all output, also of what the file no longer took; control characters left out. */
  tail(): string;
  close(): void;
}

/** Secrets are looked for in whole lines; of a longer line as much is written as has come. */
const longestLine = 64 * 1024;

/** Opens the log of a job to be written on; `redact` takes secrets out of every line. */
export function openLogFile(path: string, maxBytes: number, redact: Redactor = createRedactor()): LogFile {
  const descriptor = openSync(path, 'a', 0o600);
  let left = maxBytes;
  let recent: Buffer = Buffer.alloc(0);
  const begun = new Map<unknown, Buffer>();
  function append(chunk: Buffer): void {
    try {
      for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
    } catch {
      left = 0;
    }
  }
  function keep(given: Buffer): void {
    const text = given.toString('utf8');
    const clean = redact.text(text);
    // Bytes that are no text stay as they are.
    const chunk = clean === text ? given : Buffer.from(clean);
    recent = Buffer.concat([recent, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    if (left <= 0) return;
    append(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) append(Buffer.from(`\n[dandori] The log ends here: it reached its limit of ${maxBytes} bytes.\n`));
  }
  function flush(): void {
    for (const rest of begun.values()) keep(rest);
    begun.clear();
  }
  return {
    write(chunk, source) {
      const all = Buffer.concat([begun.get(source) ?? Buffer.alloc(0), chunk]);
      const end = Math.max(all.lastIndexOf('\n'), all.lastIndexOf('\r')) + 1;
      const until = all.length - end > longestLine ? all.length : end;
      if (until > 0) keep(all.subarray(0, until));
      begun.set(source, all.subarray(until));
    },
    tail() {
      flush();
      return visibleText(recent.toString('utf8')).trim().split('\n').slice(-8).join('\n').slice(-600);
    },
    close() {
      flush();
      try {
        fsyncSync(descriptor);
      } catch {
        // A full disk: what is written is written.
      }
      closeSync(descriptor);
    },
  };
}
