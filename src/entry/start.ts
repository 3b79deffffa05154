import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { messageOf } from '../errors.js';
import { projectRoot } from '../root.js';
import { askPerson } from './ask-person.js';
import { configFor } from './connect.js';
import { follow } from './follow.js';
import { terminal } from './output.js';
import { createProgressLine } from './progress-line.js';
import { startServer } from './server.js';
import { submitRequest } from './submit-request.js';
import { tellEnd } from './tell-end.js';
import { duration } from './table.js';
import { untilStopped } from './until-stopped.js';

interface StartOptions {
  yes?: boolean;
  exit?: boolean;
  dir?: string;
  request: string;
}

function parseOptions(args: readonly string[]): StartOptions {
  const program = new Command('npm start --')
    .description('Starts Dandori and takes an example from its request to a model in service.')
    .option('--yes', 'approve the proposal without asking')
    .option('--exit', 'stop everything at the end; exit code 0 when the model was put into service')
    .option('--dir <folder>', 'state directory (default: DANDORI_DIR, else .dandori)')
    .option('--request <file>', 'request to submit', join(projectRoot, 'examples', 'churn', 'request.md'))
    .exitOverride();
  program.parse([...args], { from: 'user' });
  return program.opts<StartOptions>();
}

async function run(options: StartOptions): Promise<number> {
  const startedAt = Date.now();
  const config = configFor(options, { quiet: true });
  const server = await startServer({ config, active: true, http: true });
  try {
    terminal.note(`✔ Dandori is ready (${duration(Date.now() - startedAt)}) with its state in ${config.stateDir}`);
    const { issue_number: issueNumber } = await submitRequest(server.api, options.request, options.yes === true);
    terminal.note(`✔ Issue #${issueNumber} with the label mlops:train, from ${options.request}`);
    const ask = options.yes === true ? null : askPerson(terminal);
    const followed = await follow({
      api: server.api,
      output: terminal,
      progress: createProgressLine(),
      issueNumber,
      ask,
    });
    terminal.out(`\n${tellEnd(followed)}\n`);
    const code = followed.reason === null ? 0 : 1;
    if (options.exit === true) {
      terminal.note('Stopping Dandori and its model servers; "npx dandori up" serves again.');
      await server.app.ports.endpoints.stopRouter();
      return code;
    }
    terminal.note('Dandori goes on serving. Ctrl-C stops it and its model servers; "npx dandori up" serves again.');
    await untilStopped();
    await server.app.ports.endpoints.stopRouter();
    return code;
  } finally {
    await server.close();
  }
}

/** `npm start`: exit code 0 when the example's model is in service, else 1 and the reason; 2 for wrong use. */
export async function start(args: readonly string[]): Promise<number> {
  try {
    return await run(parseOptions(args));
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.note(`\nError: ${messageOf(error)}`);
    return 1;
  }
}
