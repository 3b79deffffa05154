/** Where a command writes; tests collect it. */
export interface Output {
  /** Results. */
  out: (text: string) => void;
  /** Progress and remarks: never mixed into results. */
  note: (text: string) => void;
}

export const terminal: Output = {
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
};

/** Options that every command has. */
export interface CommonOptions {
  dir?: string;
  json?: boolean;
}

/** Writes a result: as one JSON document with `--json`, else as text for people. */
export function show(output: Output, options: CommonOptions, value: unknown, text: () => string): void {
  output.out(options.json === true ? JSON.stringify(value, null, 2) : text());
}
