import { Command } from 'commander';
import { connect, type Connection } from '../connect.js';
import type { CommonOptions, Output } from '../output.js';

/** What a command file gives to the list: it adds itself to the program. `setExit` says the exit code of a command that did its work but found a failure. */
export type AddCommand = (program: Command, context: { output: Output; setExit: (code: number) => void }) => void;

/** A sub-command with the options that every command has. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--dir <folder>', 'state directory (default: DANDORI_DIR, else .dandori)')
    .option('--json', 'print one JSON document')
    .showHelpAfterError('(add --help for help)');
}

/** Runs `body` against the running server, or against one of our own that ends with it. */
export async function withApi<T>(
  options: CommonOptions,
  body: (connection: Connection) => Promise<T>,
  active = false,
): Promise<T> {
  const connection = await connect({ dir: options.dir, active });
  try {
    return await body(connection);
  } finally {
    await connection.close();
  }
}
