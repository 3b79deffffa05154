/** What one progress line says; `values` are its numbers other than the progress itself. */
export interface ProgressLine {
  progress: number | null;
  phase: string | null;
  values: [string, number][];
}

const PREFIX = Buffer.from('[dandori] ');
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Reads `[dandori] progress=42.0 phase=fitting f1_score=0.61`; null for any other line. Words that are no number are left out. */
export function parseProgressLine(line: string): ProgressLine | null {
  if (!line.startsWith('[dandori] ')) return null;
  const found: ProgressLine = { progress: null, phase: null, values: [] };
  for (const word of line.slice(PREFIX.length).trim().split(/\s+/).slice(0, 64)) {
    const match = /^([A-Za-z][\w.-]{0,63})=(\S{1,100})$/.exec(word);
    const name = match?.[1];
    const value = match?.[2];
    if (name === undefined || value === undefined) continue;
    if (name === 'phase') {
      if (/^[\w.-]{1,64}$/.test(value)) found.phase = value;
      continue;
    }
    if (!NUMBER.test(value) || !Number.isFinite(Number(value))) continue;
    if (name === 'progress') found.progress = Math.min(100, Math.max(0, Number(value)));
    else found.values.push([name, Number(value)]);
  }
  return found;
}

const MAX_LINE_BYTES = 4096;

/** Finds progress lines in a stream of any bytes; a line longer than 4 KB is skipped, so memory stays bounded. */
export function createProgressScanner(onProgress: (line: ProgressLine) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  let skipping = false;
  const take = (line: Buffer): void => {
    if (line.length < PREFIX.length || !line.subarray(0, PREFIX.length).equals(PREFIX)) return;
    const parsed = parseProgressLine(line.toString('utf8'));
    if (parsed !== null) onProgress(parsed);
  };
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const fits = held.length + end - from <= MAX_LINE_BYTES;
      if (!skipping && fits)
        take(held.length === 0 ? chunk.subarray(from, end) : Buffer.concat([held, chunk.subarray(from, end)]));
      held = Buffer.alloc(0);
      skipping = false;
      from = end + 1;
    }
    if (skipping) return;
    if (held.length + chunk.length - from > MAX_LINE_BYTES) {
      held = Buffer.alloc(0);
      skipping = true;
    } else if (from < chunk.length) held = Buffer.concat([held, chunk.subarray(from)]);
  };
}
