import { Command, CommanderError } from 'commander';
import { DandoriError, messageOf } from '../errors.js';
import { dandoriVersion } from '../installation.js';
import { toEnvelope } from '../mcp/error-envelope.js';
import { commands } from './commands/index.js';
import { type Output, terminal } from './output.js';

/** 0 done, 1 failed, 2 wrong use. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof DandoriError && error.code === 'invalid_input' ? 2 : 1;
}

/** Runs the command line; answers the exit code. */
export async function main(argv: readonly string[], output: Output = terminal): Promise<number> {
  let exitCode = 0;
  const program = new Command('dandori')
    .description('From an issue labelled mlops:train to a judged model in service.')
    .version(dandoriVersion)
    .showHelpAfterError('(add --help for help)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.note(text.trimEnd()),
    });
  for (const add of commands) add(program, { output, setExit: (code) => (exitCode = code) });
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      if (argv.includes('--json')) output.out(JSON.stringify(toEnvelope(error), null, 2));
      else output.note(`Error: ${messageOf(error)}`);
    }
    return exitCodeOf(error);
  }
}
