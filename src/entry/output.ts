import { stripVTControlCharacters } from 'node:util';
import { visibleText } from '../request/escape.js';

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

// eslint-disable-next-line no-control-regex
const colour = /(\u001B\[[\d;]*m)/;

/** Text for a terminal: colours, and of what people and programs wrote nothing that moves the cursor or turns a line round. */
function forTerminal(text: string): string {
  const parts = text.replaceAll(/\r\n?/g, '\n').split(colour);
  return parts.map((part, index) => (index % 2 === 1 ? part : visibleText(stripVTControlCharacters(part)))).join('');
}

/** A line to a stream: colours stay only where a terminal shows them (`NO_COLOR` is obeyed by `hasColors`). */
function lineTo(stream: Stream): (text: string) => void {
  const coloured = stream.isTTY && stream.hasColors();
  return (text) => {
    const shown = stream.isTTY ? forTerminal(text) : text;
    stream.write(`${coloured ? shown : stripVTControlCharacters(shown)}\n`);
  };
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
