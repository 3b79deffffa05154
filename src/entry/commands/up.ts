import { InvalidArgumentError } from 'commander';
import type { Config } from '../../config.js';
import { DandoriError } from '../../errors.js';
import { configFor } from '../connect.js';
import type { CommonOptions, Output } from '../output.js';
import type { RunningServer } from '../server.js';
import { aborted, pause, stopSignal } from '../until-stopped.js';
import { makeRoomForNewObjects } from '../young-generation.js';
import { type AddCommand, newCommand } from './command.js';

interface UpOptions extends CommonOptions {
  untilIdle?: boolean;
  port?: number;
  poll?: boolean;
}

const idlePollMs = 300;

function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('Allowed: a whole number from 0 (any free port) to 65535.');
}

async function untilIdle({ app }: RunningServer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await app.isIdle())) await pause(idlePollMs, signal);
}

/** The configuration of the command; `--poll` leaves out the webhook, whatever the environment says of it. */
export function configOfUp({ port: given, poll, ...options }: UpOptions): Config {
  const config = configFor(options, given === undefined ? {} : { port: given });
  if (poll !== true) return config;
  if (config.github !== null) return { ...config, github: { ...config.github, webhookSecrets: [] } };
  throw new DandoriError('invalid_input', '--poll is for GitHub, and no repository is named.', {
    next: 'set DANDORI_GITHUB_REPO; docs/github.md says what else.',
  });
}

function howHeard(webhook: string | null): string {
  return webhook === null
    ? 'polled (set DANDORI_GITHUB_WEBHOOK_SECRET and leave --poll out to take deliveries)'
    : `deliveries at ${webhook}: let your tunnel or proxy lead there`;
}

function sayUp(
  output: Output,
  server: RunningServer,
  { stateDir, channels }: { stateDir: string; channels: string },
): void {
  const { version, serving_url: models, mcp_url: mcp, github } = server.health();
  output.note(
    [
      `Dandori ${version} is up on ${stateDir}`,
      `  models  ${models ?? ''}`,
      `  MCP     ${mcp ?? ''} (Authorization: Bearer, with the token in ${stateDir}/access-token)`,
      ...(github === undefined ? [] : [`  GitHub  ${github.repository}, ${howHeard(github.webhook_url)}`]),
      `  news    ${channels}`,
      '  submit  npx dandori submit FILE        stop  Ctrl-C',
    ].join('\n'),
  );
}

export const addUp: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('up', 'Run Dandori on this machine, in the foreground', [
      'up',
      'up --until-idle',
      'up --poll',
      'up --port 0 --dir /srv/dandori',
    ])
      .option('--until-idle', 'end when nothing is left to run (what waits for a person may wait on)')
      .option('--poll', 'ask GitHub what happened, also where the secret of a webhook is set')
      .option('--port <number>', 'port of MCP and health on 127.0.0.1 (default: DANDORI_PORT, else 7071)', port)
      .action(async (options: UpOptions) => {
        const config = configOfUp(options);
        makeRoomForNewObjects();
        const { startServer } = await import('../server.js');
        const signal = stopSignal();
        const server = await startServer({ config, active: true, http: true });
        try {
          const { channelsText } = await import('../test-channels.js');
          sayUp(output, server, { stateDir: config.stateDir, channels: channelsText(server.app.ports.notifiers) });
          if (options.json === true) output.out(JSON.stringify(server.health()));
          await (options.untilIdle === true ? untilIdle(server, signal) : aborted(signal));
        } finally {
          output.note('Stopping: running jobs and the model servers go on.');
          await server.close();
        }
      }),
  );
};
