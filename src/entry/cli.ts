import { Command, CommanderError } from 'commander';
import { DandoriError } from '../errors.js';
import { dandoriVersion } from '../installation.js';
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

/** The command line, ready to parse: with every command, or with the one that is `asked` for when there is one of that name. */
export async function createProgram(output: Output, setExit: (code: number) => void, asked?: string): Promise<Command> {
  const program = new Command('dandori')
    .description('From an issue labelled mlops:train to a judged model in service.')
    .version(dandoriVersion)
    .addHelpText('after', afterHelp);
  const one = commands.get(asked ?? '');
  const loads = one === undefined ? [...commands.values()] : [one];
  for (const add of await Promise.all(loads.map((load) => load()))) add(program, { output, setExit });
  withHandling(program, output);
  return program;
}

async function tell(error: unknown, asJson: boolean, output: Output): Promise<void> {
  if (!asJson) return output.note(errorText(error));
  const { toEnvelope } = await import('../mcp/error-envelope.js');
  output.out(JSON.stringify(toEnvelope(error), null, 2));
}

/** What the library said on standard error, for who reads the one JSON document. */
function wrongUse({ message }: CommanderError): DandoriError {
  return new DandoriError('invalid_input', message.replace(/^error: /, ''), {
    next: '"npx dandori --help" names the commands, their --help the rest.',
  });
}

/** Runs the command line; answers the exit code. */
export async function main(argv: readonly string[], output: Output = terminal): Promise<number> {
  let exitCode = 0;
  try {
    const program = await createProgram(output, (code) => (exitCode = code), argv[2]);
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    const exit = exitCodeOf(error);
    const asJson = argv.includes('--json');
    if (!(error instanceof CommanderError)) await tell(error, asJson, output);
    else if (asJson && exit !== 0) await tell(wrongUse(error), asJson, output);
    return exit;
  }
}
