import { Command, CommanderError } from 'commander';
import { DandoriError } from '../errors.js';
import { dandoriVersion } from '../installation.js';
import { toEnvelope } from '../mcp/error-envelope.js';
import { commands } from './commands/index.js';
import { errorText } from './error-text.js';
import { type Output, terminal } from './output.js';

/** 0 done, 1 failed, 2 wrong use. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof DandoriError && error.code === 'invalid_input' ? 2 : 1;
}

const afterHelp = `
Exit codes: 0 done, 1 failed, 2 wrong use.

Examples:
  $ npx dandori submit examples/churn/request.md --wait    from a request to a model in service
  $ npx dandori up                                         serve, and work on what is submitted
  $ npx dandori doctor                                     say what is missing`;

function withHandling(command: Command, output: Output): void {
  command
    .exitOverride()
    .showHelpAfterError('(add --help for help)')
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.note(text.trimEnd()),
    });
  for (const child of command.commands) withHandling(child, output);
}

/** The whole command line, ready to parse. */
export function createProgram(output: Output, setExit: (code: number) => void): Command {
  const program = new Command('dandori')
    .description('From an issue labelled mlops:train to a judged model in service.')
    .version(dandoriVersion)
    .addHelpText('after', afterHelp);
  for (const add of commands) add(program, { output, setExit });
  withHandling(program, output);
  return program;
}

/** Runs the command line; answers the exit code. */
export async function main(argv: readonly string[], output: Output = terminal): Promise<number> {
  let exitCode = 0;
  const program = createProgram(output, (code) => (exitCode = code));
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      if (argv.includes('--json')) output.out(JSON.stringify(toEnvelope(error), null, 2));
      else output.note(errorText(error));
    }
    return exitCodeOf(error);
  }
}
