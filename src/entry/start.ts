import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { projectRoot } from '../root.js';
import { askPerson } from './ask-person.js';
import { configFor } from './connect.js';
import { errorText } from './error-text.js';
import { follow } from './follow.js';
import { type Output, terminal } from './output.js';
import { createProgressLine } from './progress-line.js';
import { type RunningServer, startServer } from './server.js';
import { readRequestFile, type RequestFile, submitRequest } from './submit-request.js';
import { tellEnd } from './tell-end.js';
import { duration } from './table.js';
import { aborted, stopSignal } from './until-stopped.js';
import { makeRoomForNewObjects } from './young-generation.js';

interface StartOptions {
  yes?: boolean;
  exit?: boolean;
  dir?: string;
  request: string;
}

function parseOptions(args: readonly string[], output: Output): StartOptions {
  const program = new Command('npm start --')
    .description('Starts Dandori and takes an example from its request to a model in service.')
    .option('--yes', 'approve the proposal without asking')
    .option('--exit', 'stop everything at the end; exit code 0 when the model was put into service')
    .option('--dir <folder>', 'state directory (default: DANDORI_DIR, else .dandori)')
    .option('--request <file>', 'request to submit', join(projectRoot, 'examples', 'churn', 'request.md'))
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.note(text.trimEnd()),
    });
  program.parse([...args], { from: 'user' });
  return program.opts<StartOptions>();
}

interface Started {
  server: RunningServer;
  output: Output;
  signal: AbortSignal;
}

async function runRequest(
  { server, output, signal }: Started,
  request: RequestFile,
  options: StartOptions,
): Promise<number> {
  const { issue_number: issueNumber } = await submitRequest(server.api, request, options.yes === true);
  output.note(`✔ Issue #${issueNumber} with the label mlops:train, from ${options.request}`);
  const ask = options.yes === true ? null : askPerson(output);
  const progress = createProgressLine();
  const followed = await follow({ api: server.api, output, progress, issueNumber, ask, signal });
  output.out(`\n${tellEnd(followed, output.width)}\n`);
  if (signal.aborted) return 1;
  if (options.exit !== true) {
    output.note('Dandori goes on serving. Ctrl-C stops it and its model servers; "npx dandori up" serves again.');
    await aborted(signal);
  }
  return followed.reason === null ? 0 : 1;
}

async function run(options: StartOptions, output: Output, signal: AbortSignal): Promise<number> {
  const startedAt = Date.now();
  const config = configFor(options, { quiet: true });
  const request = readRequestFile(options.request);
  makeRoomForNewObjects();
  const server = await startServer({ config, active: true, http: true });
  try {
    output.note(`✔ Dandori is ready (${duration(Date.now() - startedAt)}) with its state in ${config.stateDir}`);
    try {
      return await runRequest({ server, output, signal }, request, options);
    } finally {
      output.note('Stopping Dandori and its model servers; "npx dandori up" serves again.');
      await server.app.ports.endpoints.stopRouter();
    }
  } finally {
    await server.close();
  }
}

/** `npm start`: exit code 0 when the example's model is in service, else 1 and the reason; 2 for wrong use. */
export async function start(
  args: readonly string[],
  output: Output = terminal,
  signal: AbortSignal = stopSignal(),
): Promise<number> {
  try {
    return await run(parseOptions(args, output), output, signal);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    output.note(`\n${errorText(error)}`);
    return 1;
  }
}
