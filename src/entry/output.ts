import { stripVTControlCharacters } from 'node:util';

/** Where a command writes; tests collect it. */
export interface Output {
  /** Results. */
  out: (text: string) => void;
  /** Progress and remarks: never mixed into results. */
  note: (text: string) => void;
  /** Columns that people see; a file or a pipe has as many as it likes. */
  width: number;
}

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns' | 'hasColors'>;

/** Columns of a terminal; one that does not know its size (a recording, a bare container) says 0 and is taken for 80. */
export function columnsOf(stream: Pick<NodeJS.WriteStream, 'columns'>): number {
  return stream.columns > 0 ? stream.columns : 80;
}

/** A line to a stream: colours stay only where a terminal shows them (`NO_COLOR` is obeyed by `hasColors`). */
function lineTo(stream: Stream): (text: string) => void {
  const coloured = stream.isTTY && stream.hasColors();
  return (text) => void stream.write(`${coloured ? text : stripVTControlCharacters(text)}\n`);
}

/** Results to one stream, remarks to another. */
export function outputTo(results: Stream, remarks: Stream): Output {
  return {
    out: (text) => lineTo(results)(text),
    note: (text) => lineTo(remarks)(text),
    // Read at each use: a terminal may be resized.
    get width() {
      return remarks.isTTY ? columnsOf(remarks) : Number.POSITIVE_INFINITY;
    },
  };
}

export const terminal: Output = outputTo(process.stdout, process.stderr);

/** Options that every command has. */
export interface CommonOptions {
  dir?: string;
  json?: boolean;
}

/** Writes a result: as one JSON document with `--json`, else as text for people. */
export function show(output: Output, options: CommonOptions, value: unknown, text: () => string): void {
  output.out(options.json === true ? JSON.stringify(value, null, 2) : text());
}
